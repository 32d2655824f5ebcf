# talk-terminal.gp: the talk's chart in text, loaded by talk.gp for the format "dumb".
#
# Closed arrivals, if the campaign has them, and a panel for each backlog. Lines of text cannot cross legibly, so
# a driver is its letter; drivers at the same concurrency are side by side, or their letters would cover each
# other. If there is no room for all, and none are highlighted, one of each kind of model is drawn. The width in
# columns and the height in lines may follow HIGHLIGHT.

wide = 96
high = 24
if (strlen(width)) { wide = int(smallest(100, largest(60, real(width)))) }
if (strlen(height)) { high = int(smallest(40, largest(16, real(height)))) }

ms(s) = s * 1e3
arrivals = (strstrt(" ".curve_arrivals_list." ", " closed ") ? "closed" : word(curve_arrivals_list, 1))
backlogs = ""
do for [i = 1:curve_n] {
    if (curve_arrivals[i] eq arrivals && !strstrt(backlogs." ", " ".curve_backlog[i]." ")) { backlogs = backlogs." ".curve_backlog[i] }
}
most = largest(3, int(0.8 * ((wide - 8.0) / words(backlogs) - 3) / words(curve_x_list)))
chosen_note = ""
if (highlight eq "" && words(curve_driver_list) > most) {
    n = 0
    do for [d in "threadpool libev python-asyncio io_uring coroutine prefork ".curve_driver_list] {
        if (n < most && strstrt(" ".curve_driver_list." ", " ".d." ") && !strstrt(",".highlight.",", ",".d.",")) {
            highlight = highlight.(n > 0 ? "," : "").d
            n = n + 1
        }
    }
    chosen_note = sprintf("%d of %d drivers: --highlight NAME,NAME shows others, talk.svg all", n, words(curve_driver_list))
}
drawn(i) = (curve_arrivals[i] eq arrivals && is_lit(curve_driver[i]))

top = 0
requests = 0
letters_taken = "."
array mark[curve_n]
array key_line[13]
key_line[1] = ""
key_lines = 1
here_backlogs = ""
columns = 0
array place_of[curve_n]
places = 0
do for [i = 1:curve_n] {
    mark[i] = " "
    place_of[i] = 0
    if (drawn(i)) {
        if (!strstrt(" ".here_backlogs." ", " ".curve_backlog[i]." ")) {
            here_backlogs = here_backlogs." ".curve_backlog[i]
            columns = columns + 1
        }
        do for [j = 1:i - 1] {
            if (drawn(j) && label_of(j) eq label_of(i)) { mark[i] = mark[j]; place_of[i] = place_of[j] }
        }
        if (place_of[i] == 0) {
            places = places + 1
            place_of[i] = places
            mark[i] = look_letter(curve_driver[i])
            if (strstrt(letters_taken, mark[i])) {
                do for [c = 26:1:-1] { if (!strstrt(letters_taken, letters[c:c])) { mark[i] = letters[c:c] } }
            }
            letters_taken = letters_taken.mark[i]
            entry = mark[i]." ".label_of(i)."   "
            if (strlen(key_line[key_lines].entry) > wide - 12 && key_lines < 12) { key_lines = key_lines + 1; key_line[key_lines] = "" }
            key_line[key_lines] = key_line[key_lines].entry
        }
        stats sprintf("$curve%d", i) using (ms(got(8, $2))) nooutput
        top = largest(top, STATS_max)
    }
}
why = "none of the highlighted drivers is in this chart"
if (columns == 0) { @give_up }
ideal = ""
do for [i = 1:ideal_n] { if (ideal_arrivals[i] eq arrivals) { ideal = sprintf("$ideal%d", i) } }
stats ideal using (ms(ideal_of($1, $3, $2))):3 nooutput
waits = (STATS_max_x > 0)    # else there is no server: no ideal, and no backlog
top = largest(top, STATS_max_x) * 1.08
requests = STATS_max_y
key_line[key_lines] = key_line[key_lines].(waits ? ". ideal" : "")
if (places > most) { chosen_note = "Too many drivers for the width: letters may cover each other." }
if (chosen_note ne "") { key_lines = key_lines + 1; key_line[key_lines] = chosen_note }

set terminal dumb size wide, high mono
set termoption noenhanced
if (strlen(output)) { set output output }
tic_ms = nice_step(top, 6)
tic_text(ms) = (ms > 0 ? sprintf("%g; %.0f", ms, 1e3 / ms) : "0")
TICS = 13    # characters of a tic, for "0.5; 2000"
ticks = words(curve_x_list)
first_x = real(word(curve_x_list, 1))
last_x = real(word(curve_x_list, ticks))
panel_columns = (wide - 2.0 - TICS) / columns - TICS + 3    # characters across one panel
x_low = first_x / 1.5
x_high = last_x * 1.5
across = x_high / x_low
beside(x, i) = x * across**((place_of[i] - (places + 1) / 2.0) \
    * smallest(1.02, 0.8 * (panel_columns / largest(ticks, 1.5)) / largest(1, places)) / panel_columns)

set multiplot
set border 3
unset key
set xtics nomirror scale 0 ()
set ytics nomirror scale 0
if (ticks <= 10) { do for [c in curve_x_list] { set xtics add (c real(c)) } } else { set xtics 2 }
set tmargin at screen 1 - 3 / (high - 1.0)
set bmargin at screen (key_lines + 2) / (high - 1.0)
set label 1 "Time per request (ms; requests/s) against C. ".arrivals_words(arrivals, sprintf("%.0f", requests)) \
    at screen 1.0 / wide, screen 1
do for [k = 1:key_lines] {
    set label 10 + k key_line[k] at screen 1.0 / wide, screen (key_lines - k) / (high - 1.0)
}
do for [column = 1:columns] {
    backlog = word(here_backlogs, column)
    here_list = ""
    do for [i = 1:curve_n] {
        if (drawn(i) && curve_backlog[i] eq backlog) { here_list = here_list.sprintf(" %d", i) }
    }
    panel_from = TICS - 1.0 + (column - 1) * (panel_columns + TICS)
    set lmargin at screen panel_from / wide
    set rmargin at screen (panel_from + panel_columns) / wide
    set label 2 (waits ? "backlog ".backlog : "") at graph 0.5, screen 1 - 2 / (high - 1.0) center
    set logscale x 2
    set xrange [x_low:x_high]
    set yrange [0:top]
    set samples 400
    set ytics ()
    do for [k = 0:int(floor(top / tic_ms))] { set ytics add (tic_text(k * tic_ms) k * tic_ms) }
    plot ideal using 1:(waits ? ms(ideal_of($1, $3, $2)) : NaN) with points pt "." notitle, \
        for [i in here_list] for [mode = 7:8] sprintf("$curve%s", i) using (beside($1, int(i))):(ms(valid(8) ? column(mode) : $2)) with points pt mark[int(i)] notitle
    unset label
}
unset multiplot
