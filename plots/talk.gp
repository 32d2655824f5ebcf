# talk.gp: the talk's chart: time per request against requests in flight, one line a driver.
#
#   gnuplot -c plots/talk.gp RESULTS_DIR svg|png|dumb OUTPUT      (an empty OUTPUT is stdout)
#
# The talk draws threads on a fixed number of requests and asyncio on as many requests as connections in
# one chart. Those are two questions, so each shape has a row of its own; the server's backlog is the
# column, because it, not the driver, is what bends the talk's lines.

script = ARG0; results = ARG1; format = ARG2; output = ARG3; width = ARG4; height = ARG5    # `load` clears ARGs
load (strstrt(script, "/") ? system("dirname '".script."'") : ".")."/style.gp"

load blocks("curve", "cases.csv", "shape,backlog,driver,keep_alive", \
    "concurrency,per_request_s,per_request_low_s,per_request_high_s,syn_retransmits,verdict", "")
why = curve_problem
if (curve_n == 0) { @give_up }
load blocks("ideal", "cases.csv", "shape", "concurrency,think_s,requests", "-v invalid=keep")

ms(s) = s * 1e3
ideal_each(c, n, think) = ceil(n / c) * think / n
label_of(i) = curve_driver[i].(curve_keep_alive[i] eq "1" ? ", kept alive" : "")
end_words(i) = label_of(i)."  ".seconds(curve_last_y[i]) \
    .(curve_last_x[i] < real(word(curve_x_list, words(curve_x_list))) ? sprintf(" at %g", curve_last_x[i]) : "")

if (format eq "dumb") {
    load here."/talk-terminal.gp"
    exit
}

title = "What does a request cost while many wait at once?"
subtitle = "Time per request (makespan ÷ requests) against requests in flight. Median of the runs, bar: 95% interval. Lower is better."
note = (curve_alone eq "" ? "" : "Off the chart, one request at a time: ".curve_alone." per request.   ") \
    .(curve_noisy > 0 ? "Ringed: NOISY.   " : "") \
    .(curve_invalid eq "" ? "" : "INVALID, not drawn: ".curve_invalid.".")
note = shorten(note, 175)

@open_page
set multiplot
@draw_frame
@common_axes
rows = words(curve_shape_list)
columns = words(curve_backlog_list)
ticks = words(curve_x_list)
ideal_point = (ticks == 1 ? 1 : 0)    # one point makes no line
x_low = real(word(curve_x_list, 1)) * (ticks == 1 ? 0.5 : 0.84)
x_high = real(word(curve_x_list, ticks)) * (ticks == 1 ? 2 : 1.06)
longest = 0
do for [i = 1:curve_n] { longest = largest(longest, strlen(end_words(i))) }
names_w = smallest(280, 36 + 7.0 * longest)

set format x "%.0f"
if (ticks <= 10) {
    set xtics ()
    do for [c in curve_x_list] { set xtics add (c real(c)) }
}

panel_w = (PAGE_W - 72 - 24 - 44 * (columns - 1)) / columns - names_w
panel_h = (page_h - 206 - 62.0 * (rows - 1)) / rows
# stats looks only at what is inside the axes, so they are set after it, panel by panel.
free_axes = 'unset logscale; set autoscale'
panel_axes = 'set logscale x 2; set xrange [x_low:x_high]; set yrange [0:top]'
do for [row = 1:rows] {
    @free_axes
    shape = word(curve_shape_list, row)
    top = 0
    requests = 0
    do for [i = 1:curve_n] {
        if (curve_shape[i] eq shape) {
            stats sprintf("$curve%d", i) using (largest($2, got(4, $2))) nooutput
            top = largest(top, ms(STATS_max))
        }
    }
    stats sprintf("$ideal%d", row) using (ms(ideal_each($1, $3, $2))):3 nooutput
    top = largest(top, STATS_max_x) * 1.06
    requests = STATS_max_y
    do for [column = 1:columns] {
        backlog = word(curve_backlog_list, column)
        panel_x = 72 + (column - 1) * (panel_w + names_w + 44)
        panel_y = 108 + (row - 1) * (panel_h + 62)
        @place_panel
        unset label; unset arrow
        @free_axes

        array end_at[curve_n + 1]; array end_x[curve_n + 1]
        array end_text[curve_n + 1]; array end_driver[curve_n + 1]
        end_n = 0
        resent = 0
        here_list = ""
        do for [i = 1:curve_n] {
            if (curve_shape[i] eq shape && curve_backlog[i] eq backlog) {
                here_list = here_list.sprintf(" %d", i)
                end_n = end_n + 1
                end_at[end_n] = ms(curve_last_y[i]) / top
                end_x[end_n] = curve_last_x[i]
                end_driver[end_n] = curve_driver[i]
                end_text[end_n] = end_words(i)
                stats sprintf("$curve%d", i) using (largest(got(5, 0), 0)) nooutput
                resent = largest(resent, STATS_max)
            }
        }
        set label 1 shape_words(shape, sprintf("%.0f", requests)) at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
        set label 2 sprintf("backlog %s", backlog).(resent > 0 ? sprintf(", up to %.0f SYNs resent a run", resent) : "") \
            at screen px(panel_x + panel_w + names_w), screen py(panel_y - 14) right font sized(9.5) tc rgb (resent > 0 ? "#B04A00" : grey)
        unset ylabel; unset xlabel
        if (column == 1) { set ylabel "time per request (ms)" offset 0.8, 0 tc rgb ink }
        if (row == rows) { set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink }

        if (end_n == 0) {
            @panel_axes
            set label 3 "no case here" at graph 0.5, graph 0.5 center tc rgb grey
            plot NaN notitle
        } else {
            end_n = end_n + 1
            end_driver[end_n] = ""
            stats sprintf("$ideal%d", row) using 1:(ms(ideal_each($1, $3, $2))) nooutput
            end_x[end_n] = STATS_max_x
            end_at[end_n] = STATS_min_y / top
            end_text[end_n] = "ideal  ".seconds(STATS_min_y / 1e3)
            load here."/ends.gp"
            @panel_axes
            plot sprintf("$ideal%d", row) using 1:(ms(ideal_each($1, $3, $2))) with linespoints pt ideal_point lw 2 dt 3 lc rgb ideal_colour notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(ms($2)):(ms(got(3, $2))):(ms(got(4, $2))) with yerrorbars \
                    pt 0 lw 1.2 lc rgb look_colour(curve_driver[int(i)]) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(ms($2)) with linespoints lw 2 ps 1 \
                    dt look_dash(curve_driver[int(i)]) pt look_point(curve_driver[int(i)]) \
                    lc rgb look_colour(curve_driver[int(i)]) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(got(6, 0) > 0 ? ms($2) : NaN) with points pt 6 ps 2.2 lw 1.5 \
                    lc rgb grey notitle
        }
    }
}
@close_page
