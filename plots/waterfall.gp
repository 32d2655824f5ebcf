# waterfall.gp: one run of each driver, each request a horizontal line coloured by what it is waiting for.
#
# Where it was measured, the case of the largest C with its shortest backlog is drawn beside the usual one of about
# 256: there the accept queue overflows, if anywhere. Panels of a case whose runs last about as long (within a factor
# of four of the shortest, of two where panels are small, of sixteen where they are a row) share one time axis, so that
# they can be compared; the others share a longer one, and are marked.

load blocks("run", "waterfall.csv", "backlog,driver,variant,concurrency,else", \
    "request,start_s,connected_s,sent_s,first_byte_s,end_s,outcome,delay_s", "")

# Connecting, waiting and reading; in grey for a driver that is not highlighted.
connect_colour(lit) = (lit ? "#D55E00" : "#8A8A8A")
wait_colour(lit) = (lit ? "#A9D3EE" : "#DDDDDD")
read_colour(lit) = (lit ? "#003A5D" : "#5A5A5A")
FAILED = "#000000"
# The last known time of a request; the end of a phase: column c, or where the request ended.
last_s(start) = got(6, got(5, got(4, got(3, start))))
until(c, start) = got(c, last_s(start))

array run_end[run_n]
array run_failed[run_n]
array run_delay[run_n]    # of a URL's service neither that nor its backlog is known
array run_usual[run_n]    # each request of the run that took longer is drawn
array run_kind[run_n]     # 2: at the largest of several C, beside the usual one; else 1
most_c = 0
usual_c = 0
do for [i = 1:run_n] { if (run_variant[i] eq "") { most_c = largest(most_c, real(run_concurrency[i])) } }
do for [i = 1:run_n] { if (real(run_concurrency[i]) < most_c) { usual_c = largest(usual_c, real(run_concurrency[i])) } }
kinds_n = (usual_c > 1 ? 2 : 1)
array shortest[2]; array short_axis_s[2]; array long_axis_s[2]
do for [k = 1:2] { shortest[k] = NaN; short_axis_s[k] = 0; long_axis_s[k] = 0 }
do for [i = 1:run_n] {
    stats sprintf("$run%d", i) using (last_s($2)):7 nooutput
    run_end[i] = STATS_max_x
    run_failed[i] = int(STATS_sum_y)
    run_kind[i] = (kinds_n == 2 && real(run_concurrency[i]) == most_c ? 2 : 1)
    shortest[run_kind[i]] = smallest(shortest[run_kind[i]], run_end[i])
    stats sprintf("$run%d", i) using (last_s($2) - $2):(got(8, 0)) nooutput
    run_delay[i] = STATS_max_y
    run_usual[i] = 1.2 * STATS_median_x
}
# With few drivers, a column is a driver, and a row a C, or a backlog; else panels fill rows.
drivers = words(run_driver_list)
by_kind = (kinds_n == 2 && drivers <= 4)
gridded = (by_kind || (words(run_backlog_list) > 1 && drivers <= 4))
small = (run_n > 9)
is_long(i) = (run_end[i] > (by_kind ? 16 : small ? 2 : 4) * shortest[run_kind[i]])
any_long = 0
do for [i = 1:run_n] {
    k = run_kind[i]
    if (!is_long(i)) { short_axis_s[k] = largest(short_axis_s[k], run_end[i]) } else { long_axis_s[k] = largest(long_axis_s[k], run_end[i]); any_long = 1 }
}

columns = (gridded ? drivers : run_n <= 3 ? run_n : run_n == 4 ? 2 : small ? 4 : 3)
array kind_runs[2]; array run_place[run_n]    # among those of its kind, which fill rows of their own
do for [k = 1:2] { kind_runs[k] = 0 }
do for [i = 1:run_n] { run_place[i] = kind_runs[run_kind[i]]; kind_runs[run_kind[i]] = kind_runs[run_kind[i]] + 1 }
rows_of(k) = int(ceil(kind_runs[k] / real(columns)))
rows = (by_kind ? 2 : gridded ? words(run_backlog_list) : rows_of(1) + rows_of(2))
array run_column[run_n]
array run_row[run_n]
taken = " "
do for [i = 1:run_n] {
    run_column[i] = (gridded ? place_in(run_driver_list, run_driver[i]) - 1 : run_place[i] % columns)
    run_row[i] = (by_kind ? run_kind[i] - 1 : gridded ? place_in(run_backlog_list, run_backlog[i]) - 1 : run_place[i] / columns + (run_kind[i] == 2 ? rows_of(1) : 0))
    taken = taken.sprintf("%d,%d ", run_row[i], run_column[i])
}
is_taken(r, c) = strstrt(taken, sprintf(" %d,%d ", r, c))
page_h = largest(750, 170.0 + (small ? 214.0 : 190.0) * rows)
gap_x = 34.0
gap_y = 74.0
panel_w = (PAGE_W - 64 - 24 - gap_x * (columns - 1)) / columns
panel_h = (page_h - 132 - (small ? 116 : 104) - gap_y * (rows - 1)) / rows
roomy = (panel_w > 330)

