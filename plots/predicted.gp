# predicted.gp: measured ÷ predicted makespan, a mark for each case.
#
# A row is a driver, a panel an arrivals and a backlog; a mark is a case, the larger the more requests in
# flight, at the ratio of the measured makespan to the predicted one. Within the grey band the prediction is
# off by at most 15%.

# y is the prediction: a case without one is left out.
load blocks("case", "cases.csv", "arrivals,backlog,driver,else", "concurrency,predicted_s,median_s,low_s,high_s,quality,requests", closed_only)

BAND = 0.15
label_of(i) = named(case_driver[i]).besides(case_else[i])
usable(p, m) = (p > 0 && m > 0)    # NaN compares as false

# ---- panels: one for each arrivals and backlog with predictions ------------------------------------------
panel_n = case_panels
first_of(p) = int(word(panel_cases[p], 1))
usable_n = 0
array panel_cases[panel_n]
do for [p = 1:panel_n] { panel_cases[p] = "" }
do for [i = 1:case_n] {
    panel_cases[case_panel[i]] = panel_cases[case_panel[i]].sprintf(" %d", i)
    stats sprintf("$case%d", i) using (usable($2, got(3, 0)) ? 1 : 0) nooutput
    usable_n = usable_n + STATS_sum
}
why = "cases.csv has no case both predicted and measured"
if (usable_n == 0) { @give_up }

title = "Measured ÷ predicted makespan"
note = not_drawn(case_alone, case_noisy, case_invalid)
longest = 0
lines_list = ""
array case_line[case_n]
line_name(i) = case_driver[i].",".case_else[i]    # no blanks: it goes into a list
do for [i = 1:case_n] {
    longest = largest(longest, strlen(label_of(i)))
    if (!is_in(lines_list, line_name(i))) { lines_list = lines_list." ".line_name(i) }
    case_line[i] = place_in(lines_list, line_name(i))
}
lines = words(lines_list)
ROW_H = largest(20.0, smallest(44.0, 240.0 / lines))
ROWS_X = 58 + 6.6 * longest
COUNT_W = 66.0    # beside a row: how many of its cases are within the band
panel_w = (PAGE_W - 24 - ROWS_X - 20.0 * (panel_n - 1)) / panel_n - COUNT_W
panel_h = ROW_H * lines
page_h = 224 + panel_h

# The axis is symmetric: twice as slow is as far from 1 as twice as fast.
ratio(p, m) = (usable(p, m) ? m / p : NaN)
far = 1.3
do for [i = 1:case_n] {
    stats sprintf("$case%d", i) using (usable($2, got(3, 0)) ? largest($3 / $2, $2 / $3) : 1) nooutput
    far = largest(far, STATS_max)
}
far = smallest(far * 1.08, 10)    # what is further off is drawn at the edge

subtitle = sprintf("Measured makespan (median%s) ÷ predicted, a mark for each case, small: C = %s, large: C = %s. Grey: within %.0f%%.", \
    bar_words(case_runs_least, case_runs_most), word(case_x_list, 1), word(case_x_list, words(case_x_list)), BAND * 100)

@open_page
@common_axes
set grid xtics noytics
set border 1
set style fill solid noborder
unset ytics
c_low = real(word(case_x_list, 1))
c_high = real(word(case_x_list, words(case_x_list)))
dot(c) = 0.45 + 0.75 * (c_high > c_low ? log(c / c_low) / log(c_high / c_low) : 1)
held(v) = largest(1 / far, smallest(far, v))
# For a tic, whose words are a format.
ratio_words(v) = (abs(v - 1) < 1e-9 ? "0" : v >= 2 ? sprintf("×%g", v) : v > 1 ? sprintf("+%.0f%%%%", 100 * (v - 1)) \
    : v > 0.5 ? sprintf("−%.0f%%%%", 100 * (1 - v)) : sprintf("÷%.3g", 1 / v))
