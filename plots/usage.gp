# usage.gp: resource usage: a panel for each resource, a line for each driver.
#
# All lines are of the same arrivals and backlog: closed arrivals and the longest backlog, if the campaign has
# them. Where all arrivals are open, the rate is the axis. Each panel has a scale of its own, logarithmic only where the figures span a decade: on the others
# heights show ratios.

arrivals_here = system(reader("arrivals.awk")." ".shell_quote(results."/usage.csv"))
all_open = (word(arrivals_here, 2) eq "0" && word(arrivals_here, 3) eq "1")
axis = (all_open ? "rate" : "concurrency")
axis_words = (all_open ? "rate (requests per second)" : "C, requests in flight")
load blocks("case", "usage.csv", "arrivals,workload,backlog,driver,else", axis.",completed,client.cpu_ns," \
    ."client.user_ns,client.system_ns,server.cpu_ns,server.user_ns,server.system_ns,client.syscalls," \
    ."client.voluntary_switches,client.involuntary_switches,client.runnable_wait_ns,client.rss_growth_bytes," \
    ."client.peak_rss_bytes,client.peak_threads,client.minor_faults,client.major_faults,requests,concurrency", \
    "-v long=side,metric,median")

# ---- which cases -------------------------------------------------------------------------------------
# "closed" and "randint" where they are, else the first; of the backlogs, which come sorted, the longest.
preferred(list, w) = (strstrt(" ".list." ", " ".w." ") ? w : word(list, 1))
arrivals = preferred(case_arrivals_list, "closed")
workload = ""
backlog = ""
in_arrivals(i) = (case_arrivals[i] eq arrivals)
do for [i = 1:case_n] { if (in_arrivals(i) && (workload eq "" || case_workload[i] eq "randint")) { workload = case_workload[i] } }
do for [i = 1:case_n] { if (in_arrivals(i) && case_workload[i] eq workload && backlog eq "") { backlog = case_backlog[i] } }
here_list = ""
ticks_list = ""
x_last = 0
requests = 0
served = 0    # is there a server, with CPU time?
do for [i = 1:case_n] {
    if (in_arrivals(i) && case_workload[i] eq workload && case_backlog[i] eq backlog) {
        here_list = here_list.sprintf(" %d", i)
        x_last = largest(x_last, case_last_x[i])
        stats sprintf("$case%d", i) using (got(18, 0)) nooutput
        requests = largest(requests, STATS_max)
        stats sprintf("$case%d", i) using (got(6, 0)) nooutput
        served = largest(served, STATS_max)
    }
}
# A driver that only ever has one request in flight has no place on the axis: a flat line to compare with.
alone(i) = (case_last_x[i] == 1 && x_last > 1)
x_first = x_last
do for [i in here_list] {
    if (!alone(int(i))) {
        stats sprintf("$case%s", i) using 1 nooutput
        x_first = smallest(x_first, STATS_min)
    }
}
do for [c in case_x_list] { if (real(c) >= x_first && real(c) <= x_last) { ticks_list = ticks_list." ".c } }

# ---- the panels --------------------------------------------------------------------------------------
# Value of panel p from a row; kind: time in seconds, bytes, or a count.
summed(a, b) = (valid(a) || valid(b) ? got(a, 0) + got(b, 0) : NaN)
known_growth = 0
do for [i in here_list] {
    stats sprintf("$case%s", i) using (got(13, 0) > 0 ? 1 : 0) nooutput
    known_growth = largest(known_growth, STATS_max)
}
figure_of(p) = (p == 1 ? 1e-9 * got(3, summed(4, 5)) / got(2, NaN) \
    : p == 2 ? 1e-9 * got(6, summed(7, 8)) / got(2, NaN) \
    : p == 3 ? got(9, NaN) / got(2, NaN) \
    : p == 4 ? got(10, NaN) / got(2, NaN) \
    : p == 5 ? got(11, NaN) / got(2, NaN) \
    : p == 6 ? 1e-9 * got(12, NaN) / got(2, NaN) \
    : p == 7 ? (known_growth > 0 ? got(13, NaN) : got(14, NaN)) / got(19, NaN) \
    : p == 8 ? got(15, NaN) \
    : summed(16, 17) / got(2, NaN))
array panel_title[9] = ["client CPU time", "server CPU time", "system calls", \
    "voluntary switches", "involuntary switches", "run-queue wait", \
    "resident memory", "peak threads", "page faults"]
array panel_words[9] = ["per request", "per request", "per request", "per request", "per request", "per request", \
    (known_growth > 0 ? "growth ÷ C" : "whole process ÷ C"), "", "per request"]
