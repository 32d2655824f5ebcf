# breakdown.gp: the latency breakdown: for each case a bar of time and a row of figures.
#
# The bar is the time of a mean request, in the order of the phases, all on one axis from 0: a longer bar is a slower
# request, and the total is its figure. The delay is pale, the rest coloured. Means add up, percentiles do not: the
# 99th is a figure in the row beside, as are phases too short for the bar. The hue is the phase's place: blue the
# client, orange the network, green the server; in greyscale neighbours differ in lightness.

# y is a column that every row has, so that means and percentiles come with the same groups and rows.
wanted = "concurrency,backlog,queue,connect,send,accept,delay,overshoot,back,read"
load blocks("mean", "breakdown.csv", "arrivals,backlog,workload,driver,else", wanted, "-v long=phase,mean_s")
load blocks("tail", "breakdown.csv", "arrivals,backlog,workload,driver,else", wanted, "-v long=phase,p99_s")

PHASES = 8
DELAY = 5
array phase_name[PHASES] = ["queue", "connect", "send", "accept", "delay", "overshoot", "back", "read"]
array phase_words[PHASES] = ["before start", "handshake", "sending", "in backlog", "", "after delay", "not yet read", "read, close"]
array phase_whose[PHASES] = ["client", "network", "client", "server", "", "server", "client", "client"]
array phase_colour[PHASES] = [0x56B4E9, 0xD55E00, 0xA9D3EE, 0x66C9A6, 0xE9E9E9, 0x3FB88F, 0x0072B2, 0x003A5D]

# ---- which rows --------------------------------------------------------------------------------------
# With many drivers, fewer concurrencies: the largest and the smallest, and as many evenly between as there is
# room for. A group that has none of those keeps its last.
MOST_ROWS = 96
all_c = words(mean_x_list)
# The k concurrencies kept of the n.
kept_c(j, k, n) = word(mean_x_list, k == 1 ? n : 1 + int((j - 1) * (n - 1.0) / (k - 1) + 0.5))
array kept_rows[mean_n]    # the numbers of each group's rows that are drawn
kept_n = all_c
row_n = MOST_ROWS + 1
while (row_n > MOST_ROWS && kept_n > 0) {
    kept_list = ""
    do for [j = 1:kept_n] { kept_list = kept_list." ".kept_c(j, kept_n, all_c) }
    row_n = 0
    do for [i = 1:mean_n] {
        kept_rows[i] = ""
        do for [r = 1:int(mean_rows[i])] {
            eval sprintf("line = $mean%d[%d]", i, r)
            if (is_in(kept_list, sprintf("%g", real(word(line, 1))))) { kept_rows[i] = kept_rows[i].sprintf(" %d", r) }
        }
        if (kept_rows[i] eq "") { kept_rows[i] = sprintf("%d", mean_rows[i]) }
        row_n = row_n + words(kept_rows[i])
    }
    kept_n = kept_n - 1
}
dropped_list = ""
do for [c in mean_x_list] { if (!is_in(kept_list, c)) { dropped_list = dropped_list.(dropped_list eq "" ? "" : ", ").c } }

# ---- their places, in pixels of the page ----------------------------------------------------------
ROW_H = 17.0; GROUP_GAP = 5.0; SECTION_H = 32.0
CELL_X = 628.0; CELL_W = 78.0; TOP = 150.0

label_of(i) = named(mean_driver[i]).besides(mean_else[i])
longest = 0
do for [i = 1:mean_n] { longest = largest(longest, strlen(label_of(i))) }
BAR_X = largest(174.0, 96 + 7.0 * longest)    # names before, and C
BAR_W = 546 - BAR_X
section_of(i) = mean_arrivals[i]." ".mean_backlog[i]." ".mean_workload[i]
arrivals_title(s) = (s eq "closed" ? "C at a time" : s eq "burst" ? "C, all at once" : s." arrivals")
number_of(line, column) = (word(line, column) eq "NaN" ? NaN : real(word(line, column)))

