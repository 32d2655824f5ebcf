# steps.gp: the steps of a search that was divided among processes: the memory that each request in flight takes, and
# the efficiency, against requests in flight, with the limits that were passed and those that are next.
#
# A bar is a step, its parts are the figures of the table "What a request in flight takes". Each driver has a panel of
# bars; the panel of the efficiency has a line for each. What a process takes whatever its C is a tall bar where C is
# small: bars beyond three times the median are cut, so that the others can be read.

load blocks("step", "usage.csv", "driver", "concurrency,completed,client.rss_growth_bytes,server.rss_growth_bytes," \
    ."system.page_table_bytes,system.socket_memory_bytes,system.slab_bytes", "-v long=side,metric,median")
load blocks("curve", "cases.csv", "driver", "concurrency,efficiency,delay_s,keep_alive,quality", "")

# ---- words for figures -------------------------------------------------------------------------------
grouped(n) = (n >= 1e6 ? sprintf("%d,%03d,%03d", int(n / 1e6), int(n / 1e3) % 1000, int(n) % 1000) \
    : n >= 1e3 ? sprintf("%d,%03d", int(n / 1e3), int(n) % 1000) : sprintf("%.0f", n))
rounded(n) = (n < 999.5e3 ? sprintf("%.2gk", n / 1e3) : sprintf("%.2gM", n / 1e6))
number(text) = (text eq "NaN" ? NaN : real(text))

# ---- what a request takes, as columns of a block, from the bottom up ---------------------------------------
PARTS = 5
array part_column[PARTS] = [7, 6, 5, 4, 3]
array part_name[PARTS] = ["kernel objects", "socket buffers", "page tables", "server", "client"]
array part_colour[PARTS] = ["#7F9FC4", "#CC79A7", "#222222", "#009E73", "#E69F00"]
part(p) = got(part_column[p], 0) / $1
up_to(p) = (sum [k = 1:p] part(k))

part_of(line, p) = number(word(line, part_column[p])) / number(word(line, 2))
sum_of(line) = (sum [k = 1:PARTS] largest(0, part_of(line, k)))

# ---- how far the axes reach -----------------------------------------------------------------------------
x_first = real(word(step_x_list, 1))
x_last = real(word(step_x_list, words(step_x_list)))
tallest = 0
closest = 10.0    # the least ratio of two steps
do for [i = 1:step_n] {
    stats sprintf("$step%d", i) using (up_to(PARTS)) nooutput
    tallest = largest(tallest, STATS_max)
}
do for [k = 2:words(step_x_list)] {
    closest = smallest(closest, real(word(step_x_list, k)) / real(word(step_x_list, k - 1)))
}
set print $sums
do for [i = 1:step_n] { do for [r = 1:int(step_rows[i])] { eval sprintf("print sum_of($step%d[%d])", i, r) } }
unset print
stats $sums using 1 nooutput
CUT = 3.0
cut_at = (STATS_median > 0 ? CUT * STATS_median : tallest)
is_cut = (tallest > cut_at)
tallest = smallest(tallest, cut_at)
half = smallest(1.35, largest(1.01, closest**0.3))    # of a bar's width, as a ratio
stats $curve1 using 3 nooutput
delay = STATS_max
keeps = 0
do for [i = 1:curve_n] { stats sprintf("$curve%d", i) using 4 nooutput; keeps = largest(keeps, STATS_max) }

# ---- the limits -----------------------------------------------------------------------------------------
machine = system(reader("room.awk")." ".shell_quote(results."/environment.csv")." 2>/dev/null")
LIMITS = 5
array limit_at[LIMITS]; array limit_words[LIMITS]; array limit_row[LIMITS]
array limit_short[LIMITS] = ["accept queue", "descriptors", "ports", "memory", ""]
do for [m = 1:LIMITS] { limit_at[m] = (words(machine) >= 5 ? number(word(machine, m)) : NaN) }
room_name = (words(machine) >= 6 ? word(machine, 6) : "")
limit_value(m) = (m == 4 ? "about ".rounded(limit_at[m]) : grouped(limit_at[m]))
limit_name(m) = limit_value(m).": ".limit_words[m]
limit_words[1] = "connections that wait to be accepted by a socket (net.core.somaxconn)"
limit_words[2] = "descriptors of a process (RLIMIT_NOFILE); more take more processes"
limit_words[3] = "local ports of an address; more take more addresses"
memory = limit_at[4]
each = 0    # of the last step
do for [i = 1:step_n] {
    if (step_last_x[i] == x_last) { stats sprintf("$step%d", i) using ($1 == x_last ? up_to(PARTS) : 0) nooutput; each = largest(each, STATS_max) }
}
limit_at[4] = (room_name eq "memory" || each <= 0 ? NaN : memory / each)
limit_words[4] = (memory == memory ? sprintf("all memory, %s, at %s each", binary(memory), binary(each)) : "")
limit_short[5] = room_name
limit_words[5] = sprintf("the most that there was room for, by %s", room_name)

