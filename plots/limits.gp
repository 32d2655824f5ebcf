# limits.gp: efficiency against requests in flight, up to the limit of each driver.
#
# With few requests in flight every driver is close to the ideal, so the axis starts where the first of them
# departs from it. A line continues beyond the capacity to where the driver failed; a failure without a figure
# is joined to the capacity by a dotted line.

load blocks("curve", "cases.csv", "driver,workload,keep_alive", "concurrency,efficiency,delay_s", "")
load blocks("stop", "limits.csv", "driver,ended,limit_name", \
    "capacity,share,capacity_efficiency,ended_at,ended_efficiency,limit_value", "")

# ---- the end of each line ---------------------------------------------------------------------------------
array capacity[stop_n]; array capacity_at[stop_n]; array broke[stop_n]; array broke_at[stop_n]; array worth[stop_n]
number(text) = (text eq "NaN" ? NaN : real(text))
do for [s = 1:stop_n] {
    eval sprintf("line = $stop%d[1]", s)
    capacity[s] = number(word(line, 1))
    share = number(word(line, 2))
    capacity_at[s] = number(word(line, 3))
    broke[s] = number(word(line, 4))
    broke_at[s] = number(word(line, 5))
    worth[s] = number(word(line, 6))
}
has_line(s) = (sum [k = 1:curve_n] (curve_driver[k] eq stop_driver[s])) > 0
has_capacity(s) = (capacity[s] == capacity[s])
# A failure has no figure; a run that timed out has next to no efficiency.
has_figure(s) = (broke_at[s] == broke_at[s])
is_cross(s) = (has_capacity(s) && !has_figure(s) && (stop_ended[s] eq "failed" || stop_ended[s] eq "slow" || stop_ended[s] eq "invalid"))
cross_at(s) = (stop_ended[s] eq "slow" ? 0 : capacity_at[s])
is_bar(s) = (has_capacity(s) && stop_ended[s] eq "own")
is_ring(s) = (has_capacity(s) && (stop_ended[s] eq "top" || stop_ended[s] eq "time" || stop_ended[s] eq "memory" || stop_ended[s] eq "interrupted"))
value_words(v) = (v != v ? "" : v >= 1e6 ? sprintf(" %.3g", v) : sprintf(" %.0f", v))
# Of "net.core.somaxconn" the last part.
last_part(t) = (strstrt(t, ".") ? last_part(t[strstrt(t, ".") + 1:]) : t)
reason_words(s) = (stop_limit_name[s] ne "" ? last_part(stop_limit_name[s]).value_words(worth[s]) \
    : stop_ended[s] eq "top" ? "--max reached" : stop_ended[s])
end_words(s) = named(stop_driver[s]).(has_capacity(s) ? sprintf("  %.0f, ", capacity[s]) : "  none, ").reason_words(s)
drawn = 0
absent = ""
do for [s = 1:stop_n] {
    drawn = drawn + has_line(s)
    if (!has_line(s)) { absent = absent.(absent eq "" ? "" : ", ").named(stop_driver[s])." (".reason_words(s).")" }
}

# ---- the part of the axis that is drawn ------------------------------------------------------
CLOSE = 0.97    # to the ideal
x_first = real(word(curve_x_list, 1))
x_last = real(word(curve_x_list, words(curve_x_list)))
x_leaves = x_last
do for [i = 1:curve_n] {
    stats sprintf("$curve%d", i) using ($2 < CLOSE ? $1 : x_last):3 nooutput
    x_leaves = smallest(x_leaves, STATS_min_x)
    delay = STATS_max_y
}
do for [s = 1:stop_n] {
    if (has_capacity(s)) { x_leaves = smallest(x_leaves, capacity[s]) }
    if (is_cross(s)) { x_last = largest(x_last, broke[s]) }
}
x_low = largest(x_first, 2.0**(floor(log(x_leaves) / log(2) + 0.001) - 2))
x_high = largest(x_last, 2 * x_low)

# ---- the page ----------------------------------------------------------------------------------------
longest = 0
do for [s = 1:stop_n] { if (has_line(s)) { longest = largest(longest, strlen(end_words(s))) } }
lines = drawn
@set_crowded
panel_x = 84
panel_y = 96 + kinds_h
panel_w = PAGE_W - 84 - 24 - ends_w(longest)
panel_h = largest(544.0, ends_h(drawn + 1))
page_h = panel_y + panel_h + 98
kinds_of = curve_driver_list

