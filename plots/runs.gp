# runs.gp: every run as a dot, with the median and its interval: runs in two clusters do not show in a summary.
#
#   gnuplot -c plots/runs.gp RESULTS_DIR svg|png OUTPUT [HIGHLIGHT]
#
# For each number of requests in flight there is a group of strips, one for each driver in the order of the key,
# with its mark at the foot. Too many drivers for a group have a row each, see runs-many.gp. A dot's place across
# its strip is its block's number, spread by the golden ratio: it has no meaning, but is the same in every picture,
# and runs that followed each other are far apart.

here = ARG0[1:strlen(ARG0) - strlen("runs.gp")]
results = ARG1; format = ARG2; output = ARG3; highlight = ARG4
load here."style.gp"

load blocks("run", "runs.csv", "arrivals,backlog,driver,else", "concurrency,block,makespan_s,quality,requests", "-v invalid=keep")
why = run_problem
if (run_n == 0) { @give_up }
# Without cases there are only dots; $case0 is for a group without a case.
load blocks("case", "cases.csv", "arrivals,backlog,driver,else", "concurrency,median_s,low_s,high_s", "")
bars = bar_words(case_runs_least, case_runs_most)
box_words = (bars eq "" ? "" : ", box".bars[6:])    # the same as a box
$case0 << END_OF_BLOCK
NaN NaN NaN NaN
END_OF_BLOCK

INVALID = 2
GOLDEN = 0.6180339887
strip_name(driver, words) = driver.",".words    # no blanks: it goes into lists
same_case(i, k) = (run_arrivals[i] eq case_arrivals[k] && run_backlog[i] eq case_backlog[k] \
    && run_driver[i] eq case_driver[k] && run_else[i] eq case_else[k])
is_in(list, w) = strstrt(" ".list." ", " ".w." ")
place_in(list, w) = words(list[1:strstrt(" ".list." ", " ".w." ")])

# ---- panels: one for each arrivals and backlog with runs --------------------------------------------------
panels = ""
panel_n = 0
array panel_arrivals[run_n]; array panel_backlog[run_n]; array panel_runs[run_n]; array panel_strips[run_n]
array run_panel[run_n]; array run_case[run_n]
strips_most = 0
do for [i = 1:run_n] {
    if (!is_in(panels, run_arrivals[i]."/".run_backlog[i])) {
        panels = panels." ".run_arrivals[i]."/".run_backlog[i]
        panel_n = panel_n + 1
        panel_arrivals[panel_n] = run_arrivals[i]
        panel_backlog[panel_n] = run_backlog[i]
        panel_runs[panel_n] = ""
        panel_strips[panel_n] = ""
    }
    p = place_in(panels, run_arrivals[i]."/".run_backlog[i])
    run_panel[i] = p
    panel_runs[p] = panel_runs[p].sprintf(" %d", i)
    panel_strips[p] = panel_strips[p]." ".strip_name(run_driver[i], run_else[i])
    strips_most = largest(strips_most, words(panel_strips[p]))
    run_case[i] = 0
    do for [k = 1:case_n] { if (same_case(i, k)) { run_case[i] = k } }
}
title = "Makespan of every run"
invalid_n = 0
noisy_n = 0
do for [i = 1:run_n] {
    stats sprintf("$run%d", i) using (got(4, 0) == INVALID ? 1 : 0) nooutput
    invalid_n = invalid_n + int(STATS_sum)
    stats sprintf("$run%d", i) using (got(4, 0) == 1 ? 1 : 0) nooutput
    noisy_n = noisy_n + int(STATS_sum)
}
plural(n) = sprintf("%d run%s", n, n == 1 ? "" : "s")
note = (run_alone eq "" ? "" : "Not drawn, one request at a time: ".run_alone.".   ") \
    .(noisy_n > 0 ? "Hollow: NOISY, ".plural(noisy_n).".   " : "") \
    .(invalid_n > 0 ? "Cross, at the edge: INVALID, ".plural(invalid_n)."; their makespan is not drawn." : "")

jitter(block) = block * GOLDEN - floor(block * GOLDEN) - 0.5
if (strips_most > MANY) {
    load here."runs-many.gp"
    exit
}

subtitle = "Dot: a run. Line: median".box_words.". For each C, the drivers from left to right in the order of the key."
if (strips_most > words(run_driver_list)) { note = "The strips of a driver, from left to right: ".run_else_list.".   ".note }
note = shorten(note, 175)
columns = (panel_n > 1 && strips_most <= 5 ? 2 : 1)
rows = int(ceil(panel_n / real(columns)))

key_list = run_driver_list
panel_h = (rows == 1 ? 440.0 : rows == 2 ? 246.0 : 216.0)
page_h = 750
load here."key.gp"
page_h = 206 + 18 + key_h + rows * panel_h + (rows - 1) * 66
load here."key.gp"

@open_page
set multiplot
@draw_frame
@common_axes
set style fill solid noborder
panel_w = (PAGE_W - 84 - 24 - 72 * (columns - 1)) / columns

