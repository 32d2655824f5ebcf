# kinds.gp: the meaning of the hues, in a line below the subtitle, for pictures with many lines.
#
# Expects kinds_of, drivers' names, and page_h, of which it takes kinds_h. Sets labels from 300 on. With few lines, or
# if colour marks highlighted drivers, it sets none.

if (kinds_h > 0) {
    kinds_here = ""
    kinds_dashed = 0
    do for [d in kinds_of] {
        kinds_here = kinds_here.sprintf(" %d", look_kind(d))
        if (look_dash(d) == 2) { kinds_dashed = 1 }
    }
    kinds_x = 34.0
    do for [k = 1:words(kinds)] {
        if (strstrt(kinds_here." ", sprintf(" %d ", k))) {
            set label 300 + k "" at screen px(kinds_x), screen py(82) point pt 5 ps 1.1 lc rgb "#".word(kind_colours, k)
            set label 310 + k word(kinds, k) at screen px(kinds_x + 12), screen py(82) font sized(9.5) tc rgb ink
            kinds_x = kinds_x + 34 + 7.0 * strlen(word(kinds, k))
        }
    }
    if (kinds_dashed) {
        set arrow 300 from screen px(kinds_x - 6), screen py(82) to screen px(kinds_x + 28), screen py(82) nohead lw 1.5 dt 2 lc rgb grey
        set label 320 "a program in another language" at screen px(kinds_x + 36), screen py(82) font sized(9.5) tc rgb ink
    }
}
