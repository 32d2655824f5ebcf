# runs.gp: every run as a dot, with the median and its interval; where runs are in two modes with the median of each,
# and no box.
#
# A row is a driver and a column a C, with a scale of its own: the drivers are compared vertically, and a case
# whose dots spread is a wide row. A dot's place across its row is its block's number, spread by the golden
# ratio: it has no meaning, but is the same in every picture, and runs that followed each other are far apart.

load blocks("run", "runs.csv", "arrivals,backlog,driver,else", "concurrency,block,makespan_s,quality,requests,delay_s,+run_id", closed_only." -v invalid=keep")
# Without cases there are only dots; $case0 is for a group without a case.
load blocks("case", "cases.csv", "arrivals,backlog,driver,else", "concurrency,median_s,low_s,high_s".modes("s").",+coverage,+runs,+quality", closed_only." -v needed=no")
bars = bar_words(case_runs_least, case_runs_most)
box_words = (bars eq "" ? "" : ", box".bars[6:])    # the same as a box
$case0 << END_OF_BLOCK
NaN NaN NaN NaN NaN NaN NaN NaN
END_OF_BLOCK
SLOW = 6    # its column
any_split = 0
do for [i = 1:case_n] {
    stats sprintf("$case%d", i) using (valid(SLOW) ? 1 : 0) nooutput
    any_split = largest(any_split, STATS_max)
}

INVALID = 2
GOLDEN = 0.6180339887
strip_name(driver, words) = driver.",".words    # no blanks: it goes into lists
same_case(i, k) = (run_arrivals[i] eq case_arrivals[k] && run_backlog[i] eq case_backlog[k] \
    && run_driver[i] eq case_driver[k] && run_else[i] eq case_else[k])

