# ecdf.gp: the cumulative distribution of latency, below a panel of latency.gp, which loads it for each backlog.
#
# The names are those above: marks and colours are the same. At most about 250 steps of each line are drawn.
#
# Expects ecdf_y and ECDF_H, the lines here_list of the blocks curve (share, latency), fastest_s and slowest_s.

STEPS = 250
panel_y = ecdf_y
panel_h = ECDF_H
@place_panel
ecdf_low = fastest_s / 1.02
ecdf_high = slowest_s * 1.02
set label 1 "cumulative distribution (ECDF)" at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
set logscale x 10
set xrange [ecdf_low:ecdf_high]
set yrange [0:1.02]
set ytics ("0" 0, "25%%" 0.25, "50%%" 0.5, "75%%" 0.75, "90%%" 0.9, "100%%" 1)
# As many tics on round figures as there is room for.
ecdf_room = panel_w / log10(ecdf_high / ecdf_low)    # pixels a decade
set xtics ()
do for [decade = -7:4] {
    do for [step in (ecdf_room < 160 ? "1" : ecdf_room < 400 ? "1 2 5" : ecdf_room < 1500 ? "1 1.2 1.5 2 3 5 7" : "1 1.02 1.05 1.1 1.15 1.2 1.3")] {
        tic = real(step) * 10.0**decade
        if (tic >= ecdf_low && tic <= ecdf_high) { set xtics add (tic_time(tic) tic) }
    }
}
if (column == 1) { set ylabel "requests" offset y_away, 0 tc rgb ink }
set xlabel "latency" offset 0, 0.4 tc rgb ink
if (known) {
    set arrow 4 from first delay, graph 0 to first delay, graph 1 nohead lw 1.5 dt 3 lc rgb ideal_colour
}
every_step(i) = int(largest(1, curve_rows[int(i)] / STEPS))
first_step(i) = (int(curve_rows[int(i)]) - 1) % every_step(i)    # so that the last is drawn
level = -1
entered(share, row) = (row == 0 ? (level = -1) : 0, int(share * 4 - 1e-9) != level ? (level = int(share * 4 - 1e-9), share) : NaN)
plot for [i in here_list] sprintf("$curve%s", i) every every_step(i)::first_step(i) using 2:1 with steps lw look_width(curve_driver[int(i)]) \
        dt look_dash(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
    for [i in here_list] sprintf("$curve%s", i) using 2:(is_lit(curve_driver[int(i)]) ? entered($1, $0) : NaN) with points ps look_size(curve_driver[int(i)]) \
        pt look_point(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
    for [i in here_list] sprintf("$curve%s", i) using 2:(at(is_lit(curve_driver[int(i)]) ? entered($1, $0) : NaN)):(said(i)) \
        with @spoken look_unseen(curve_driver[int(i)]) notitle
