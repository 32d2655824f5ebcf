# predicted.gp: the error of the predicted makespan against requests in flight, beside that of the ideal alone.
#
# The error is predicted ÷ measured − 1, as in the tables: a makespan predicted too short is below 0. On the right is
# what a reader without the prediction would expect, the ideal, of the same cases and on the same axis. Within the grey
# band a prediction is off by at most 15%. A case whose runs are in two modes has an error against each.

# y is the prediction: a case without one is left out.
load blocks("case", "cases.csv", "arrivals,backlog,driver,else", \
    "concurrency,predicted_s,median_s,low_s,high_s,quality,requests,+ideal_s".modes("s").",+coverage,+runs", closed_only)

BAND = 0.15
MOST = 1.0    # an error above is drawn at the edge
label_of(i) = named(case_driver[i]).besides(case_else[i])
usable(p, m) = (p > 0 && m > 0)    # NaN compares as false

# Columns: who predicts, and the median of the fast or the slow mode; a case in one mode has neither.
PREDICTED = 2; IDEAL = 8; FAST = 9; SLOW = 10
error_of(p, m) = (usable(p, m) ? p / m - 1 : NaN)
median_error(by) = error_of(got(by, NaN), got(3, NaN))
mode_error(by, mode) = (valid(SLOW) ? error_of(got(by, NaN), column(mode)) : median_error(by))
has_error(by) = (usable(got(by, NaN), got(3, NaN)) && usable(got(PREDICTED, NaN), got(3, NaN)))

# ---- how many are close, and how far the axis reaches -----------------------------------------------------
panel_n = case_panels
usable_n = 0
any_split = 0
lowest = -2 * BAND
highest = 2 * BAND
array panel_lines[panel_n]; array panel_first[panel_n]; array last_error[2 * case_n]
array panel_close[2 * panel_n]; array panel_of_all[2 * panel_n]
do for [p = 1:panel_n] { panel_lines[p] = 0 }
do for [p = 1:2 * panel_n] { panel_close[p] = 0; panel_of_all[p] = 0 }
do for [i = 1:case_n] {
    p = case_panel[i]
    panel_lines[p] = panel_lines[p] + 1
    panel_first[p] = i
    do for [by in sprintf("%d %d", PREDICTED, IDEAL)] {
        by = int(by)
        side = 2 * p - (by == PREDICTED)
        stats sprintf("$case%d", i) using (has_error(by) ? 1 : 0) nooutput
        panel_of_all[side] = panel_of_all[side] + int(STATS_sum)
        if (by == PREDICTED) { usable_n = usable_n + int(STATS_sum) }
        stats sprintf("$case%d", i) using (has_error(by) && abs(median_error(by)) <= BAND ? 1 : 0) nooutput
        panel_close[side] = panel_close[side] + int(STATS_sum)
        stats sprintf("$case%d", i) using (has_error(by) ? smallest(mode_error(by, SLOW), error_of(got(by, NaN), got(5, $3))) : 0) nooutput
        lowest = smallest(lowest, STATS_min)
        stats sprintf("$case%d", i) using (has_error(by) ? largest(mode_error(by, FAST), error_of(got(by, NaN), got(4, $3))) : 0) nooutput
        highest = largest(highest, STATS_max)
        last = NaN
        stats sprintf("$case%d", i) using (has_error(by) ? (last = median_error(by), 0) : 0) nooutput
        last_error[2 * i - (by == PREDICTED)] = last
    }
    stats sprintf("$case%d", i) using (valid(SLOW) ? 1 : 0) nooutput
    any_split = largest(any_split, STATS_max)
}
why = "cases.csv has no case both predicted and measured"
if (usable_n == 0) { @give_up }
lowest = lowest * 1.08
highest = smallest(MOST, highest * 1.08)
held(e) = (e != e ? NaN : smallest(highest, e))

# ---- the page -------------------------------------------------------------------------------------------
percent(e) = (e != e ? "not known" : sprintf("%+.0f%%", 100 * e))
end_words(i, side) = label_of(i)."  ".percent(last_error[2 * i - (side == 1)])
longest = 0
lines = 0
do for [i = 1:case_n] { longest = largest(longest, strlen(end_words(i, 1))) }
do for [p = 1:panel_n] { lines = largest(lines, panel_lines[p]) }
@set_crowded
names_w = smallest(330, ends_w(longest))
panel_w = (PAGE_W - 84 - 24 - 62) / 2.0 - names_w
panel_h = largest(170.0, ends_h(lines))
top_y = 108 + kinds_h + 14
page_h = top_y + panel_n * panel_h + (panel_n - 1) * 80 + 98
kinds_of = case_driver_list

title = "Error of the predicted makespan"
subtitle = sprintf("Predicted ÷ measured makespan (median%s) − 1; beside it the ideal ÷ measured − 1. Grey: within %.0f%%.", \
    bar_words(case_runs_least, case_runs_most), BAND * 100)
note = (any_split > 0 ? forked : "").(highest == MOST ? sprintf("At the edge: +%.0f%% or more.   ", 100 * MOST) : "") \
    .not_drawn(case_alone, case_noisy, case_invalid)