# ---- panels: one for each arrivals and backlog with runs --------------------------------------------------
panel_n = run_panels
first_of(p) = int(word(panel_runs[p], 1))
array panel_runs[panel_n]; array panel_strips[panel_n]; array run_case[run_n]
do for [p = 1:panel_n] { panel_runs[p] = ""; panel_strips[p] = "" }
strips_most = 0
do for [i = 1:run_n] {
    p = run_panel[i]
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
note = (case_alone eq "" ? "" : "Not drawn, one request at a time: ".case_alone.".   ") \
    .(noisy_n > 0 ? "Hollow: NOISY, ".plural(noisy_n).".   " : "") \
    .(invalid_n > 0 ? "Cross, at the edge: INVALID, ".plural(invalid_n)."; their makespan is not drawn." : "")

CELL_GAP = 16.0; HEAD_H = 46.0; FOOT_H = 40.0; TOP = 84.0
# Room for the dots of a few drivers; less for each of many.
ROW_H = largest(17.0, smallest(56.0, 260.0 / strips_most))
DOT = smallest(0.85, ROW_H / 36)
label_of(i) = named(run_driver[i]).besides(run_else[i])
longest = 0
do for [i = 1:run_n] { longest = largest(longest, strlen(label_of(i))) }
CELL_X = 58 + 6.6 * longest

jitter(block) = block * GOLDEN - floor(block * GOLDEN) - 0.5
subtitle = "Dot: a run. Line: median".box_words.(any_split > 0 ? "; two lines: runs in two modes, the median of each" : "").". Each column has its own logarithmic scale."

array panel_backlog[panel_n]; array panel_y[panel_n]; array panel_c[panel_n]; array panel_title[panel_n]
y = TOP
do for [p = 1:panel_n] {
    panel_y[p] = y
    y = y + HEAD_H + ROW_H * words(panel_strips[p]) + FOOT_H
    # Which C are here: those of the file that any of the groups has.
    panel_c[p] = ""
    requests = 0
    delay = 0    # without one there is no server of ours, and no backlog
    do for [i in panel_runs[p]] {
        stats sprintf("$run%s", i) using (got(5, 0)):(got(6, 0)) nooutput
        requests = largest(requests, STATS_max_x)
        delay = largest(delay, STATS_max_y)
    }
    do for [c in run_x_list] {
        there = 0
        do for [i in panel_runs[p]] {
            stats sprintf("$run%s", i) using ($1 == real(c) ? 1 : 0) nooutput
            there = largest(there, STATS_max)
        }
        if (there > 0) { panel_c[p] = panel_c[p].sprintf(" %g", real(c)) }
    }
    panel_backlog[p] = (delay > 0 ? run_backlog[first_of(p)] : "")
    panel_title[p] = arrivals_words(run_arrivals[first_of(p)], sprintf("%.0f", requests)) \
        .(delay > 0 ? ", backlog ".run_backlog[first_of(p)] : "")
}
page_h = y + 56

# ---- the scale of each column --------------------------------------------------------------------------
cells(p) = words(panel_c[p])
cell_w(p) = (PAGE_W - 24 - CELL_X + CELL_GAP) / cells(p) - CELL_GAP
cell_x(p, k) = CELL_X + (k - 1) * (cell_w(p) + CELL_GAP)
COLUMNS = words(run_x_list)
at_cell(p, k) = int((p - 1) * COLUMNS + k)
array cell_low[panel_n * COLUMNS]; array cell_high[panel_n * COLUMNS]
do for [p = 1:panel_n] {
    do for [k = 1:cells(p)] {
        low = 1e30
        high = 0
        c = real(word(panel_c[p], k))
        do for [i in panel_runs[p]] {
            stats sprintf("$run%s", i) using ($1 == c && got(4, 0) < INVALID ? got(3, 1e30) : 1e30) nooutput
            low = smallest(low, STATS_min)
            stats sprintf("$run%s", i) using ($1 == c && got(4, 0) < INVALID ? got(3, 0) : 0) nooutput
            high = largest(high, STATS_max)
        }
        if (high == 0) { low = 0.1; high = 1.0 }    # nothing but INVALID runs
        widen = largest(1.04, sqrt(largest(1, 1.3 / (high / low))))    # noise of a percent is to look small
        cell_low[at_cell(p, k)] = low / widen
        cell_high[at_cell(p, k)] = high * widen
    }
}
scaled(v, low, high) = smallest(1.0, largest(0.0, log(v / low) / log(high / low)))
cell_of(i, c) = place_in(panel_c[run_panel[i]], sprintf("%g", c))
x_in(p, k, v) = cell_x(p, k) + cell_w(p) * scaled(v, cell_low[at_cell(p, k)], cell_high[at_cell(p, k)])
x_of(i, c, v) = (cell_of(i, c) < 1 ? NaN : x_in(run_panel[i], cell_of(i, c), v))
edge_of(i, c) = (cell_of(i, c) < 1 ? NaN : cell_x(run_panel[i], cell_of(i, c)) + cell_w(run_panel[i]) - 4)
row_y(i) = panel_y[run_panel[i]] + HEAD_H + ROW_H * (place_in(panel_strips[run_panel[i]], strip_name(run_driver[i], run_else[i])) - 0.5)

@open_page
unset border
set xrange [0:PAGE_W]
set yrange [page_h:0]

tag = 100
do for [p = 1:panel_n] {
    foot_y = panel_y[p] + HEAD_H + ROW_H * words(panel_strips[p])
    set label tag panel_title[p] at first 28, panel_y[p] + 16 font bold(10.5) tc rgb ink
    tag = tag + 1
    do for [k = 1:cells(p)] {
        set label tag "C = ".word(panel_c[p], k) at first cell_x(p, k), panel_y[p] + 37 font sized(9) tc rgb ink
        tag = tag + 1
        set object tag rectangle from first cell_x(p, k), panel_y[p] + HEAD_H to first cell_x(p, k) + cell_w(p), foot_y \
            fs solid noborder fc rgb "#F7F7F7" behind
        # As many tics on round figures as there is room for.
        low = cell_low[at_cell(p, k)]
        high = cell_high[at_cell(p, k)]
        room = cell_w(p) / log10(high / low)    # pixels a decade
        steps = (room < 60 ? "1" : room < 160 ? "1 3" : room < 320 ? "1 2 5" : room < 800 ? "1 1.5 2 3 5 7" \
            : "1 1.1 1.2 1.3 1.4 1.6 1.8 2 2.2 2.5 2.8 3.1 3.5 4 4.5 5 5.5 6 7 8 9")
        last_x = -100
        do for [decade = -6:4] {
            do for [step in steps] {
                tic = real(step) * 10.0**decade
                if (tic > low && tic < high && x_in(p, k, tic) > largest(last_x + 46, cell_x(p, k) + 14) \
                    && x_in(p, k, tic) < cell_x(p, k) + cell_w(p) - 14) {
                    last_x = x_in(p, k, tic)
                    tag = tag + 1
                    set arrow tag from first last_x, panel_y[p] + HEAD_H to first last_x, foot_y nohead lw 1 lc rgb faint back
                    set label tag plain_time(tic) at first last_x, foot_y + 9 center font sized(8) tc rgb grey
                }
            }
        }
        tag = tag + 1
    }
}
do for [i = 1:run_n] {
    tag = tag + 1
    owner = of_backlog(panel_backlog[run_panel[i]])
    set label tag label_of(i) at first 46, row_y(i) font sized(9) tc rgb look_text(run_driver[i])
    tag = tag + 1
    set label tag "" at first 34, row_y(i) point pt look_point(run_driver[i]) ps 0.8 lc rgb look_colour(run_driver[i])
}

set style fill solid noborder
case_at(i) = run_case[int(i)]
# Of a group's own backlog; what a run says, and its case, of two modes each.
look_of(i) = (of_backlog(panel_backlog[run_panel[i]]), look_colour(run_driver[i]))
tint_of(i) = (of_backlog(panel_backlog[run_panel[i]]), look_tint(run_driver[i]))
unseen_of(i) = (of_backlog(panel_backlog[run_panel[i]]), look_unseen(run_driver[i]))
who_ran(i) = of_case(run_driver[i], run_else[i], got(1, NaN), panel_backlog[run_panel[i]])
said(i) = run_of(got(7, 0)).who_ran(i).sprintf("\nblock %d: ", $2) \
    .(got(4, 0) == INVALID ? "no figure" : "makespan ".seconds(got(3, NaN))).quality_words(got(4, -1))
median_of(mode) = (valid(SLOW) ? column(mode) : got(2, NaN))
case_said(i, mode) = who_ran(i)."\nmedian makespan ".seconds(median_of(mode)).(valid(SLOW) \
    ? in_mode(got(mode + 2, 0), got(2 * SLOW + 1 - mode, 0)) : between(got(3, NaN), got(4, NaN), got(9, 0), got(10, 0))).quality_words(got(11, -1))
across_of(i) = row_y(i) + 0.55 * ROW_H * jitter($2)
plot for [i = 1:run_n] sprintf("$case%d", case_at(i)) using (valid(SLOW) ? NaN : x_of(i, $1, $2)):(row_y(i)):(x_of(i, $1, got(3, $2))):(x_of(i, $1, got(4, $2))):\
        (row_y(i) - 0.36 * ROW_H):(row_y(i) + 0.36 * ROW_H) with boxxyerror fc rgb tint_of(i) notitle, \
    for [i = 1:run_n] for [mode = SLOW - 1:SLOW] sprintf("$case%d", case_at(i)) using (x_of(i, $1, valid(SLOW) ? column(mode) : $2)):(row_y(i) - 0.42 * ROW_H):\
        (0):(0.84 * ROW_H) with vectors nohead lw 2 lc rgb look_of(i) notitle, \
    for [i = 1:run_n] sprintf("$run%d", i) using (got(4, 0) == 0 ? x_of(i, $1, $3) : NaN):(row_y(i) + 0.55 * ROW_H * jitter($2)) \
        with points pt 7 ps DOT lc rgb look_of(i) notitle, \
    for [i = 1:run_n] sprintf("$run%d", i) using (got(4, 0) == 1 ? x_of(i, $1, $3) : NaN):(row_y(i) + 0.55 * ROW_H * jitter($2)) \
        with points pt 6 ps DOT lc rgb look_of(i) notitle, \
    for [i = 1:run_n] sprintf("$run%d", i) using (got(4, 0) == INVALID ? edge_of(i, $1) : NaN):(row_y(i) + 0.55 * ROW_H * jitter($2)) \
        with points pt 2 ps DOT lw 1.4 lc rgb look_of(i) notitle, \
    for [i = 1:run_n] for [mode = SLOW - 1:SLOW] sprintf("$case%d", case_at(i)) using (at(mode < SLOW && !valid(SLOW) ? NaN : x_of(i, got(1, NaN), median_of(mode)))):(row_y(i)):(case_said(i, mode)) \
        with @spoken unseen_of(i) notitle, \
    for [i = 1:run_n] sprintf("$run%d", i) using (at(got(4, 0) == INVALID ? edge_of(i, $1) : x_of(i, $1, got(3, NaN)))):(across_of(i)):(said(i)) \
        with @spoken unseen_of(i) notitle
