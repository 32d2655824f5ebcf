# lines.gp: one line for each driver against requests in flight, with the ideal: what talk.gp and makespan.gp
# share.
#
# The arrivals are the rows, because C at a time and all at once are different questions; the server's backlogs
# are the columns, because a backlog changes the lines more than a driver does. With many lines the axis is
# logarithmic: on one from 0 they could not be told apart.
#
# Work without a server has no delay and so no ideal, and no backlog: neither is drawn.
#
# A case whose runs are in two modes is a point for each, and the line to it forks: a median would lie where no run
# was.
#
# Expects the blocks curve (C, seconds, the ends of its interval, SYN retransmissions, quality, modes,
# coverage, runs) and ideal (C,
# delay, requests), ideal_of(c, n, delay), label_of(i) and figure_words(y), title, what (is drawn, in words),
# y_title, logged; tics_w, how many pixels the tics are wider than times; retransmit_s, where a line marks the first
# SYN retransmission, or 0; the blocks run (C, seconds, quality, number) of runs that are drawn as dots, or run_n = 0.

# Of a line that ends before the axis does.
cut_words(i) = (curve_last_x[i] < real(word(curve_x_list, words(curve_x_list))) ? sprintf(" at %g", curve_last_x[i]) : "")
# gnuplot iterates once over an empty list: block 0 holds nothing.
$run0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK
who_ran(i) = (int(i) > 0 ? run_driver[int(i)] : "")

# ---- cases in two modes ----------------------------------------------------------------------------------
SLOW = 8    # its column
fast(median) = (valid(SLOW) ? column(SLOW - 1) : median)
slow(median) = got(SLOW, median)
of_runs(n, a, b) = sprintf(" in %.0f of %.0f", real(n), real(a) + real(b))
# Of the last case of each line; and whether any case of the line is split.
array curve_fast[curve_n]; array curve_slow[curve_n]; array fast_of[curve_n]; array slow_of[curve_n]; array splits[curve_n]
any_split = 0
do for [i = 1:curve_n] {
    eval sprintf("line = $curve%d[%d]", i, curve_rows[i])
    split_last = (words(line) >= 10 && word(line, 8) ne "NaN")
    curve_fast[i] = (split_last ? real(word(line, 7)) : curve_last_y[i])
    curve_slow[i] = (split_last ? real(word(line, 8)) : NaN)
    fast_of[i] = (split_last ? of_runs(word(line, 9), word(line, 9), word(line, 10)) : "")
    slow_of[i] = (split_last ? of_runs(word(line, 10), word(line, 9), word(line, 10)) : "")
    stats sprintf("$curve%d", i) using (valid(SLOW) ? 1 : 0) nooutput
    splits[i] = (STATS_max > 0)
    any_split = largest(any_split, STATS_max)
}
end_words(i, y, of) = label_of(i)."  ".figure_words(y).cut_words(i).of

rows = words(curve_arrivals_list)
columns = words(curve_backlog_list)
ticks = words(curve_x_list)
lines = 0
longest = 0
do for [arrivals in curve_arrivals_list] {
    do for [backlog in curve_backlog_list] {
        n = 0
        do for [i = 1:curve_n] {
            if (curve_arrivals[i] eq arrivals && curve_backlog[i] eq backlog) { n = n + 1 + (slow_of[i] ne "") }
        }
        lines = largest(lines, n)
    }
}
@set_crowded
do for [i = 1:curve_n] {
    longest = largest(longest, strlen(end_words(i, curve_fast[i], fast_of[i])))
    if (slow_of[i] ne "") { longest = largest(longest, strlen(end_words(i, curve_slow[i], slow_of[i]))) }
}
logged = (other_axis ? !(logged || crowded) : logged || crowded)
told_axis = tell(logged ? "logarithmic" : "linear")
# Panels with long names have no room beside each other.
names_w = ends_w(longest)
width_of(n) = (PAGE_W - 84 - 24 - 62 * (n - 1)) / n - names_w - tics_w
NARROWEST = 190.0
across = (width_of(columns) < NARROWEST ? 1 : columns)
down = (rows * columns) / across
scale = (logged ? 1.0 : 1e3)    # an axis from 0 counts milliseconds

panel_w = width_of(across)
head_y = (panel_w + names_w < 520 ? 27 : 14)    # two lines where they do not fit beside each other
gap_y = 48.0 + head_y
top_y = 94 + head_y + kinds_h
panel_h = largest((544 - gap_y * (down - 1)) / down, largest(200, ends_h(lines + 1)))
page_h = top_y + 98 + down * panel_h + gap_y * (down - 1)
kinds_of = curve_driver_list

subtitle = what.". Line: median of the runs".bar_words(curve_runs_least, curve_runs_most) \
    .(run_n > 0 && !crowded ? ", dot: one run" : "").". Lower is better.".(logged ? " Logarithmic axes." : "")
note = (any_split > 0 ? forked : "").not_drawn(curve_alone, curve_noisy, curve_invalid)

