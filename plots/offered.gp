# offered.gp: a percentile of the latency of open arrivals against the rate, a line for each driver and server model:
# what rates.gp and capacity.gp share.
#
# A queue explodes before its capacity is reached, so latency has a logarithmic axis; so has the rate where
# it spans a decade. Where the server's workers each serve one request at a time, the theory of queues says how
# long requests wait: a dotted line. Constant and poisson arrivals are different loads, with a panel each.
#
# Expects y_words ("p99 latency") and the blocks curve (rate, latency), over (rates at which it is overloaded), mark (rate,
# latency of what has a mark_point: 6, a ring, or 2, a cross), aside and over_aside (the same of what is drawn in grey), ring
# (rate, latency) and theory (rate, latency), where is_share is set with shares on a linear axis in place of latencies;
# end_words(i); limit_y, an objective's limit or NaN, and limit_words; has_capacities, and then cap_low[] and cap_high[] of each curve, NaN: none; service_column of the
# curves, or 0; title, subtitle, note.

$over0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
$mark0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
$theory0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
$aside0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
$over_aside0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
$ring0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
# gnuplot iterates once over an empty list: block 0 holds nothing.
or_none(list) = (list eq "" ? "0" : list)
of_curve(i) = of_model(curve_server_model[int(i)])

lines = 0
longest = 0
do for [arrivals in curve_arrivals_list] {
    n = 0
    do for [i = 1:curve_n] { n = n + (curve_arrivals[i] eq arrivals) }
    lines = largest(lines, n)
}
do for [i = 1:curve_n] { longest = largest(longest, strlen(end_words(i))) }
@set_crowded

rows = words(curve_arrivals_list)
band_h = (has_capacities ? 16.0 * lines + 12 : 0.0)    # the capacities, below the latencies
panel_h = largest((520.0 - 80.0 * (rows - 1)) / rows, largest(200, ends_h(lines)))
top_y = 108 + kinds_h
page_h = top_y + rows * (panel_h + band_h) + (rows - 1) * 80 + 98
kinds_of = curve_driver_list

@open_page
@common_axes
names_w = smallest(420, ends_w(longest))
panel_w = PAGE_W - 92 - 24 - names_w
panel_x = 92

