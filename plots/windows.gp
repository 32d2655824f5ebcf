# windows.gp: a run of open arrivals over time, in windows of 100 ms: latency of the requests due in each, and
# below it how many completed. In a stall nothing completes, and latency falls from the stall's length to none.
#
# A column for each rate; with more than four, the highest and others evenly between. Of each case the run with
# the median p99. Of cases that differ in C alone, the largest.

MOST_COLUMNS = 4
by = "rate,arrivals,server_model,driver,else,concurrency"
load blocks("curve", "windows.csv", by, "begin_s,latency_max_s,latency_p99_s,latency_p50_s", "-v where=shown=1")
load blocks("flow", "windows.csv", by, "begin_s,completed,due", "-v where=shown=1")

models = words(curve_server_model_list)
kinds_n = words(curve_arrivals_list)
label_of(i) = named(curve_driver[i]).(models > 1 ? " → ".curve_server_model[i] : "") \
    .(kinds_n > 1 ? ", ".curve_arrivals[i] : "").besides(curve_else[i]).of_c(i)

# ---- which rates, and which lines ------------------------------------------------------------------------
# Groups that differ in C alone are neighbours, the largest the last.
curve_is_like(i, j) = (curve_rate[i] eq curve_rate[j] && curve_arrivals[i] eq curve_arrivals[j] && curve_driver[i] eq curve_driver[j] \
    && curve_server_model[i] eq curve_server_model[j] && curve_else[i] eq curve_else[j])
flow_is_like(i, j) = (flow_rate[i] eq flow_rate[j] && flow_arrivals[i] eq flow_arrivals[j] && flow_driver[i] eq flow_driver[j] \
    && flow_server_model[i] eq flow_server_model[j] && flow_else[i] eq flow_else[j])
curve_is_shown(i) = (i == curve_n || !curve_is_like(i, smallest(i + 1, curve_n)))
flow_is_shown(i) = (i == flow_n || !flow_is_like(i, smallest(i + 1, flow_n)))
shown_c_list = ""
smaller_n = 0
do for [i = 1:curve_n] {
    if (!curve_is_shown(i)) { smaller_n = smaller_n + 1 }
    if (curve_is_shown(i) && !is_in(shown_c_list, curve_concurrency[i])) { shown_c_list = shown_c_list." ".curve_concurrency[i] }
}
of_c(i) = (words(shown_c_list) > 1 ? ", C = ".curve_concurrency[i] : "")
all_n = words(curve_rate_list)
columns = smallest(all_n, MOST_COLUMNS)
rate_list = ""
do for [k = 1:columns] {
    rate_list = rate_list." ".word(curve_rate_list, columns == 1 ? all_n : 1 + int((k - 1) * (all_n - 1.0) / (columns - 1) + 0.5))
}
# The names, once for all columns.
name_n = 0
array name_text[curve_n]; array name_driver[curve_n]
do for [i = 1:curve_n] {
    known = !curve_is_shown(i)
    do for [k = 1:name_n] { if (name_text[k] eq label_of(i)) { known = 1 } }
    if (!known) {
        name_n = name_n + 1
        name_text[name_n] = label_of(i)
        name_driver[name_n] = curve_driver[i]
    }
}
lines = name_n
crowded = (lines > MANY)

title = "Latency over time"
subtitle = "Requests due in each 100 ms: p99 latency (the maximum where there are fewer than 100)".(crowded ? "" : "; dotted: p50") \
    .". Below: requests completed, grey: due."
note = "Of each case the run with the median p99.".(smaller_n == 0 ? "" : words(shown_c_list) > 1 ? "   Only the largest C of each." \
    : "   Only the largest C:".shown_c_list.".").(all_n > columns ? sprintf("   Not drawn: %d other rates.", all_n - columns) : "") \
    .(curve_noisy > 0 ? "   Some of these runs are NOISY." : "").(curve_invalid eq "" ? "" : "   INVALID, not drawn: ".curve_invalid.".")

# ---- the names, in lines below the subtitle ----------------------------------------------------------------
array name_x[name_n]; array name_y[name_n]
x = 34.0; y = 84.0
do for [k = 1:name_n] {
    w = 40 + 7.0 * strlen(name_text[k])
    if (x + w > PAGE_W - 24 && x > 34) { x = 34.0; y = y + 20 }
    name_x[k] = x; name_y[k] = y
    x = x + w
}
top_y = y + 54
TALL = 330.0; FLAT = 150.0
page_h = top_y + TALL + 34 + FLAT + 98