title = "Efficiency up to the limit of each driver"
subtitle = sprintf("Efficiency = ideal ÷ makespan: server delay %s, C requests at once, %s. After a name: its capacity and its limit.", \
    plain_time(delay), curve_keep_alive[1] eq "1" ? "connections kept alive" : "a connection per request")
note = (absent eq "" ? "" : "Not drawn: ".absent.".   ") \
    .sprintf("Capacity: the most in flight at %.3g%% efficiency. ", 100 * share) \
    ."Cross: failed or timed out. Bar: the driver's own limit. Ring: sustained when the measurement ended."

@open_page
@common_axes
@place_panel

array end_at[drawn]; array end_x[drawn]; array end_text[drawn]; array end_driver[drawn]
Y_HIGH = 1.04
# A line's end: its last figure, or the cross behind that.
last_x(d) = (sum [k = 1:curve_n] (curve_driver[k] eq d ? curve_last_x[k] : 0))
last_y(d) = (sum [k = 1:curve_n] (curve_driver[k] eq d ? curve_last_y[k] : 0))
end_n = 0
do for [s = 1:stop_n] {
    if (has_line(s)) {
        end_n = end_n + 1
        end_driver[end_n] = stop_driver[s]
        end_text[end_n] = end_words(s)
        end_x[end_n] = (is_cross(s) ? broke[s] : last_x(stop_driver[s]))
        end_at[end_n] = (is_cross(s) ? cross_at(s) : last_y(stop_driver[s])) / Y_HIGH
    }
}
load here."ends.gp"

# The marks at the ends of lines: the number of the driver, where it failed, its capacity.
set print $end
do for [s = 1:stop_n] { print sprintf("%d %g %g %g %g", s, broke[s], cross_at(s), capacity[s], capacity_at[s]) }
set print
rgb_of(s) = int("0x".lit_colour(stop_driver[int(s)]))
line_list = ""
do for [i = 1:curve_n] { line_list = with_line(line_list, i, curve_driver[i]) }

set arrow 1 from graph 0, first share to graph 1, first share nohead lw 1.2 dt 3 lc rgb ideal_colour back
set label 1 sprintf("capacity: %.3g%% efficiency", 100 * share) at graph 0.012, first share offset 0, 0.6 font sized(9) tc rgb grey
do for [s = 1:stop_n] {
    if (is_cross(s)) {
        set arrow 300 + s from first capacity[s], first capacity_at[s] to first broke[s], first cross_at(s) nohead lw look_width(stop_driver[s]) dt 3 \
            lc rgb look_colour(stop_driver[s]) back
    }
}
set logscale x 2
set xrange [x_low * 0.92:x_high * 1.06]
set yrange [0:Y_HIGH]
set xtics ()
do for [k = 0:20] { if (2.0**k >= x_low) { set xtics add (sprintf("%.0f", 2.0**k) 2.0**k) } }
set ytics ()
do for [p = 0:100:10] { set ytics add (sprintf("%d%%%%", p) p / 100.0) }
set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink
set ylabel "efficiency (ideal ÷ makespan)" offset y_away, 0 tc rgb ink
driver_of(i) = curve_driver[int(i)]
plot for [i in line_list] sprintf("$curve%s", i) using 1:2 with linespoints lw look_width(driver_of(i)) ps look_size(driver_of(i)) \
        dt look_dash(driver_of(i)) pt look_point(driver_of(i)) lc rgb look_colour(driver_of(i)) notitle, \
    $end using (is_cross(int($1)) ? $2 : NaN):3:(rgb_of($1)) with points pt 2 ps 1.8 lw 3 lc rgb variable notitle, \
    $end using (is_bar(int($1)) ? $4 : NaN):5:(0.035):(rgb_of($1)) with yerrorbars pt 0 lw 4 lc rgb variable notitle, \
    $end using (is_ring(int($1)) ? $4 : NaN):5:(rgb_of($1)) with points pt 6 ps 2 lw 1.5 lc rgb variable notitle