# Columns of a row: y, C, total, then mean and tail of each phase, 1 if it is highlighted, and its group.
LIT = 4 + 2 * PHASES
GROUP = LIT + 1
y = TOP
delay = 0
longest_s = 0
longest_total = 0
section = ""
section_n = 0
array section_y[mean_n]; array section_text[mean_n]; array group_y[mean_n]
set print $row
do for [i = 1:mean_n] {
    if (section_of(i) ne section) {
        section = section_of(i)
        section_n = section_n + 1
        y = y + (section_n > 1 ? SECTION_H : 22.0)
        section_y[section_n] = y
        section_text[section_n] = arrivals_title(mean_arrivals[i]).sprintf(", backlog %s", mean_backlog[i]) \
            .(words(mean_workload_list) > 1 ? ", ".mean_workload[i] : "")
        y = y + 20
    } else {
        y = y + (row_n == mean_n ? 0 : GROUP_GAP)    # with a row each, they are a list
    }
    group_y[i] = y
    do for [r in kept_rows[i]] {
        eval sprintf("line = $mean%d[%s]; tail = $tail%d[%s]", i, r, i, r)
        total = 0
        text = ""
        do for [p = 1:PHASES] {
            v = number_of(line, 2 + p)
            if (v == v) { total = total + largest(v, 0.0) }
            if (v == v && p == DELAY) { delay = largest(delay, v) }
            if (v == v) { longest_s = largest(longest_s, v) }
            text = text." ".word(line, 2 + p)." ".word(tail, 2 + p)
        }
        longest_total = largest(longest_total, total)
        print sprintf("%g %s %.9g", y, word(line, 1), total).text.sprintf(" %d %d", is_lit(mean_driver[i]), i)
        y = y + ROW_H
    }
}
set print
page_h = y + 74

title = "Latency breakdown by phase"
subtitle = "The run with the median makespan. Bar: the time of its mean request, in the order of the phases. Figures: mean and 99th percentile (grey) in ms."
note = "Shading of a figure: from 1% to 100% of the server delay." \
    .(dropped_list eq "" ? "" : "   Not drawn, except where it is a driver's largest: C = ".dropped_list.".")
reference = (delay > 0 ? delay : longest_s)

# Figures in milliseconds, short enough for two in a cell.
ms_words(s) = (s != s ? "n/a" : s == 0 ? "0" : s < 0.95e-5 ? "<.01" : s < 0.995e-3 ? sprintf("%.2f", s * 1e3) : s < 9.95e-3 ? sprintf("%.1f", s * 1e3) \
    : s < 9.995 ? sprintf("%.0f", s * 1e3) : sprintf("%.0f s", s))
tail_words(s) = (s != s ? "" : ms_words(s))
mixed(colour, part) = int(255 - part * (255 - ((colour >> 16) & 255))) * 65536 + int(255 - part * (255 - ((colour >> 8) & 255))) * 256 \
    + int(255 - part * (255 - (colour & 255)))
# Not highlighted: figures grey, the bar in the greys of its colours, cells unshaded.
luma(colour) = 0.3 * ((colour >> 16) & 255) + 0.59 * ((colour >> 8) & 255) + 0.11 * (colour & 255)
greyed(colour) = int(110 + 0.52 * luma(colour)) * 0x10101
of_group(rgb) = (of_backlog(mean_backlog[int(column(GROUP))]), owned_number(rgb, mean_driver[int(column(GROUP))]))
bar_colour(p) = of_group(column(LIT) > 0 ? phase_colour[p] : greyed(phase_colour[p]))
cell_colour(p) = of_group(mixed(phase_colour[p], column(LIT) > 0 ? 0.62 * strength(mean_of(p)) : 0))
text_colour(lit_colour) = of_group(column(LIT) > 0 ? lit_colour : 0x767676)
said(p) = of_case(mean_driver[int(column(GROUP))], mean_else[int(column(GROUP))], $2, mean_backlog[int(column(GROUP))]).sprintf("\n%s: mean %s%s of %s", \
    phase_name[p], seconds(mean_of(p)), got(3 + 2 * p, NaN) == got(3 + 2 * p, NaN) ? ", 99th percentile ".seconds(got(3 + 2 * p, NaN)) : "", seconds($3))
strength(s) = (s != s || s <= 0 || reference <= 0 ? 0 : smallest(1.0, largest(0.0, 1 + log10(s / reference) / 2)))
cell_x(p) = CELL_X + (p < DELAY ? p - 1 : p - 2) * CELL_W
mean_of(p) = got(2 + 2 * p, 0.0)
before(p) = (p > 1 ? before(p - 1) + mean_of(p - 1) : 0.0)    # of a row, what passed before phase p
axis_s = (longest_total > 0 ? longest_total : 1.0)
along(s) = BAR_X + BAR_W * s / axis_s
total_words(s) = (s > 0 ? seconds(s) : "n/a")