do for [row = 1:rows] {
    unset logscale; set autoscale
    arrivals = word(curve_arrivals_list, row)
    x_low = NaN; x_high = NaN; low = limit_y; high = limit_y
    here_list = ""
    do for [i = 1:curve_n] {
        if (curve_arrivals[i] eq arrivals) {
            here_list = with_line(here_list, i, curve_driver[i])
            stats sprintf("$curve%d", i) using 1 nooutput
            x_low = smallest(x_low, STATS_min); x_high = largest(x_high, STATS_max)
            stats sprintf("$curve%d", i) using 2 nooutput
            low = smallest(low, STATS_min); high = largest(high, STATS_max)
            if (service_column > 0) {
                stats sprintf("$curve%d", i) using (got(service_column, $2)) nooutput
                low = smallest(low, STATS_min)
            }
        }
    }
    do for [i = 1:theory_n] {
        if (arrivals eq "poisson") {
            stats sprintf("$theory%d", i) using ($1 >= x_low && $1 <= x_high ? $2 : low) nooutput
            low = smallest(low, STATS_min)
        }
    }
    over_list = ""
    do for [i = 1:over_n] {
        if (over_arrivals[i] eq arrivals) {
            over_list = over_list.sprintf(" %d", i)
            stats sprintf("$over%d", i) using 1 nooutput
            x_low = smallest(x_low, STATS_min); x_high = largest(x_high, STATS_max)
        }
    }
    aside_list = ""
    do for [i = 1:aside_n] {
        if (aside_arrivals[i] eq arrivals) {
            aside_list = aside_list.sprintf(" %d", i)
            stats sprintf("$aside%d", i) using 1 nooutput
            x_low = smallest(x_low, STATS_min); x_high = largest(x_high, STATS_max)
            stats sprintf("$aside%d", i) using 2 nooutput
            low = smallest(low, STATS_min); high = largest(high, STATS_max)
        }
    }
    over_aside_list = ""
    do for [i = 1:over_aside_n] {
        if (over_aside_arrivals[i] eq arrivals) {
            over_aside_list = over_aside_list.sprintf(" %d", i)
            stats sprintf("$over_aside%d", i) using 1 nooutput
            x_low = smallest(x_low, STATS_min); x_high = largest(x_high, STATS_max)
        }
    }
    ring_list = ""
    do for [i = 1:ring_n] { if (ring_arrivals[i] eq arrivals) { ring_list = ring_list.sprintf(" %d", i) } }
    mark_list = ""
    do for [i = 1:mark_n] { if (mark_arrivals[i] eq arrivals) { mark_list = mark_list.sprintf(" %d", i) } }
    theory_list = ""
    do for [i = 1:theory_n] { if (arrivals eq "poisson") { theory_list = theory_list.sprintf(" %d", i) } }
    over_list = or_none(over_list); mark_list = or_none(mark_list); theory_list = or_none(theory_list)
    aside_list = or_none(aside_list); over_aside_list = or_none(over_aside_list); ring_list = or_none(ring_list)
    wide = (x_high > 8 * x_low)
    x_from = (wide ? x_low * 0.84 : 0)
    x_to = x_high * (wide ? 1.12 : 1.05)
    low = (is_share ? 0 : low * 0.75)
    high = high * (over_n + over_aside_n > 0 ? 2.2 : 1.3)    # room for the marks of what is overloaded
    height_of(v) = (is_share ? v / high : log(v / low) / log(high / low))
    height_over(i) = high / 1.25 / 1.13**(int(i) % 4)

    panel_y = top_y + (row - 1) * (panel_h + band_h + 80)
    @place_panel
    set label 1 arrivals_words(arrivals, "") at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
    set ylabel y_words offset y_away - 0.7, 0 tc rgb ink
    array end_at[curve_n]; array end_x[curve_n]; array end_text[curve_n]; array end_driver[curve_n]
    end_n = 0
    do for [i in here_list] {
        end_n = end_n + 1
        end_at[end_n] = height_of(curve_last_y[int(i)])
        end_x[end_n] = curve_last_x[int(i)]
        end_driver[end_n] = curve_driver[int(i)]
        end_text[end_n] = end_words(int(i))
    }
    end_owner(i) = of_curve(word(here_list, i))
    load here."ends.gp"
    if (limit_y == limit_y) {
        set arrow 4 from graph 0, first limit_y to graph 1, first limit_y nohead lw 1.4 dt 2 lc rgb "#B04A00" back
        set label 4 limit_words at graph 0.008, first limit_y offset 0, 0.6 font sized(9) tc rgb "#B04A00"
    }
    set xrange [x_from:x_to]
    if (wide) { set logscale x 10 }
    set yrange [low:high]
    if (is_share) {
        decade = 10.0**floor(log10(high))
        share_step = (high > 5 * decade ? 1 : high > 2 * decade ? 0.5 : 0.2) * decade
        set ytics ()
        do for [s = 0:10] {
            if (s * share_step <= high) { set ytics add (sprintf("%.3g%%%%", 100 * s * share_step) s * share_step) }
        }
    } else {
        set logscale y 10
        load here."logtics.gp"
    }
    set format x "%.0f"
    set xtics autofreq out nomirror scale 0.6 textcolor rgb ink
    if (wide) {
        set xtics ()
        do for [decade = 0:7] {
            do for [step in (x_high / x_low > 300 ? "1" : "1 2 5")] {
                tic = real(step) * 10.0**decade
                if (tic >= x_from && tic <= x_to) { set xtics add (sprintf("%.0f", tic) tic) }
            }
        }
    }
    if (has_capacities) { set format x "" } else { set xlabel "rate (requests per second)" offset 0, 0.4 tc rgb ink }
    who_over(i) = (int(i) > 0 ? over_driver[int(i)] : "")
    who_mark(i) = (int(i) > 0 ? mark_driver[int(i)] : "")
    who_ring(i) = (int(i) > 0 ? ring_driver[int(i)] : "")
    over_model(i) = (int(i) > 0 ? over_server_model[int(i)] : "")
    mark_model(i) = (int(i) > 0 ? mark_server_model[int(i)] : "")
    ring_model(i) = (int(i) > 0 ? ring_server_model[int(i)] : "")
    driver_of(i) = curve_driver[int(i)]
    said(i) = label_of(int(i)).sprintf("\n%.0f requests/s: %s ", $1, y_words).(is_share ? sprintf("%.3g%%", 100 * $2) : seconds($2))
    plot for [i in theory_list] sprintf("$theory%s", i) using 1:2 with lines lw 1.8 dt 3 lc rgb ideal_colour notitle, \
        for [i in aside_list] sprintf("$aside%s", i) using 1:2 with points ps 1 pt 7 lc rgb ideal_colour notitle, \
        for [i in over_aside_list] sprintf("$over_aside%s", i) using 1:($1 > 0 ? height_over(i) : NaN) with points pt 9 ps 1.3 \
            lc rgb ideal_colour notitle, \
        for [i in here_list] sprintf("$curve%s", i) using 1:(service_column > 0 && is_lit(driver_of(i)) ? got(service_column, NaN) : NaN) \
            with lines lw 1 dt 2 lc rgb (of_curve(i), look_faint(driver_of(i))) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using 1:2 smooth unique with lines lw look_width(driver_of(i)) \
            dt look_dash(driver_of(i)) lc rgb (of_curve(i), look_colour(driver_of(i))) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using 1:2 with points ps look_size(driver_of(i)) pt look_point(driver_of(i)) \
            lc rgb (of_curve(i), look_colour(driver_of(i))) notitle, \
        for [i in mark_list] sprintf("$mark%s", i) using 1:2 with points pt mark_point ps 2.2 lw 1.5 \
            lc rgb (of_model(mark_model(i)), mark_point == 2 ? look_colour(who_mark(i)) : look_ring(who_mark(i))) notitle, \
        for [i in ring_list] sprintf("$ring%s", i) using 1:2 with points pt 6 ps 2.2 lw 1.5 lc rgb (of_model(ring_model(i)), look_ring(who_ring(i))) notitle, \
        for [i in over_list] sprintf("$over%s", i) using 1:($1 > 0 ? height_over(i) : NaN) with points pt 9 ps 1.3 \
            lc rgb (of_model(over_model(i)), look_colour(who_over(i))) notitle, \
        for [i in here_list] sprintf("$curve%s", i) using (at($1)):(at($2)):(said(i)) with @spoken (of_curve(i), look_unseen(driver_of(i))) notitle

    if (has_capacities) {
        panel_y = panel_y + panel_h
        latencies_h = panel_h
        panel_h = band_h
        @place_panel
        unset arrow; unset label
        if (wide) { set logscale x 10 }
        set format x "%.0f"
        set xlabel "rate (requests per second)" offset 0, 0.4 tc rgb ink
        set xrange [x_from:x_to]
        set yrange [words(here_list) + 0.6:0.4]
        unset ytics
        set label 1 "capacity" at screen px(panel_x - 8), screen py(panel_y + band_h / 2.0) right font sized(9.5) tc rgb ink
        place = 0
        do for [i in here_list] {
            place = place + 1
            d = curve_driver[int(i)]
            owner = of_curve(i)
            from = (cap_low[int(i)] == cap_low[int(i)] ? cap_low[int(i)] : x_from)
            to = (cap_high[int(i)] == cap_high[int(i)] ? cap_high[int(i)] : x_to)
            if (cap_low[int(i)] == cap_low[int(i)] || cap_high[int(i)] == cap_high[int(i)]) {
                set arrow 10 + place from first from, first place to first to, first place nohead lw 5 lc rgb look_colour(d)
                set label 10 + place "" at first from, first place point pt look_point(d) ps 0.9 lc rgb look_colour(d)
            }
        }
        plot NaN notitle
        set ytics
        panel_h = latencies_h
    }
}