# Of rows closer than half a pixel only some are drawn, and all that took longer than usual.
every_row(n) = (n < 4 * panel_h ? 1 : int(n / (2 * panel_h)))
thinnest = 1
do for [i = 1:run_n] { thinnest = largest(thinnest, every_row(run_rows[i])) }

title = "Every request over time"
subtitle = (kinds_n == 2 ? sprintf("C = %.0f, and the largest C with its shortest backlog: the run", usual_c) \
    : "One run of each ".(run_variant[1] eq "" ? "driver" : "case").", the one")." with the median makespan. A row is a request, the first to start on top." \
    .(any_long ? " Two time axes".(small ? " (orange: the longer)." : ".") : "")
note = (thinnest > 1 ? sprintf("Drawn: every %s request of a run, and all that took over a fifth longer than the median.", \
    thinnest == 2 ? "second" : thinnest == 3 ? "third" : sprintf("%.0fth", thinnest)) : "")

set label 11 "connecting" at screen px(52), screen py(84) font sized(9.5) tc rgb ink
set label 12 "waiting for the response" at screen px(172), screen py(84) font sized(9.5) tc rgb ink
set label 13 "reading" at screen px(362), screen py(84) font sized(9.5) tc rgb ink
set arrow 11 from screen px(28), screen py(84) to screen px(46), screen py(84) nohead lw 7 lc rgb connect_colour(1)
set arrow 12 from screen px(148), screen py(84) to screen px(166), screen py(84) nohead lw 7 lc rgb wait_colour(1)
set arrow 13 from screen px(338), screen py(84) to screen px(356), screen py(84) nohead lw 7 lc rgb read_colour(1)
set label 14 "failed" at screen px(462), screen py(84) font sized(9.5) tc rgb ink
set label 15 "" at screen px(448), screen py(84) point pt 2 ps 1 lw 2 lc rgb FAILED
@open_page
@common_axes
set grid noytics xtics
unset ytics
set border 1

small_font = sized(9)
do for [i = 1:run_n] {
    column = run_column[i]
    row = run_row[i]
    panel_x = 64 + column * (panel_w + gap_x)
    panel_y = 138 + row * (panel_h + gap_y)
    @place_panel
    lit = is_lit(run_driver[i])
    long = is_long(i)
    axis_s = (long ? long_axis_s[run_kind[i]] : short_axis_s[run_kind[i]]) * 1.03
    unit = (axis_s < 2e-3 ? 1e6 : axis_s < 2 ? 1e3 : 1)
    n = run_rows[i]
    shown(row) = (int(row) % every_row(n) == 0 || last_s(column(2)) - column(2) > run_usual[i])
    thick = smallest(24, panel_h / n > 3 ? 0.86 * panel_h / n : largest(0.5, 1.5 * panel_h * every_row(n) / n))
    hair = axis_s * 1.6 / panel_w    # at least 1.6 pixels, so that it can be seen
    set label 1 named(run_driver[i]).(run_variant[i] eq "" ? besides(run_else[i]) : " (".run_variant[i].")") at graph 0, screen py(panel_y - 26) font bold(10.5) tc rgb look_text(run_driver[i])
    detail = sprintf("C = %s%s: %s", run_concurrency[i], run_delay[i] > 0 ? ", backlog ".run_backlog[i] : "", seconds(run_end[i])) \
        .(run_failed[i] > 0 ? sprintf(", %d failed", run_failed[i]) : "")
    if (roomy) { detail = sprintf("%d requests, ", n).detail }
    set label 2 detail at graph 0, screen py(panel_y - 10) font sized(8.5) tc rgb (long && !roomy ? "#B04A00" : grey)
    if (long && roomy) { set label 3 "longer time axis" at graph 1, screen py(panel_y - 26) right font sized(8.5) tc rgb "#B04A00" }
    if (!is_taken(row, column - 1)) { set ylabel (panel_h < 140 ? "requests" : "requests, first on top") offset 0.5, 0 tc rgb ink font sized(9) }
    if (!is_taken(row + 1, column)) {
        set xlabel sprintf(roomy ? "time since the start of the run (%s)" : "time (%s)", unit == 1 ? "s" : unit == 1e3 ? "ms" : "µs") offset 0, 0.4 tc rgb ink font sized(9)
    }
    set xrange [0:axis_s * unit]
    tic = axis_s * unit / panel_w * 46    # room for a number
    tic_unit = 10**floor(log10(tic))
    set xtics tic_unit * (tic / tic_unit > 5 ? 10 : tic / tic_unit > 2 ? 5 : 2) font small_font
    set yrange [n - 0.5:-0.5]
    plot sprintf("$run%d", i) using (shown($0) ? unit * $2 : NaN):0:(unit * (until(3, $2) - $2)):(0) with vectors nohead lw thick lc rgb connect_colour(lit) notitle, \
        "" using (shown($0) ? unit * $4 : NaN):0:(unit * (until(5, $4) - $4)):(0) with vectors nohead lw thick lc rgb wait_colour(lit) notitle, \
        "" using (shown($0) ? unit * $5 : NaN):0:(unit * largest($6 - $5, hair)):(0) with vectors nohead lw thick lc rgb read_colour(lit) notitle, \
        "" using ($7 > 0 ? unit * last_s($2) : NaN):0 with points pt 2 ps 0.8 lw 1.6 lc rgb FAILED notitle
}