@open_page
unset border
set xrange [0:PAGE_W]
set yrange [page_h:0]

# The meaning of the colours: above the figures, of the delay above the bars.
do for [p = 1:PHASES] {
    if (p == DELAY) { x = BAR_X + BAR_W - 150 } else { x = cell_x(p) }
    set object p rectangle from first x, 126 to first x + (p == DELAY ? 150 : CELL_W - 4), 134 \
        fs solid noborder fc rgb phase_colour[p] back
    set label p + 10 (p == DELAY ? "server delay" : phase_name[p]) at first x, 117 font sized(9.5) tc rgb ink
    set label p + 20 (p == DELAY ? "" : phase_words[p]) at first x, 145 font sized(8) tc rgb grey
    set label p + 30 (p == DELAY ? "" : phase_whose[p]) at first x, 102 font sized(8) tc rgb grey
}
set label 50 "C" at first BAR_X - 14, 145 right font sized(9) tc rgb grey
bar_tic = nice_step(axis_s, 6)
do for [k = 0:int(floor(axis_s / bar_tic * 1.0001))] {
    tic_text = (k == 0 ? "0" : plain_time(k * bar_tic))
    set label 60 + k tic_text at first along(k * bar_tic), 145 center font sized(8) tc rgb grey
    if (k > 0) { set arrow 60 + k from first along(k * bar_tic), TOP to first along(k * bar_tic), page_h - 62 nohead lw 1 lc rgb faint back }
}
set label 53 "total" at first CELL_X - 12, 117 right font sized(9.5) tc rgb ink
set label 54 "mean" at first CELL_X - 12, 145 right font sized(8) tc rgb grey

do for [k = 1:section_n] {
    set label 100 + k section_text[k] at first 28, section_y[k] font bold(10.5) tc rgb ink
    set arrow 100 + k from first 28, section_y[k] + 10 to first PAGE_W - 24, section_y[k] + 10 nohead lw 1 lc rgb "#BBBBBB"
}
do for [i = 1:mean_n] {
    owner = of_backlog(mean_backlog[i])
    set label 2 * i + 200 label_of(i) at first 46, group_y[i] + ROW_H / 2 font sized(9.5) tc rgb look_text(mean_driver[i])
    set label 2 * i + 201 "" at first 34, group_y[i] + ROW_H / 2 point pt look_point(mean_driver[i]) ps 0.9 lc rgb look_colour(mean_driver[i])
}

set style fill solid noborder
middle(y) = y + ROW_H / 2
small_font = sized(8)
plot for [p = 1:PHASES] $row using (0):(middle($1)):(along(before(p))):(along(before(p) + largest(mean_of(p), 0))):($1 + 1.5):($1 + ROW_H - 1.5):\
        (bar_colour(p)) with boxxyerror fc rgb variable notitle, \
    for [p = 1:PHASES] $row using (p == DELAY ? NaN : cell_x(p)):(middle($1)):(cell_x(p)):(cell_x(p) + CELL_W - 4):($1 + 1):($1 + ROW_H - 1):\
        (cell_colour(p)) with boxxyerror fc rgb variable notitle, \
    for [p = 1:PHASES] $row using (p == DELAY ? -999 : cell_x(p) + 35):(middle($1)):(ms_words(got(2 + 2 * p, NaN))):(text_colour(0x222222)) \
        with labels right font small_font tc rgb variable notitle, \
    for [p = 1:PHASES] $row using (p == DELAY ? -999 : cell_x(p) + CELL_W - 9):(middle($1)):(tail_words(got(3 + 2 * p, NaN))):(text_colour(0x444444)) \
        with labels right font small_font tc rgb variable notitle, \
    $row using (BAR_X - 10):(middle($1)):(sprintf("%.0f", $2)):(text_colour(0x222222)) with labels right font small_font tc rgb variable notitle, \
    $row using (CELL_X - 12):(middle($1)):(total_words($3)):(text_colour(0x222222)) with labels right font small_font tc rgb variable notitle, \
    for [p = 1:PHASES] $row using (at(mean_of(p) > 0 ? along(before(p) + mean_of(p) / 2) : NaN)):(middle($1)):(said(p)):(unseen(of_group(0))) with @spoken variable notitle