@open_page
@common_axes
x_low = real(word(curve_x_list, 1)) * (ticks == 1 ? 0.5 : 0.84)
x_high = real(word(curve_x_list, ticks)) * (ticks == 1 ? 2 : 1.06)
ideal_point = (ticks == 1 ? 1 : 0)    # one point makes no line
set format x "%.0f"
if (ticks <= 10) {
    set xtics ()
    do for [c in curve_x_list] { set xtics add (c real(c)) }
}
height_of(v) = (logged ? log(v / low) / log(high / low) : scale * v / high)
colour(i) = look_colour(curve_driver[int(i)])
whose(i) = (int(i) > 0 ? curve_driver[int(i)] : "")
ringed(i) = (got(6, 0) > 0 && is_lit(curve_driver[int(i)]))
ring = 'points pt 6 ps (crowded ? 1.6 : 2.2) lw (crowded ? 1 : 1.5) lc rgb look_ring(whose(i))'
# What a row of a block says, of a case with two modes for each of them.
case_of(i) = of_case(whose(i), curve_else[int(i)], $1, waits ? curve_backlog[int(i)] : "")
mode_said(i, c, other) = case_of(i)."\n".said_figure(got(c, NaN)).in_mode(got(c + 2, 0), got(other + 2, 0)).quality_words(got(6, -1))
said(i) = (valid(SLOW) ? mode_said(i, SLOW - 1, SLOW) : case_of(i)."\n".said_figure($2) \
    .between(got(3, NaN), got(4, NaN), got(11, 0), got(12, 0)).quality_words(got(6, -1)))
slow_said(i) = (int(i) > 0 ? mode_said(i, SLOW, SLOW - 1) : "")
run_said(i) = (int(i) > 0 ? run_of(got(4, 0)).of_case(run_driver[int(i)], "", $1, waits ? run_backlog[int(i)] : "")."\none run: " \
    .said_figure(got(2, NaN)).quality_words(got(3, -1)) : "")
$curve0 << END_OF_BLOCK
0 NaN
END_OF_BLOCK