free_axes = 'unset logscale; set autoscale; unset xtics'
do for [p = 1:panel_n] {
    column = (p - 1) % columns
    row = (p - 1) / columns
    panel_x = 84 + column * (panel_w + 72)
    panel_y = 126 + key_h + row * (panel_h + 66)
    @place_panel
    unset label; unset arrow; unset object
    @free_axes
    here_list = panel_runs[p]
    strips = words(panel_strips[p])

    low = 1e30
    high = 0
    requests = 0
    c_list = ""
    do for [i in here_list] {
        stats sprintf("$run%s", i) using (got(4, 0) < INVALID ? got(3, 1e30) : 1e30) nooutput
        low = smallest(low, STATS_min)
        stats sprintf("$run%s", i) using (got(4, 0) < INVALID ? got(3, 0) : 0) nooutput
        high = largest(high, STATS_max)
        stats sprintf("$run%s", i) using (got(5, 0)) nooutput
        requests = largest(requests, STATS_max)
        if (run_case[int(i)] > 0) {
            stats sprintf("$case%d", run_case[int(i)]) using (got(3, $2)) nooutput
            low = smallest(low, STATS_min)
            stats sprintf("$case%d", run_case[int(i)]) using (got(4, $2)) nooutput
            high = largest(high, STATS_max)
        }
    }
    # Which C are here: those of the file that any of the groups has.
    do for [c in run_x_list] {
        c_there = 0
        do for [i in here_list] {
            stats sprintf("$run%s", i) using ($1 == real(c) ? 1 : 0) nooutput
            c_there = largest(c_there, STATS_max)
        }
        if (c_there > 0) { c_list = c_list." ".sprintf("%g", real(c)) }
    }
    if (high == 0) { low = 0.1; high = 1.0 }    # nothing but INVALID runs
    logged = (low > 0 && high / low > 5)
    span = (logged ? log(high / low) : high - low)
    if (logged) {
        # Room below for the marks at the foot, above for the crosses.
        low = low / exp(span * 26 / panel_h + 0.02)
        high = high * exp(span * 22 / panel_h + 0.02)
    } else {
        low = 0.0
        high = high * (1 + 22.0 / panel_h)
    }
    foot = (logged ? low * (high / low)**(8.0 / panel_h) : low + (high - low) * 8.0 / panel_h)
    edge = (logged ? low * (high / low)**(1 - 8.0 / panel_h) : low + (high - low) * (1 - 8.0 / panel_h))

    # A group is one wide, with a strip for each driver and a gap between groups.
    groups = words(c_list)
    strip_w = smallest(0.86 / strips, 64 * groups / panel_w)
    group(c) = place_in(c_list, sprintf("%g", c))
    strip(i) = place_in(panel_strips[p], strip_name(run_driver[i], run_else[i]))
    middle(c, i) = group(c) + (strip(i) - 0.5 - strips / 2.0) * strip_w
    at(c, i, block) = middle(c, i) + 0.62 * strip_w * jitter(block)

    strip_px = strip_w * panel_w / groups
    dot = smallest(0.85, largest(0.3, strip_px / 22))
    foot_ps = smallest(0.8, largest(0.35, strip_px / 14))
    set label 1 arrivals_words(panel_arrivals[p], sprintf("%.0f", requests)) at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
    set label 2 sprintf("backlog %s", panel_backlog[p]).(logged ? ", log" : "") at graph 1, screen py(panel_y - 14) right font sized(9.5) tc rgb grey
    unset xlabel; unset ylabel
    if (column == 0) { set ylabel "makespan" offset y_away, 0 tc rgb ink }
    if (p + columns > panel_n) { set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink }
    do for [s = 1:groups] {
        if (s > 1) { set arrow s from first s - 0.5, graph 0 to first s - 0.5, graph 1 nohead lw 1 lc rgb faint back }
    }
    set xtics scale 0 out nomirror textcolor rgb ink
    set xtics ()
    do for [s = 1:groups] { set xtics add (word(c_list, s) s) }
    set xrange [0.5:groups + 0.5]
    set yrange [low:high]
    if (logged) {
        set logscale y 10
        load here."logtics.gp"
    } else {
        unset ytics
        set ytics out nomirror scale 0.6 textcolor rgb ink
        set ytics ()
        tic_unit = 10.0**floor(log10(high / 6))
        tic_size = tic_unit * (high / 6 / tic_unit > 5 ? 10 : high / 6 / tic_unit > 2 ? 5 : 2)
        do for [t = 0:int(floor(high / tic_size))] { set ytics add ((t == 0 ? "0" : plain_time(t * tic_size)) t * tic_size) }
    }
    case_of(i) = run_case[int(i)]
    plot for [i in here_list] sprintf("$case%d", case_of(i)) using (middle($1, int(i))):2:(middle($1, int(i)) - 0.45 * strip_w):\
            (middle($1, int(i)) + 0.45 * strip_w):(got(3, $2)):(got(4, $2)) with boxxyerror fc rgb look_tint(run_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$case%d", case_of(i)) using (middle($1, int(i)) - 0.45 * strip_w):2:(0.9 * strip_w):(0) \
            with vectors nohead lw 2.2 lc rgb look_colour(run_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$run%s", i) using (at($1, int(i), $2)):(got(4, 0) == 0 ? got(3, NaN) : NaN) \
            with points pt 7 ps dot lc rgb look_colour(run_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$run%s", i) using (at($1, int(i), $2)):(got(4, 0) == 1 ? got(3, NaN) : NaN) \
            with points pt 6 ps dot lw 1.2 lc rgb look_colour(run_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$run%s", i) using (at($1, int(i), $2)):(got(4, 0) == INVALID ? edge : NaN) \
            with points pt 2 ps largest(0.5, dot) lw 1.6 lc rgb look_colour(run_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$run%s", i) using (middle($1, int(i))):(foot) \
            with points pt look_point(run_driver[int(i)]) ps foot_ps lc rgb look_colour(run_driver[int(i)]) notitle
}
@close_page