do for [p = 1:panel_n] {
    panel_x = ROWS_X + (p - 1) * (panel_w + COUNT_W + 20)
    panel_y = 126
    @place_panel
    within = 0
    dots = 0
    requests = 0
    do for [i in panel_cases[p]] {
        stats sprintf("$case%s", i) using (usable($2, got(3, 0)) ? 1 : 0) nooutput
        of_all = int(STATS_sum)
        stats sprintf("$case%s", i) using (usable($2, got(3, 0)) && abs($3 / $2 - 1) <= BAND ? 1 : 0) nooutput
        close = int(STATS_sum)
        dots = dots + of_all
        within = within + close
        set label 200 + int(i) sprintf("%d of %d", close, of_all) at graph 1 + 8 / panel_w, first case_line[int(i)] \
            font sized(9) tc rgb (close < of_all ? "#B04A00" : grey)
        stats sprintf("$case%s", i) using (got(7, 0)) nooutput
        requests = largest(requests, STATS_max)
    }
    do for [i = 1:(p == 1 ? case_n : 0)] {
        set label 2 * case_line[i] + 1000 label_of(i) at screen px(46), first case_line[i] font sized(9.5) tc rgb look_text(case_driver[i])
        set label 2 * case_line[i] + 1001 "" at screen px(34), first case_line[i] point pt look_point(case_driver[i]) ps 0.9 \
            lc rgb look_colour(case_driver[i])
    }
    do for [line = 1:lines] {
        set arrow line from graph 0, first line + 0.5 to graph 1, first line + 0.5 nohead lw 1 lc rgb faint back
    }
    set label 1 arrivals_words(case_arrivals[first_of(p)], sprintf("%.0f", requests)) at graph 0, screen py(panel_y - 28) font bold(10.5) tc rgb ink
    set label 2 sprintf("backlog %s: %d of %d within %.0f%%", case_backlog[first_of(p)], within, dots, BAND * 100) at graph 0, screen py(panel_y - 12) \
        font sized(9) tc rgb (within < dots ? "#B04A00" : grey)
    set object 1 rectangle from first 1 - BAND, graph 0 to first 1 + BAND, graph 1 fs solid noborder fc rgb "#EEEEEE" behind
    set arrow 999 from first 1, graph 0 to first 1, graph 1 nohead lw 1.5 dt 3 lc rgb ideal_colour
    set logscale x 2
    set xrange [1 / far:far]
    set yrange [lines + 0.6:0.4]
    set xtics ()
    last_x = -1000
    do for [v in "0.1 0.2 0.3333333 0.5 0.7 0.85 1 1.15 1.5 2 3 5 10"] {
        v_x = panel_w * log(real(v) * far) / log(far * far)
        if (v_x > last_x + 44 && v_x < panel_w + 10 && v_x > -10 && (real(v) == 1 || abs(v_x - panel_w / 2) > 50)) {
            last_x = v_x
            set xtics add (ratio_words(real(v)) real(v))
        }
    }
    set xlabel "faster   ←   measured ÷ predicted   →   slower" offset 0, 0.4 tc rgb ink
    plot for [i in panel_cases[p]] sprintf("$case%s", i) using (held(got(4, $3) / $2)):(case_line[int(i)]):(held(got(5, $3) / $2) - held(got(4, $3) / $2)):(0) \
            with vectors nohead lw 1.2 lc rgb look_tint(case_driver[int(i)]) notitle, \
        for [i in panel_cases[p]] sprintf("$case%s", i) using (held(ratio($2, got(3, NaN)))):(case_line[int(i)]):(dot($1)) with points \
            pt look_point(case_driver[int(i)]) ps variable lc rgb look_colour(case_driver[int(i)]) notitle, \
        for [i in panel_cases[p]] sprintf("$case%s", i) using (got(6, 0) > 0 ? held(ratio($2, got(3, NaN))) : NaN):(case_line[int(i)]) \
            with points pt 6 ps 1.8 lw 1 lc rgb grey notitle
}