NEAR = 4.0    # limits beyond the last step that the axis still reaches
beyond = ""
x_low = x_first / largest(1.3, half**2)
x_high = x_last * largest(1.3, half**2)
do for [m = 1:LIMITS] {
    if (limit_at[m] > x_high && limit_at[m] <= NEAR * x_last) { x_high = limit_at[m] * 1.12 }
}
limit_n = 0
do for [m = 1:LIMITS] {
    if (limit_at[m] > x_high) { beyond = beyond.(beyond eq "" ? "Limits beyond the axis: " : ", ").limit_short[m]." ".limit_value(m) }
    if (limit_at[m] >= x_low && limit_at[m] <= x_high) {
        limit_n = limit_n + 1
        limit_row[limit_n] = m
        k = limit_n
        while (k > 1 && limit_at[limit_row[k]] < limit_at[limit_row[k > 1 ? k - 1 : 1]]) {
            swap = limit_row[k]; limit_row[k] = limit_row[k - 1]; limit_row[k - 1] = swap
            k = k - 1
        }
    }
}

# ---- the page -------------------------------------------------------------------------------------------
lines = curve_n
longest = 24
do for [i = 1:curve_n] { longest = largest(longest, strlen(named(curve_driver[i])) + 6) }
@set_crowded
LIMIT_H = 19.0
LETTER_W = 6.3
GAP = 38.0
strip_y = 92 + kinds_h
strip_h = LIMIT_H * limit_n
memory_y = strip_y + strip_h + (limit_n > 0 ? GAP : 18)
memory_h = (step_n == 1 ? 300.0 : 190.0)
efficiency_y = memory_y + step_n * (memory_h + GAP) + 4
efficiency_h = largest(170.0, ends_h(curve_n))
page_h = efficiency_y + efficiency_h + 122
panel_x = 84
panel_w = PAGE_W - panel_x - 24 - ends_w(longest)
kinds_of = curve_driver_list

title = "What a request in flight takes"
subtitle = sprintf("Memory of both ends per request, and efficiency. Server delay %s, C requests at once, %s, client and server in processes on one machine.", \
    plain_time(delay), keeps > 0 ? "connections kept alive" : "a connection per request")
note = not_drawn("", curve_noisy, "")."Kernel objects, buffers, page tables: of the whole machine, other programs included."
cut_words = (is_cut ? sprintf("bars are cut at %s,\ntheir parts in proportion", binary(cut_at)) : "")
set label 12 shorten(beyond.(beyond eq "" ? "" : ".   ").not_drawn("", 0, curve_invalid), 175) at screen px(28), screen py(page_h - 58) font sized(9) tc rgb ink

@open_page
set style textbox opaque noborder fillcolor rgb "#FFFFFF"    # where a limit's line passes, its text stays legible
@common_axes

# ---- the limits, a row each, and a line down to the axis -----------------------------------------------
along(x) = log(x / x_low) / log(x_high / x_low)
limit_colour = "#B5452C"
panel_y = strip_y
panel_h = largest(1.0, strip_h)
@place_panel
unset border
unset xtics
unset ytics
do for [k = 1:limit_n] {
    m = limit_row[k]
    at_x = panel_x + panel_w * along(limit_at[m])
    at_y = strip_y + (k - 0.5) * LIMIT_H
    left = (at_x + 14 + LETTER_W * strlen(limit_name(m)) > PAGE_W - 24)
    set arrow k from screen px(at_x), screen py(at_y) to screen px(at_x), screen py(efficiency_y + efficiency_h) nohead \
        lw 1 dt 3 lc rgb limit_colour back
    set label k limit_name(m) at screen px(at_x + (left ? -8 : 8)), screen py(at_y) \
        font sized(9) tc rgb limit_colour boxed front
    if (left) { set label k right }
    set label 50 + k "" at screen px(at_x), screen py(at_y) point pt 7 ps 0.7 lc rgb limit_colour
}
set label 99 "limits" at screen px(28), screen py(strip_y + 0.5 * LIMIT_H) font bold(10.5) tc rgb ink
if (limit_n == 0) { unset label 99 }
plot [0:1] [0:1] NaN notitle
set border 3 lw 1 lc rgb "#777777"

# ---- memory -------------------------------------------------------------------------------------------
set xtics out nomirror scale 0.6 textcolor rgb ink
axis_tics = 'set logscale x 10; set xrange [x_low:x_high]; set xtics ();' \
    .'do for [k = 0:8] { do for [f in "1 2 5"] { tic = real(f) * 10**k; if (tic >= x_low && tic <= x_high) {' \
    .'set xtics add (named_tics ? tic_words(tic) : "" tic) } } }'
