# latency.gp: the distribution of latency twice: on an axis that stretches the slow tail, and as a cumulative
# distribution (ECDF), in which the share of the requests that took long is a height.
#
# A percentile p lies at -log10(1 - p), so that 90%, 99% and 99.9% are equally far apart. The i-th of n
# latencies is drawn at (i - 1/2) / n (Hazen), which keeps the slowest in the picture and shows no
# percentile that n samples are too few for.

load blocks("curve", "latency.csv", "backlog,driver,concurrency,else", "share,latency_s", "")
load blocks("case", "cases.csv", "driver", "concurrency,delay_s", "-v invalid=keep -v needed=no")
delay = NaN
if (case_n > 0) { delay = case_last_y[1] }

most = 0
do for [i = 1:curve_n] { most = largest(most, real(curve_concurrency[i])) }
label_of(i) = named(curve_driver[i]).besides(curve_else[i]).(real(curve_concurrency[i]) < most ? sprintf(" (C = %s)", curve_concurrency[i]) : "")

# The server delay, which every request waits for, would hide what a driver adds: 1 ms to 100 ms. So the axis
# and the figures are the latency beyond it.
known = (delay > 0)    # that of a URL's service is not, nor is its backlog
beyond(s) = (known ? largest(s - delay, floor_s) : s)
end_words(i) = label_of(i)."  ".(known ? "+".seconds(largest(curve_last_y[i] - delay, 0)) : seconds(curve_last_y[i]))

lines = 0
longest = 0
floor_s = 1e-9
do for [backlog in curve_backlog_list] {
    n = 0
    do for [i = 1:curve_n] { n = n + (curve_backlog[i] eq backlog) }
    lines = largest(lines, n)
}
do for [i = 1:curve_n] { longest = largest(longest, strlen(end_words(i))) }
@set_crowded

title = sprintf("Latency by percentile, %.0f requests in flight", most)
beyond_words = (known ? " beyond the server delay of ".plain_time(delay) : "")
subtitle = "In the run with the median makespan. Above: latency".beyond_words.", label: the slowest request. Below: the share that took so long or less."
axis_words = (known ? "The axis is the ideal: latency = server delay." : "")
note = (crowded ? axis_words : "")    # a crowd of lines leaves no room for it in the panel

panel_h = largest(400.0, ends_h(lines))
ECDF_H = 230.0
tail_h = panel_h
ecdf_y = 108 + kinds_h + tail_h + 92
page_h = ecdf_y + ECDF_H + 98
kinds_of = curve_driver_list

@open_page
@common_axes
columns = words(curve_backlog_list)
names_w = smallest(350, ends_w(longest))
panel_w = (PAGE_W - 84 - 24 - 64 * (columns - 1)) / columns - names_w

low = NaN
high = NaN
most_rows = 1
fastest_s = NaN    # of all requests; the delay too
slowest_s = NaN
do for [i = 1:curve_n] {
    stats sprintf("$curve%d", i) using 2 nooutput
    fastest_s = smallest(fastest_s, known ? smallest(STATS_min, delay) : STATS_min)
    slowest_s = largest(slowest_s, STATS_max)
    stats sprintf("$curve%d", i) using (beyond($2)) nooutput
    low = smallest(low, STATS_lo_quartile)
    high = largest(high, STATS_max)
    most_rows = largest(most_rows, curve_rows[i])
}
logged = !other_axis
told_axis = tell(logged ? "logarithmic" : "linear")
low = (logged ? largest(low * 0.3, high * 1e-5) : 0)    # what is below the axis is drawn on it
high = high * (logged ? 1.3 : 1.05)
floor_s = low
height_of(s) = (logged ? log(s / low) / log(high / low) : s / high)
stretch(share, n) = -log10(1 - (share - 0.5 / n))

set grid xtics

do for [column = 1:columns] {
    backlog = word(curve_backlog_list, column)
    panel_x = 84 + (column - 1) * (panel_w + names_w + 64)
    panel_y = 108 + kinds_h
    panel_h = tail_h
    @place_panel
    owner = of_backlog(known ? backlog : "")
    array end_at[curve_n]; array end_x[curve_n]; array end_text[curve_n]; array end_driver[curve_n]
    end_n = 0
    here_list = ""
    do for [i = 1:curve_n] {
        if (curve_backlog[i] eq backlog) {
            here_list = with_line(here_list, i, curve_driver[i])
            end_n = end_n + 1
            end_at[end_n] = height_of(beyond(curve_last_y[i]))
            end_x[end_n] = stretch(1, curve_rows[i])
            end_driver[end_n] = curve_driver[i]
            end_text[end_n] = end_words(i)
        }
    }
    load here."ends.gp"
    set label 1 (known ? sprintf("backlog %s", backlog) : "") at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
    if (logged) {
        set logscale y 10
        load here."logtics.gp"
    } else {
        scale = 1.0
        load here."lineartics.gp"
    }
    set xtics ("0" 0)
    do for [p in "50 90 99 99.9 99.99 99.999"] {
        if (-log10(1 - real(p) / 100) <= stretch(1, most_rows)) { set xtics add (p."%%" -log10(1 - real(p) / 100)) }
    }
    set yrange [low:high]
    set xrange [0:stretch(1, most_rows) * 1.02]
    if (column == 1) { set ylabel "latency".beyond_words offset y_away, 0 tc rgb ink }
    set xlabel "percentile" offset 0, 0.4 tc rgb ink
    if (!crowded) {
        set label 4 axis_words at graph 0.98, graph 0 right offset 0, 0.6 font sized(8.5) tc rgb grey
    }
    # A mark wherever a curve enters another fifth of the axis: curves differ by their marks, not only by colour.
    fifth = -1
    marked(x, y, row) = (row == 0 ? (fifth = -1) : 0, int(x * 2.5) != fifth ? (fifth = int(x * 2.5), y) : NaN)
    said(i) = of_case(curve_driver[int(i)], curve_else[int(i)], real(curve_concurrency[int(i)]), curve_backlog[int(i)]) \
        .sprintf("\n%.4g%% of the latencies: at most %s", 100 * $1, seconds($2))
    is_slowest(i, row) = (int(row) == curve_rows[int(i)] - 1)
    plot for [i in here_list] sprintf("$curve%s", i) using (stretch($1, curve_rows[int(i)])):(beyond($2)) with lines lw look_width(curve_driver[int(i)]) \
            dt look_dash(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (stretch($1, curve_rows[int(i)])):\
            (is_lit(curve_driver[int(i)]) ? marked(stretch($1, curve_rows[int(i)]), beyond($2), $0) : NaN) with points ps look_size(curve_driver[int(i)]) \
            pt look_point(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (stretch($1, curve_rows[int(i)])):\
            (y = marked(stretch($1, curve_rows[int(i)]), beyond($2), $0), at(is_slowest(i, $0) ? beyond($2) : y)):(said(i)) \
            with @spoken look_unseen(curve_driver[int(i)]) notitle

    load here."ecdf.gp"
}
