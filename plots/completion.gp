# completion.gp: responses completed over time. A program that uses responses as they arrive starts at the foot
# of a curve, one that waits for all of them starts at its top.
#
# All curves end at the same height, where their names would overlap. So the names are a column beside the
# panel, in the order in which the drivers finished, each with the times of its first and last response.

load blocks("curve", "completion.csv", "driver,concurrency,backlog,else", "completed_s,share,delay_s,pipeline,requests", "")

# The largest C; of serial drivers alone it is 1.
most = 0
do for [i = 1:curve_n] { most = largest(most, real(curve_concurrency[i])) }
array curve_first[curve_n]
delay = NaN
most_requests = 0
pipeline = 1
high = 0
do for [i = 1:curve_n] {
    stats sprintf("$curve%d", i) using 1:3 nooutput
    curve_first[i] = STATS_min_x
    if (real(curve_concurrency[i]) == most) {
        high = largest(high, STATS_max_x)
        delay = STATS_max_y
        stats sprintf("$curve%d", i) using 4:5 nooutput
        pipeline = STATS_max_x
        most_requests = STATS_max_y
    }
}
known = (delay > 0)    # that of a URL's service is not, nor its backlog: there is no ideal
high = high * 1.02
unit = (high < 2e-3 ? 1e6 : high < 2 ? 1e3 : 1)

label_of(i) = named(curve_driver[i]).besides(curve_else[i]).(real(curve_concurrency[i]) < most ? sprintf(" (C = %s)", curve_concurrency[i]) : "")
is_whole(i) = (curve_last_y[i] > 0.9999)
end_words(i) = label_of(i)."  ".seconds(curve_first[i])." … " \
    .(is_whole(i) ? seconds(curve_last_x[i]) : sprintf("%.2g%% in ", 100 * curve_last_y[i]).seconds(curve_last_x[i]))

longest = 0
cut_short = 0
do for [i = 1:curve_n] {
    longest = largest(longest, strlen(end_words(i)))
    cut_short = cut_short + !is_whole(i)
}
lines = curve_n
@set_crowded
end_lead = 10.0    # the names are in an order of their own: no leaders

# The ideal: C more responses after every delay; P pipelined requests wait for each other.
per_round = most / most_requests
rounds = int(ceil(1 / per_round - 1e-9))
stepped = (rounds <= 400)
set print $ideal
if (!known) { print "NaN NaN" }
if (known && stepped) {
    print "0 0"
    do for [k = 1:rounds] { print sprintf("%.9g %.9g", k * delay, smallest(1, k * per_round)) }
}
if (known && !stepped) {
    print sprintf("%.9g %.9g", delay, per_round)
    print sprintf("%.9g %.9g", rounds * delay, 1)
}
unset print

title = "Responses completed over time"
subtitle = sprintf("The run with the median makespan; %.0f requests, %.0f at a time%s. Label: the time of the first response … of the last.", \
    most_requests, most * pipeline, known ? ", backlog ".curve_backlog[1] : "")
note = (cut_short == 0 ? "" : "A serial driver starts no request after its time box.")

panel_h = largest(544.0, ends_h(curve_n + known))
page_h = 206 + kinds_h + panel_h
kinds_of = curve_driver_list

@open_page
@common_axes
names_w = smallest(350, ends_w(longest))
panel_w = PAGE_W - 84 - 24 - names_w
panel_x = 84
panel_y = 108 + kinds_h
@place_panel

# In the order of finishing: what was not finished comes last.
finish(i) = (is_whole(i) ? curve_last_x[i] : 1e9 - curve_last_y[i])
array place[curve_n]
do for [i = 1:curve_n] { place[i] = i }
do for [i = 2:curve_n] {
    f = i
    while (f > 1 && finish(place[f]) < finish(place[f > 1 ? f - 1 : 1])) {
        swap = place[f]; place[f] = place[f - 1]; place[f - 1] = swap
        f = f - 1
    }
}
end_n = curve_n + known
array end_at[end_n]; array end_x[end_n]; array end_text[end_n]; array end_driver[end_n]
here_list = ""
if (known) {
    end_at[1] = 0.98
    end_text[1] = "ideal  ".seconds(delay)." … ".seconds(rounds * delay)
    end_driver[1] = ""
}
do for [e = 1:curve_n] {
    i = place[e]
    end_at[e + known] = 0.98 - (e + known - 1) * end_gap / panel_h
    end_text[e + known] = end_words(i)
    end_driver[e + known] = curve_driver[i]
}
do for [i = 1:curve_n] { here_list = with_line(here_list, i, curve_driver[i]) }
do for [e = 1:end_n] { end_x[e] = unit * high }
load here."ends.gp"

set xrange [0:unit * high]
set yrange [0:1.02]
set ytics ("0" 0, "25%%" 0.25, "50%%" 0.5, "75%%" 0.75, "90%%" 0.9, "100%%" 1)
set grid xtics
set ylabel "responses completed" offset y_away, 0 tc rgb ink
set xlabel sprintf("time since the start of the run (%s)", unit == 1 ? "s" : unit == 1e3 ? "ms" : "µs") offset 0, 0.4 tc rgb ink

# A mark wherever a curve enters another eighth of the way up: curves differ by their marks, not only by colour. They
# lie close together, so the marks of each start at another height.
eighth = -1
lift(i) = (int(i) * 5 % 8) / 64.0
marked(i, y, row) = (row == 0 ? (eighth = int((y + lift(i)) * 8)) : 0, int((y + lift(i)) * 8) != eighth ? (eighth = int((y + lift(i)) * 8), y) : NaN)
said(i) = of_case(curve_driver[int(i)], curve_else[int(i)], real(curve_concurrency[int(i)]), curve_backlog[int(i)]) \
    .sprintf("\n%.3g%% of the responses after %s", 100 * $2, seconds($1))
ideal_style = (stepped ? "steps" : "lines")
plot $ideal using (unit * $1):2 with @ideal_style lw 1.5 dt 3 lc rgb ideal_colour notitle, \
    for [i in here_list] sprintf("$curve%s", i) using (unit * $1):2 with steps lw look_width(curve_driver[int(i)]) \
        dt look_dash(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
    for [i in here_list] sprintf("$curve%s", i) using (unit * $1):(is_lit(curve_driver[int(i)]) ? marked(i, $2, $0) : NaN) with points \
        ps look_size(curve_driver[int(i)]) pt look_point(curve_driver[int(i)]) lc rgb look_colour(curve_driver[int(i)]) notitle, \
    for [i in here_list] sprintf("$curve%s", i) using (unit * $1):(at(marked(i, $2, $0))):(said(i)) with @spoken look_unseen(curve_driver[int(i)]) notitle
