# talk-terminal.gp: the talk's chart in letters, loaded by talk.gp for the format "dumb".
#
# One shape (the fixed number of requests, where there is one), a panel a backlog. Lines of text can't
# cross legibly, so a driver is its letter; drivers at one concurrency stand side by side, because their
# letters would cover each other. Its width in columns and height in lines may follow OUTPUT.

wide = 96
high = 24
if (strlen(width)) { wide = int(smallest(100, largest(60, real(width)))) }
if (strlen(height)) { high = int(smallest(40, largest(16, real(height)))) }

shape = word(curve_shape_list, 1)
top = 0
requests = 0
letters_taken = "."
array mark[curve_n]
array key_line[12]
key_line[1] = ""
key_lines = 1
here_backlogs = ""
columns = 0
array lane_of[curve_n]
lanes = 0
do for [i = 1:curve_n] {
    mark[i] = " "
    lane_of[i] = 0
    if (curve_shape[i] eq shape) {
        if (!strstrt(" ".here_backlogs." ", " ".curve_backlog[i]." ")) {
            here_backlogs = here_backlogs." ".curve_backlog[i]
            columns = columns + 1
        }
        do for [j = 1:i - 1] {
            if (curve_shape[j] eq shape && label_of(j) eq label_of(i)) { mark[i] = mark[j]; lane_of[i] = lane_of[j] }
        }
        if (lane_of[i] == 0) {
            lanes = lanes + 1
            lane_of[i] = lanes
            mark[i] = look_mark(curve_driver[i])
            if (strstrt(letters_taken, mark[i])) {
                do for [c = 26:1:-1] { if (!strstrt(letters_taken, letters[c:c])) { mark[i] = letters[c:c] } }
            }
            letters_taken = letters_taken.mark[i]
            entry = mark[i]." ".label_of(i)."   "
            if (strlen(key_line[key_lines].entry) > wide - 12 && key_lines < 12) { key_lines = key_lines + 1; key_line[key_lines] = "" }
            key_line[key_lines] = key_line[key_lines].entry
        }
        stats sprintf("$curve%d", i) using (ms($2)) nooutput
        top = largest(top, STATS_max)
    }
}
stats "$ideal1" using (ms(ideal_each($1, $3, $2))):3 nooutput
top = largest(top, STATS_max_x) * 1.08
requests = STATS_max_y
key_line[key_lines] = key_line[key_lines].". ideal"

set terminal dumb size wide, high mono
set termoption noenhanced
if (strlen(output)) { set output output }
ticks = words(curve_x_list)
first_x = real(word(curve_x_list, 1))
last_x = real(word(curve_x_list, ticks))
panel_columns = (wide - 8.0) / columns - 3    # characters across one panel
x_low = first_x / 1.5
x_high = last_x * 1.5
across = x_high / x_low
beside(x, i) = x * across**((lane_of[i] - (lanes + 1) / 2.0) \
    * smallest(1.02, 0.8 * (panel_columns / largest(ticks, 1.5)) / largest(1, lanes)) / panel_columns)

set multiplot
set border 3
unset key
set xtics nomirror scale 0 ()
set ytics nomirror scale 0
if (ticks <= 10) { do for [c in curve_x_list] { set xtics add (c real(c)) } } else { set xtics 2 }
set tmargin at screen 1 - 3 / (high - 1.0)
set bmargin at screen (key_lines + 2) / (high - 1.0)
set label 1 "Time per request (ms) against requests in flight. ".shape_words(shape, sprintf("%.0f", requests)).(lanes > 6 ? " (letters overlap)" : "") \
    at screen 1.0 / wide, screen 1
do for [k = 1:key_lines] {
    set label 10 + k key_line[k] at screen 1.0 / wide, screen (key_lines - k) / (high - 1.0)
}
do for [column = 1:columns] {
    backlog = word(here_backlogs, column)
    here_list = ""
    do for [i = 1:curve_n] {
        if (curve_shape[i] eq shape && curve_backlog[i] eq backlog) { here_list = here_list.sprintf(" %d", i) }
    }
    set lmargin at screen (6.0 + (column - 1) * (panel_columns + 5)) / wide
    set rmargin at screen (6.0 + (column - 1) * (panel_columns + 5) + panel_columns) / wide
    set label 2 "backlog ".backlog at graph 0.5, screen 1 - 2 / (high - 1.0) center
    set logscale x 2
    set xrange [x_low:x_high]
    set yrange [0:top]
    set samples 400
    plot "$ideal1" using 1:(ms(ideal_each($1, $3, $2))) with points pt "." notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (beside($1, int(i))):(ms($2)) with points pt mark[int(i)] notitle
    unset label
}
unset multiplot