tic_words(n) = (n < 999.5 ? sprintf("%.0f", n) : n < 999.5e3 ? sprintf("%gk", n / 1e3) : sprintf("%gM", n / 1e6))
top = largest(1.0, tallest * 1.12 / 1024)    # in KiB
unit = 10**floor(log10(top / 2))
every = (top / unit > 12 ? 5 : top / unit > 5 ? 2 : 1) * unit
ROOM_FOR_TOTAL = 54.0    # pixels
named_tics = 0
do for [i = 1:step_n] {
    panel_y = memory_y + (i - 1) * (memory_h + GAP)
    panel_h = memory_h
    @place_panel
    set label 1 "memory per request in flight, both ends, in KiB".(step_n > 1 ? ": ".named(step_driver[i]) : "") \
        at graph 0, screen py(panel_y - 16) font bold(10.5) tc rgb ink boxed
    # The names of the parts, in their order, with the figures of the last step. (`stats` skips what is out of range.)
    legend_x = panel_x + panel_w + 18
    set label 2 "at ".grouped(step_last_x[i]) at screen px(legend_x), screen py(panel_y + 2) font sized(9) tc rgb grey
    do for [p = 1:PARTS] {
        stats sprintf("$step%d", i) using ($1 == step_last_x[i] ? got(part_column[p], -1) / $1 : -1) nooutput
        legend_y = panel_y + 24 + (PARTS - p) * 18
        set label 10 + p part_name[p]."  ".(STATS_max < 0 ? "not known" : binary(STATS_max)) at screen px(legend_x + 16), screen py(legend_y) font sized(9.5) tc rgb ink
        set object p rectangle from screen px(legend_x), screen py(legend_y + 5) to screen px(legend_x + 10), screen py(legend_y - 5) \
            fillcolor rgb part_colour[p] fillstyle solid noborder
    }
    stats sprintf("$step%d", i) using ($1 == step_last_x[i] ? up_to(PARTS) : 0) nooutput
    set label 20 "in all  ".binary(STATS_max) at screen px(legend_x + 16), screen py(panel_y + 28 + PARTS * 18) font bold(9.5) tc rgb ink
    set label 21 cut_words at screen px(legend_x + 16), screen py(panel_y + 52 + PARTS * 18) font sized(9) tc rgb grey
    @axis_tics
    set yrange [0:top]
    set ytics 0, every out nomirror scale 0.6 textcolor rgb ink
    set format y "%g"
    # The sum above a bar, where the one before leaves room for it.
    last_at = -1e9
    total_at(x) = (panel_w * (along(x) - along(last_at > 0 ? last_at : x_low / 100)) < ROOM_FOR_TOTAL ? 0 : (last_at = x, 1))
    shown(p) = up_to(p) * (up_to(PARTS) > cut_at ? cut_at / up_to(PARTS) : 1) / 1024    # a cut bar's parts in proportion
    plot for [p = 1:PARTS] sprintf("$step%d", i) using 1:(shown(p)):($1 / half):($1 * half):(shown(p - 1)):(shown(p)) \
            with boxxyerror fillcolor rgb part_colour[p] fillstyle solid noborder notitle, \
        sprintf("$step%d", i) using 1:(up_to(PARTS) > cut_at ? 0.93 * cut_at / 1024 : NaN):($1 / half):($1 * half):(0.9 * cut_at / 1024):(0.93 * cut_at / 1024) \
            with boxxyerror fillcolor rgb "#FFFFFF" fillstyle solid noborder notitle, \
        sprintf("$step%d", i) using 1:(shown(PARTS)):(total_at($1) ? binary(up_to(PARTS)) : "") \
            with labels offset 0, 0.7 font sized(9) tc rgb ink boxed notitle
}

# ---- efficiency ---------------------------------------------------------------------------------------
panel_y = efficiency_y
panel_h = efficiency_h
@place_panel
named_tics = 1
@axis_tics
Y_HIGH = 1.04
NOISY = 1    # a quality, see blocks.awk
array end_at[curve_n]; array end_x[curve_n]; array end_text[curve_n]; array end_driver[curve_n]
end_n = curve_n
do for [i = 1:curve_n] {
    end_at[i] = curve_last_y[i] / Y_HIGH
    end_x[i] = curve_last_x[i]
    end_driver[i] = curve_driver[i]
    end_text[i] = named(curve_driver[i]).sprintf("  %.0f%%", 100 * curve_last_y[i])
}
load here."ends.gp"
set label 1 "efficiency: server delay ÷ makespan" at graph 0, screen py(panel_y - 16) font bold(10.5) tc rgb ink boxed
set yrange [0:Y_HIGH]
set format y "%g"
set ytics ()
do for [p = 0:100:25] { set ytics add (sprintf("%d%%%%", p) p / 100.0) }
set xlabel "C, requests in flight" offset 0, 0.4 tc rgb ink
plot for [i = 1:curve_n] sprintf("$curve%d", i) using 1:2 with linespoints lw look_width(curve_driver[i]) ps look_size(curve_driver[i]) \
        dt look_dash(curve_driver[i]) pt look_point(curve_driver[i]) lc rgb look_colour(curve_driver[i]) notitle, \
    for [i = 1:curve_n] sprintf("$curve%d", i) using 1:($5 == NOISY ? $2 : NaN) with points pt 6 ps 2 lw 1 lc rgb grey notitle