# stats looks only at what is inside the axes, so they are set after it, panel by panel.
panel_axes = 'set logscale x 2; set xrange [x_low:x_high]; set yrange [low:high]; if (logged) { set logscale y 10; load here."logtics.gp" } else { load here."lineartics.gp" }'
do for [row = 1:rows] {
    unset logscale; set autoscale
    arrivals = word(curve_arrivals_list, row)
    stats sprintf("$ideal%d", row) using (ideal_of($1, $3, $2)):3 nooutput
    waits = (STATS_max_x > 0)
    low = (waits ? STATS_min_x : NaN)
    high = (waits ? STATS_max_x : NaN)
    requests = STATS_max_y
    do for [i = 1:curve_n] {
        if (curve_arrivals[i] eq arrivals) {
            # stats of two columns would warn of a case with one row.
            stats sprintf("$curve%d", i) using (valid(SLOW) ? fast($2) : smallest($2, got(3, $2))) nooutput
            low = smallest(low, STATS_min)
            stats sprintf("$curve%d", i) using (valid(SLOW) ? slow($2) : largest($2, got(4, $2))) nooutput
            high = largest(high, STATS_max)
        }
    }
    do for [i = 1:run_n] {
        if (run_arrivals[i] eq arrivals) {
            stats sprintf("$run%d", i) using ($1 > 1 ? $2 : low) nooutput
            low = smallest(low, STATS_min)
            high = largest(high, STATS_max)
        }
    }
    wide = (high / low > 3)
    low = (!logged ? 0 : low * (wide ? 0.8 : 0.95))
    high = scale * high * (logged && wide ? 1.25 : 1.06)
    do for [column = 1:columns] {
        backlog = word(curve_backlog_list, column)
        place = (row - 1) * columns + column - 1
        panel_x = 84 + tics_w + (place % across) * (panel_w + names_w + tics_w + 62)
        panel_y = top_y + (place / across) * (panel_h + gap_y)
        @place_panel
        owner = of_backlog(waits ? backlog : "")

        array end_at[2 * curve_n + 1]; array end_x[2 * curve_n + 1]
        array end_text[2 * curve_n + 1]; array end_driver[2 * curve_n + 1]
        end_n = 0
        retransmitted = 0
        slowest = 0
        here_list = ""
        split_list = ""
        do for [i = 1:curve_n] {
            if (curve_arrivals[i] eq arrivals && curve_backlog[i] eq backlog) {
                here_list = with_line(here_list, i, curve_driver[i])
                if (splits[i]) { split_list = with_line(split_list, i, curve_driver[i]) }
                do for [mode = 1:(slow_of[i] eq "" ? 1 : 2)] {
                    end_n = end_n + 1
                    end_y_at = (mode == 1 ? curve_fast[i] : curve_slow[i])
                    end_at[end_n] = height_of(end_y_at)
                    end_x[end_n] = curve_last_x[i]
                    end_driver[end_n] = curve_driver[i]
                    end_text[end_n] = end_words(i, end_y_at, mode == 1 ? fast_of[i] : slow_of[i])
                }
                stats sprintf("$curve%d", i) using (largest(got(5, 0), 0)) nooutput
                retransmitted = largest(retransmitted, STATS_max)
                stats sprintf("$curve%d", i) using (got(5, 0) > 0 || valid(SLOW) ? slow($2) : 0) nooutput
                slowest = largest(slowest, STATS_max)
            }
        }
        run_list = ""
        do for [i = 1:run_n] {
            if (run_arrivals[i] eq arrivals && run_backlog[i] eq backlog && strstrt(" ".curve_driver_list." ", " ".run_driver[i]." ") \
                && is_lit(run_driver[i]) && (!crowded || highlight ne "")) {
                run_list = run_list.sprintf(" %d", i)
            }
        }
        if (run_list eq "") { run_list = "0" }
        set label 1 arrivals_words(arrivals, sprintf("%.0f", requests)) at graph 0, screen py(panel_y - head_y) font bold(10.5) tc rgb ink
        set label 2 (waits ? sprintf("backlog %s", backlog) : "").(retransmitted > 0 ? sprintf(", ≤ %.0f SYN retransmissions", retransmitted) : "") \
            at screen px(panel_x + panel_w + names_w), screen py(panel_y - 13) right font sized(9.5) tc rgb (retransmitted > 0 ? "#B04A00" : grey)
        if (place % across == 0) { set ylabel y_title offset y_away, 0 tc rgb ink }
        if (place / across == down - 1) { set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink }

        if (end_n == 0) {
            @panel_axes
            set label 3 "no case" at graph 0.5, graph 0.5 center tc rgb grey
            plot NaN notitle
        } else {
            if (retransmit_s > low / scale && slowest >= retransmit_s) {
                set arrow 4 from graph 0, first scale * retransmit_s to graph 1, first scale * retransmit_s nohead lw 1.2 dt 2 lc rgb "#C98A5E" back
                set label 4 "1 s: first SYN retransmission" at graph 0.02, first scale * retransmit_s offset 0, -0.65 font sized(8.5) tc rgb "#B04A00"
            }
            if (waits) {
                end_n = end_n + 1
                end_driver[end_n] = ""
                stats sprintf("$ideal%d", row) using 1:(ideal_of($1, $3, $2)) nooutput
                end_x[end_n] = STATS_max_x
                end_at[end_n] = height_of(STATS_min_y)
                end_text[end_n] = "ideal  ".seconds(STATS_min_y)
            }
            load here."ends.gp"
            @panel_axes
            if (split_list eq "") { split_list = "0" }
            plot sprintf("$ideal%d", row) using 1:(waits ? scale * ideal_of($1, $3, $2) : NaN) with linespoints pt ideal_point lw 2 dt 3 lc rgb ideal_colour notitle, \
                for [i in run_list] sprintf("$run%s", i) using 1:(scale * $2) with points pt 7 ps 0.6 lc rgb look_faint(who_ran(i)) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(valid(SLOW) ? NaN : scale * $2):(scale * got(3, $2)):(scale * got(4, $2)) with yerrorbars \
                    pt 0 lw 1.2 lc rgb (crowded && highlight eq "" ? look_tint(curve_driver[int(i)]) : colour(i)) notitle, \
                for [i in split_list] sprintf("$curve%s", i) using 1:(scale * slow($2)) with linespoints lw look_width(whose(i)) \
                    ps look_size(whose(i)) dt look_dash(whose(i)) pt look_point(whose(i)) lc rgb look_colour(whose(i)) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(scale * fast($2)) with linespoints lw look_width(curve_driver[int(i)]) \
                    ps look_size(curve_driver[int(i)]) dt look_dash(curve_driver[int(i)]) pt look_point(curve_driver[int(i)]) \
                    lc rgb colour(i) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using 1:(ringed(i) ? scale * fast($2) : NaN) with @ring notitle, \
                for [i in split_list] sprintf("$curve%s", i) using 1:(i ne "0" && ringed(i) && valid(SLOW) ? scale * slow($2) : NaN) with @ring notitle, \
                for [i in run_list] sprintf("$run%s", i) using (at($1 > 0 ? $1 : NaN)):(at(scale * got(2, NaN))):(run_said(i)) \
                    with @spoken look_unseen(who_ran(i)) notitle, \
                for [i in split_list] sprintf("$curve%s", i) using (at($1 > 0 ? $1 : NaN)):(at(scale * got(SLOW, NaN))):(slow_said(i)) \
                    with @spoken look_unseen(whose(i)) notitle, \
                for [i in here_list] sprintf("$curve%s", i) using (at($1)):(at(scale * fast($2))):(said(i)) with @spoken look_unseen(whose(i)) notitle
        }
    }
}
