# key.gp: the drivers' marks and names in lines below the subtitle, for pictures without lines that a name could
# stand beside.
#
# Expects key_list, names in order. Sets key_h, the height of what comes after the first line,
# and labels from 300 on: load it twice, before the page is opened (page_h is still open then: add key_h)
# and again before draw_frame.

key_x = 34.0
key_y = 84.0
key_i = 0
do for [key_d in key_list] {
    key_w = 34 + 7.0 * strlen(named(key_d))
    if (key_x + key_w > PAGE_W - 20) { key_x = 34.0; key_y = key_y + 20 }
    key_i = key_i + 1
    set label 300 + key_i "" at screen px(key_x), screen py(key_y) point pt look_point(key_d) ps 1 lc rgb look_colour(key_d)
    set label 400 + key_i named(key_d) at screen px(key_x + 12), screen py(key_y) font sized(9.5) tc rgb look_text(key_d)
    key_x = key_x + key_w
}
key_h = key_y - 84