do for [k = 1:name_n] {
    set label 20 + k name_text[k] at screen px(name_x[k] + 14), py(name_y[k]) font sized(9.5) tc rgb look_text(name_driver[k])
    set label 220 + k "" at screen px(name_x[k] + 4), py(name_y[k]) point pt look_point(name_driver[k]) ps 1 lc rgb look_colour(name_driver[k])
}
@open_page
@common_axes

# ---- the panels ----------------------------------------------------------------------------------------
low = NaN; high = NaN
do for [i = 1:curve_n] {
    if (is_in(rate_list, curve_rate[i]) && curve_is_shown(i)) {
        stats sprintf("$curve%d", i) using (got(3, $2)) nooutput
        high = largest(high, STATS_max)
        stats sprintf("$curve%d", i) using (got(4, $2)) nooutput
        low = smallest(low, STATS_min)
    }
}
low = low * 0.75
high = high * 1.4
panel_w = (PAGE_W - 84 - 24 - 56.0 * (columns - 1)) / columns
middle(t) = t + 0.05
driver_of(i) = curve_driver[int(i)]
flow_driver_of(i) = flow_driver[int(i)]
EVERY = 4    # a mark at every fourth window
do for [k = 1:columns] {
    this_rate = word(rate_list, k)
    unset logscale; set autoscale    # stats looks only at what is inside the axes
    here_list = ""; flow_list = ""; x_last = 0; most = 0
    do for [i = 1:curve_n] {
        if (curve_rate[i] eq this_rate && curve_is_shown(i)) { here_list = with_line(here_list, i, curve_driver[i]) }
    }
    do for [i = 1:flow_n] {
        if (flow_rate[i] eq this_rate && flow_is_shown(i)) {
            flow_list = with_line(flow_list, i, flow_driver[i])
            x_last = largest(x_last, flow_last_x[i] + 0.1)
            stats sprintf("$flow%d", i) using 2 nooutput
            most = largest(most, STATS_max)
            stats sprintf("$flow%d", i) using 3 nooutput
            most = largest(most, STATS_max)
        }
    }
    panel_x = 84 + (k - 1) * (panel_w + 56.0)
    panel_y = top_y; panel_h = TALL
    @place_panel
    set label 1 this_rate." requests/s" at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
    if (k == 1) { set ylabel "latency" offset y_away, 0 tc rgb ink }
    set xrange [0:x_last]
    set logscale y 10
    set yrange [low:high]
    load here."logtics.gp"
    set format x ""
    set xtics autofreq
    set grid xtics
    plot for [i in here_list] sprintf("$curve%s", i) using (middle($1)):(crowded ? NaN : got(4, NaN)) with lines lw 1 dt 3 \
            lc rgb look_colour(driver_of(i)) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (middle($1)):(got(3, $2)) with lines lw look_width(driver_of(i)) \
            dt look_dash(driver_of(i)) lc rgb look_colour(driver_of(i)) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (middle($1)):(int($0) % EVERY == int(i) % EVERY && is_lit(driver_of(i)) ? got(3, $2) : NaN) \
            with points pt look_point(driver_of(i)) ps 0.8 * look_size(driver_of(i)) lc rgb look_colour(driver_of(i)) notitle

    panel_y = top_y + TALL + 34; panel_h = FLAT
    @place_panel
    if (k == 1) { set ylabel "requests" offset y_away, 0 tc rgb ink }
    set xlabel "time since the start of the run (s)" offset 0, 0.4 tc rgb ink
    set format x "%g"
    set format y "%.0f"
    set xrange [0:x_last]
    set yrange [0:largest(most, 1) * 1.1]
    set ytics autofreq out nomirror scale 0.6 textcolor rgb ink
    plot sprintf("$flow%s", word(flow_list, 1)) using (middle($1)):3 with histeps lw 1.2 lc rgb ideal_colour notitle, \
        for [i in flow_list] sprintf("$flow%s", i) using (middle($1)):2 with lines lw look_width(flow_driver_of(i)) dt look_dash(flow_driver_of(i)) \
            lc rgb look_colour(flow_driver_of(i)) notitle
}