array panel_kind[9] = ["time", "time", "count", "count", "count", "time", "bytes", "count", "count"]

count_words(v) = (v == 0 ? "0" : v < 0.95e-5 ? "<0.00001" : v < 0.95e-4 ? sprintf("%.5f", v) : v < 0.0995 ? sprintf("%.2g", v) \
    : v == floor(v) ? sprintf("%.0f", v) : three_digits(v))
worded(kind, v) = (kind eq "time" ? (v == 0 ? "0" : seconds(v)) : kind eq "bytes" ? (v == 0 ? "0" : binary(v)) : count_words(v))
tic_bytes(b) = sprintf("%g KiB", b / 1024)    # on round numbers of them, see tic_unit_of
tic_unit_of(kind) = (kind eq "bytes" ? 1024.0 : 1.0)
tic_words(kind, v) = (v == 0 ? "0" : kind eq "time" ? tic_time(v) : kind eq "bytes" ? tic_bytes(v) : v < 0.95e-4 ? sprintf("%.5f", v) : sprintf("%.4g", v))

label_of(i) = named(case_driver[i]).besides(case_else[i])
lines = words(here_list)
longest = 0
do for [i in here_list] {
    longest = largest(longest, strlen(label_of(int(i))) + (!alone(int(i)) && case_last_x[int(i)] < x_last ? 7 : 0))
}

title = "Resource usage"
subtitle = "Median of the runs against ".(all_open ? "the rate" : "requests in flight").": ".arrivals_words(arrivals, sprintf("%.0f", requests)) \
    .(served > 0 ? ", backlog ".backlog : "").sprintf("%s. Each panel has its own scale. Lower is better.", words(case_workload_list) > 1 ? ", ".workload : "")
flat_list = ""
do for [i in here_list] { if (alone(int(i))) { flat_list = flat_list.(flat_list eq "" ? "" : ", ").label_of(int(i)) } }
note = (flat_list eq "" ? "" : "Flat line: ".flat_list.", one request at a time.   ") \
    ."log: the axis is logarithmic; all others start at 0."

@set_crowded
names_w = ends_w(longest) + 58    # and a figure
columns = (names_w > 320 ? 1 : crowded || names_w > 225 ? 2 : 3)
rows = int(ceil(9.0 / columns))
panel_h = largest(196.0, ends_h(lines))
page_h = 206 + kinds_h + rows * panel_h + (rows - 1) * 58
kinds_of = case_driver_list

@open_page
@common_axes
panel_w = (PAGE_W - 84 - 20 - 74.0 * (columns - 1)) / columns - names_w
x_low = x_first * (x_first == x_last ? 0.5 : 0.84)
x_high = x_last * (x_first == x_last ? 2 : 1.06)
shown_ticks = words(ticks_list)
every_tick = (panel_w / largest(1, shown_ticks) < 27 ? 2 : 1)    # room for a number
axis_font = sized(8.5)
set format x "%.0f"
if (shown_ticks <= 12) {
    set xtics () font axis_font
    do for [t = 1:shown_ticks] {
        set xtics add ((shown_ticks - t) % every_tick ? "" : word(ticks_list, t) real(word(ticks_list, t)))
    }
}