@open_page
@common_axes
set format x "%.0f"
ticks = words(case_x_list)
x_low = real(word(case_x_list, 1)) * (ticks == 1 ? 0.5 : 0.84)
x_high = real(word(case_x_list, ticks)) * (ticks == 1 ? 2 : 1.06)
if (ticks <= 10) {
    set xtics ()
    do for [c in case_x_list] { set xtics add (c real(c)) }
}
height_of(e) = (e != e ? 0 : (held(e) - lowest) / (highest - lowest))
whose(i) = case_driver[int(i)]
every = nice_step(highest - lowest, 6)
do for [p = 1:panel_n] {
    do for [side = 1:2] {
        panel_x = 84 + (side - 1) * (panel_w + names_w + 62)
        panel_y = top_y + (p - 1) * (panel_h + 80)
        by = (side == 1 ? PREDICTED : IDEAL)
        k = 2 * p - (side == 1)
        @place_panel
        owner = of_backlog(case_backlog[panel_first[p]])
        here_list = ""
        requests = 0
        end_n = 0
        array end_at[case_n]; array end_x[case_n]; array end_text[case_n]; array end_driver[case_n]
        do for [i = 1:case_n] {
            if (case_panel[i] == p) {
                here_list = with_line(here_list, i, case_driver[i])
                stats sprintf("$case%d", i) using (got(7, 0)) nooutput
                requests = largest(requests, STATS_max)
                end_n = end_n + 1
                end_at[end_n] = height_of(last_error[2 * i - (side == 1)])
                end_x[end_n] = case_last_x[i]
                end_driver[end_n] = case_driver[i]
                end_text[end_n] = end_words(i, side)
            }
        }
        load here."ends.gp"
        set label 1 (side == 1 ? "prediction: " : "the ideal alone: ").arrivals_words(case_arrivals[panel_first[p]], sprintf("%.0f", requests)) \
            at graph 0, screen py(panel_y - 28) font bold(10.5) tc rgb ink
        set label 2 sprintf("backlog %s: %d of %d within %.0f%%", case_backlog[panel_first[p]], panel_close[k], panel_of_all[k], BAND * 100) \
            at graph 0, screen py(panel_y - 12) font sized(9) tc rgb (panel_close[k] < panel_of_all[k] ? "#B04A00" : grey)
        set object 1 rectangle from graph 0, first -BAND to graph 1, first BAND fs solid noborder fc rgb "#EEEEEE" behind
        set arrow 4 from graph 0, first 0 to graph 1, first 0 nohead lw 1.5 dt 3 lc rgb ideal_colour
        set logscale x 2
        set xrange [x_low:x_high]
        set yrange [lowest:highest]
        set ytics ()
        do for [t = int(ceil(lowest / every)):int(floor(highest / every))] { set ytics add (sprintf("%+.0f%%%%", 100 * t * every) t * every) }
        set ytics add ("0" 0)
        if (side == 1) { set ylabel "error" offset y_away, 0 tc rgb ink }
        if (p == panel_n) { set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink }
        said(i, mode) = of_case(whose(i), case_else[int(i)], $1, case_backlog[int(i)]) \
            .sprintf("\n%s %s, measured %s: %s", by == PREDICTED ? "predicted" : "ideal", seconds(got(by, NaN)), \
            seconds(valid(SLOW) ? column(mode) : $3), percent(mode_error(by, mode))) \
            .(valid(SLOW) ? in_mode(got(mode + 2, 0), got(FAST + SLOW + 2 - mode, 0)) : between($4, $5, got(13, 0), got(14, 0))).quality_words(got(6, -1))
        plot for [i in here_list] sprintf("$case%s", i) using 1:(valid(SLOW) || !has_error(by) ? NaN : held(median_error(by))):\
                (held(error_of(got(by, NaN), got(5, $3)))):(held(error_of(got(by, NaN), got(4, $3)))) with yerrorbars \
                pt 0 lw 1.2 lc rgb look_tint(whose(i)) notitle, \
            for [i in here_list] for [mode = FAST:SLOW] sprintf("$case%s", i) using 1:(has_error(by) ? held(mode_error(by, mode)) : NaN) with linespoints \
                lw look_width(whose(i)) ps look_size(whose(i)) dt look_dash(whose(i)) pt look_point(whose(i)) lc rgb look_colour(whose(i)) notitle, \
            for [i in here_list] for [mode = FAST:SLOW] sprintf("$case%s", i) using 1:(has_error(by) && got(6, 0) > 0 && is_lit(whose(i)) ? held(mode_error(by, mode)) : NaN) \
                with points pt 6 ps (crowded ? 1.6 : 2.2) lw 1 lc rgb look_ring(whose(i)) notitle, \
            for [i in here_list] for [mode = FAST:SLOW] sprintf("$case%s", i) using (at($1)):(at(has_error(by) && (mode == SLOW || valid(SLOW)) ? held(mode_error(by, mode)) : NaN)):(said(i, mode)) \
                with @spoken look_unseen(whose(i)) notitle
    }
}