FLOOR = 1e-5    # a logarithmic axis ends here below its top, what is lower lies on it
TOO_LARGE = 1e30
known(v) = (v == v ? largest(v, 0) : -1)
do for [p = 1:9] {
    column = (p - 1) % columns
    row = (p - 1) / columns
    panel_x = 84 + column * (panel_w + names_w + 74.0)
    panel_y = 108 + kinds_h + row * (panel_h + 58)
    kind = panel_kind[p]
    @place_panel

    per_request = (p != 7 && p != 8)    # a flat line says nothing about memory a connection, or threads
    low = TOO_LARGE
    high = -1
    nought = 0
    shown = ""
    do for [i in here_list] {
        if (!alone(int(i)) || per_request) {
            # stats of two columns would warn of a case with one row.
            stats sprintf("$case%s", i) using (known(figure_of(p))) nooutput
            if (STATS_max >= 0) {
                shown = shown." ".i
                high = largest(high, STATS_max)
                stats sprintf("$case%s", i) using (known(figure_of(p)) > 0 ? figure_of(p) : TOO_LARGE) nooutput
                low = smallest(low, STATS_min)
                stats sprintf("$case%s", i) using (known(figure_of(p)) == 0 ? 1 : 0) nooutput
                nought = largest(nought, STATS_max)
            }
        }
    }
    set label 1 panel_title[p] at graph 0, screen py(panel_y - 14) font bold(10.5) tc rgb ink
    unset ytics
    if (p + columns > 9) { set xlabel axis_words offset 0, 0.4 tc rgb ink font sized(9) }
    if (shown eq "") {
        set logscale x 2
        set xrange [x_low:x_high]
        set yrange [0:1]
        set label 3 "not available" at graph 0.5, graph 0.5 center tc rgb grey
        plot NaN notitle
    } else {
        logged = (high > 0 && high / low > 10)
        if (logged) {
            low = largest(low, high * FLOOR)
            bottom = low * (nought > 0 ? 0.5 : 0.8)
            top = high * 1.25
        } else {
            bottom = 0
            top = (high > 0 ? high * 1.08 : 1.0)
        }
        height_of(v) = (logged ? log(largest(v, bottom) / bottom) / log(top / bottom) : v / top)
        set label 2 panel_words[p].(logged ? (panel_words[p] eq "" ? "log" : ", log") : "") \
            at screen px(panel_x + panel_w + names_w), screen py(panel_y - 14) right font sized(9) tc rgb grey

        array end_at[lines]; array end_x[lines]; array end_text[lines]; array end_driver[lines]
        end_n = 0
        lit_last = ""
        do for [i in shown] {
            lit_last = with_line(lit_last, int(i), case_driver[int(i)])
            # The last row with a figure.
            last_c = 0; last_v = 0
            stats sprintf("$case%s", i) using (known(figure_of(p)) >= 0 ? (last_c = $1, last_v = figure_of(p), 0) : 0) nooutput
            end_n = end_n + 1
            end_at[end_n] = height_of(last_v)
            end_x[end_n] = (alone(int(i)) ? x_high : last_c)
            end_driver[end_n] = case_driver[int(i)]
            end_text[end_n] = label_of(int(i))."  ".worded(kind, last_v) \
                .(!alone(int(i)) && last_c < x_last ? sprintf(" at %g", last_c) : "")
        }
        load here."ends.gp"

        set logscale x 2
        set xrange [x_low:x_high]
        set yrange [bottom:top]
        set ytics out nomirror scale 0.6 textcolor rgb ink font axis_font
        set ytics ()
        tic_unit = tic_unit_of(kind)
        if (logged) {
            set logscale y 10
            decades = log10(top / bottom)
            tic_steps = (decades > 2.2 ? "1" : decades > 1.6 ? "1 3" : "1 2 5")
            if (nought > 0) { set ytics add ("0" bottom) }
            do for [tic_decade = int(floor(log10(bottom / tic_unit))):int(ceil(log10(top / tic_unit)))] {
                do for [tic_step in tic_steps] {
                    tic = real(tic_step) * 10.0**tic_decade * tic_unit
                    if (tic >= bottom * (nought > 0 ? 1.3 : 0.9999) && tic <= top && (kind ne "count" || p != 8 || tic >= 1)) {
                        set ytics add (tic_words(kind, tic) tic)
                    }
                }
            }
        } else {
            tic_step_size = tic_unit * nice_step(top / tic_unit, 6)
            do for [tic_i = 0:int(floor(top / tic_step_size))] {
                set ytics add (tic_words(kind, tic_i * tic_step_size) tic_i * tic_step_size)
            }
        }
        on_axis(v) = largest(v, bottom)
        owner = of_backlog(served > 0 ? backlog : "")
        said(i) = of_case(case_driver[int(i)], case_else[int(i)], $1, served > 0 && axis eq "concurrency" ? backlog : "")."\n".panel_title[p].": " \
            .worded(kind, figure_of(p)).(panel_words[p] eq "" ? "" : " ".panel_words[p])." (median)"
        plot for [i in lit_last] sprintf("$case%s", i) using 1:(alone(int(i)) ? NaN : on_axis(figure_of(p))) with linespoints \
                lw look_width(case_driver[int(i)]) ps 0.8 * look_size(case_driver[int(i)]) dt look_dash(case_driver[int(i)]) \
                pt look_point(case_driver[int(i)]) lc rgb look_colour(case_driver[int(i)]) notitle, \
            for [i in lit_last] sprintf("$case%s", i) using (x_low):(alone(int(i)) ? on_axis(figure_of(p)) : NaN):(x_high - x_low):(0) \
                with vectors nohead lw 1.4 dt 3 lc rgb look_colour(case_driver[int(i)]) notitle, \
            for [i in lit_last] sprintf("$case%s", i) using (alone(int(i)) ? x_high : $1):(at(known(figure_of(p)) < 0 ? NaN : on_axis(figure_of(p)))):(said(i)) \
                with @spoken look_unseen(case_driver[int(i)]) notitle
    }
}
