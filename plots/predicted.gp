# predicted.gp: measured against predicted makespan, a mark for each case.
#
#   gnuplot -c plots/predicted.gp RESULTS_DIR svg|png OUTPUT [HIGHLIGHT]
#
# Both axes are the same and logarithmic, so that a mark's distance from the diagonal is the ratio of the
# two, wherever it lies: within the band the prediction is off by at most 15%. Cases outside are named, the
# worst first, while there is room for a name that covers no mark and no other name. Too many drivers for
# one panel have a row each, see predicted-many.gp.

here = ARG0[1:strlen(ARG0) - strlen("predicted.gp")]
results = ARG1; format = ARG2; output = ARG3; highlight = ARG4
load here."style.gp"

# y is the prediction: a case without one is left out.
load blocks("case", "cases.csv", "arrivals,backlog,driver,else", "concurrency,predicted_s,median_s,low_s,high_s,quality,requests", "")
why = case_problem
if (case_n == 0) { @give_up }

BAND = 0.15
is_in(list, w) = strstrt(" ".list." ", " ".w." ")
place_in(list, w) = words(list[1:strstrt(" ".list." ", " ".w." ")])
label_of(i) = named(case_driver[i]).besides(case_else[i])
usable(p, m) = (p > 0 && m > 0)    # NaN compares as false

# ---- panels: one for each arrivals and backlog with predictions ------------------------------------------
panels = ""
panel_n = 0
array panel_arrivals[case_n]; array panel_backlog[case_n]; array panel_cases[case_n]
low = 1e30
high = 0
do for [i = 1:case_n] {
    if (!is_in(panels, case_arrivals[i]."/".case_backlog[i])) {
        panels = panels." ".case_arrivals[i]."/".case_backlog[i]
        panel_n = panel_n + 1
        panel_arrivals[panel_n] = case_arrivals[i]
        panel_backlog[panel_n] = case_backlog[i]
        panel_cases[panel_n] = ""
    }
    p = place_in(panels, case_arrivals[i]."/".case_backlog[i])
    panel_cases[p] = panel_cases[p].sprintf(" %d", i)
    stats sprintf("$case%d", i) using (usable($2, got(3, 0)) ? smallest($2, smallest($3, got(4, $3))) : 1e30) nooutput
    low = smallest(low, STATS_min)
    stats sprintf("$case%d", i) using (usable($2, got(3, 0)) ? largest($2, largest($3, got(5, $3))) : 0) nooutput
    high = largest(high, STATS_max)
}
why = "cases.csv has no case both predicted and measured"
if (high == 0) { @give_up }
low = low * (high / low > 3 ? 0.75 : 0.9)
high = high * (high / low > 3 ? 1.35 : 1.12)

title = "Measured against predicted makespan"
note = (case_alone eq "" ? "" : "Not drawn, one request at a time: ".case_alone.".   ") \
    .(case_noisy > 0 ? "Ring: NOISY.   " : "") \
    .(case_invalid eq "" ? "" : "INVALID, not drawn: ".case_invalid.".")
note = shorten(note, 175)
if (words(case_driver_list) > MANY) {
    load here."predicted-many.gp"
    exit
}

columns = (panel_n <= 3 ? panel_n : int(ceil(panel_n / 2.0)))
rows = int(ceil(panel_n / real(columns)))
columns = int(ceil(panel_n / real(rows)))
panel_w = (PAGE_W - 84 - 28 - 66.0 * (columns - 1)) / columns
panel_h = smallest(panel_w, rows == 1 ? 500.0 : 400.0)
panel_w = smallest(panel_w, 1.5 * panel_h)

subtitle = sprintf("Measured: median of the runs%s. Predicted before the first run. Grey: within %.0f%% of each other. Named: outside.", \
    bar_words(case_runs_least, case_runs_most), BAND * 100)
key_list = case_driver_list
page_h = 750
load here."key.gp"
page_h = 250 + key_h + rows * panel_h + (rows - 1) * 88
load here."key.gp"

@open_page
set multiplot
@draw_frame
@common_axes
set style fill solid noborder

# The steps of logtics.gp, for the other axis; too many for its width are thinned to decades and halves.
load here."logtics.gp"
x_steps = (panel_w / log10(high / low) < 150 ? "1" : panel_w / log10(high / low) < 330 ? "1 3" : tic_steps)
set xtics ()
do for [tic_decade = -7:4] {
    do for [tic_step in x_steps] {
        tic = real(tic_step) * 10.0**tic_decade
        if (tic >= low && tic <= high) { set xtics add (plain_time(tic) tic) }
    }
}
set logscale xy 10
set xrange [low:high]
set yrange [low:high]
set samples 2

$band << END_OF_BLOCK
0
1
END_OF_BLOCK
end_of(e) = (e > 0 ? high : low)
unit(s) = log(s / low) / log(high / low)

MOST_NAMES = 14
# The places for a name: the side of its mark (right, left, above or below it), and lines up or down.
places = "1,0 -1,0 1,-1 -1,-1 1,1 -1,1 0,-1 0,1 1,-2 -1,-2 0,-2 1,2 -1,2 0,2 0,-3 0,3 1,-3 -1,-3 1,3 -1,3 0,-4 0,4"
do for [p = 1:panel_n] {
    column = (p - 1) % columns
    row = (p - 1) / columns
    panel_x = 84 + column * (panel_w + 66)
    panel_y = 142 + key_h + row * (panel_h + 88)
    @place_panel
    unset label; unset arrow
    here_list = panel_cases[p]

    # Every mark of the panel in pixels, and how far off it is: for the names.
    dots = 0
    do for [i in here_list] { dots = dots + int(case_rows[int(i)]) }
    array dot_x[dots]; array dot_y[dots]; array dot_off[dots]; array dot_text[dots]; array dot_named[dots]
    dots = 0
    within = 0
    requests = 0
    do for [i in here_list] {
        do for [r = 1:int(case_rows[int(i)])] {
            eval sprintf("line = $case%s[%d]", i, r)
            c = real(word(line, 1))
            predicted = real(word(line, 2))
            measured = (word(line, 3) eq "NaN" ? -1 : real(word(line, 3)))
            if (word(line, 7) ne "NaN") { requests = largest(requests, real(word(line, 7))) }
            if (usable(predicted, measured)) {
                dots = dots + 1
                dot_x[dots] = unit(predicted) * panel_w
                dot_y[dots] = (1 - unit(measured)) * panel_h
                dot_off[dots] = abs(measured / predicted - 1)
                dot_named[dots] = 0
                dot_text[dots] = sprintf("%s %g: ", label_of(int(i)), c) \
                    .(measured / predicted < 2 ? sprintf("%s%.0f%%", measured < predicted ? "−" : "+", 100 * abs(measured / predicted - 1)) : sprintf("×%.3g", measured / predicted))
                if (dot_off[dots] <= BAND) { within = within + 1 }
            }
        }
    }

    # A name goes to the first of some places around its mark that is free.
    array name_left[MOST_NAMES]; array name_top[MOST_NAMES]; array name_right[MOST_NAMES]
    names = 0
    tried = 0
    while (names < MOST_NAMES && tried < MOST_NAMES + 4 && tried < dots - within) {
        worst = 0
        do for [d = 1:dots] {
            if (!dot_named[d] && dot_off[d] > BAND && (worst == 0 || dot_off[d] > dot_off[worst > 0 ? worst : 1])) { worst = d }
        }
        dot_named[worst] = 1
        tried = tried + 1
        name_w = 6.1 * strlen(dot_text[worst])
        tries = 0
        free = 0
        while (!free && tries < words(places)) {
            tries = tries + 1
            place = word(places, tries)
            comma = strstrt(place, ",")
            side = int(place[1:comma - 1])
            step = int(place[comma + 1:])
            left = (side > 0 ? dot_x[worst] + 9 : side < 0 ? dot_x[worst] - 9 - name_w \
                : largest(3, smallest(panel_w - name_w - 2, dot_x[worst] - name_w / 2)))
            top = dot_y[worst] - 6 + 12 * step
            free = (left > 2 && left + name_w < panel_w - 1 && top > 18 && top + 12 < panel_h - 2)
            d = 1
            while (free && d <= dots) {
                free = !(dot_y[d] > top - 3 && dot_y[d] < top + 15 && dot_x[d] > left - 5 && dot_x[d] < left + name_w + 5)
                d = d + 1
            }
            k = 1
            while (free && k <= names) {
                free = !(top < name_top[k] + 12 && top + 12 > name_top[k] && left < name_right[k] + 4 && left + name_w > name_left[k] - 4)
                k = k + 1
            }
        }
        if (free) {
            names = names + 1
            name_left[names] = left
            name_right[names] = left + name_w
            name_top[names] = top
            set label 100 + names dot_text[worst] at graph left / panel_w, graph 1 - (top + 6) / panel_h font sized(8) tc rgb ink front
            if (step != 0) {
                set arrow 100 + names from graph dot_x[worst] / panel_w, graph 1 - dot_y[worst] / panel_h \
                    to graph (side > 0 ? left - 2 : side < 0 ? left + name_w + 2 : dot_x[worst]) / panel_w, \
                    graph 1 - (top + (side ? 6 : step < 0 ? 13 : -1)) / panel_h nohead lw 0.8 lc rgb "#999999"
            }
        }
    }
    unnamed = dots - within - names

    set label 1 arrivals_words(panel_arrivals[p], sprintf("%.0f", requests)) at graph 0, screen py(panel_y - 28) font bold(10.5) tc rgb ink
    set label 2 sprintf("backlog %s: %d of %d within %.0f%%", panel_backlog[p], within, dots, BAND * 100) \
        .(unnamed > 0 ? sprintf(", %d not named", unnamed) : "") \
        at graph 0, screen py(panel_y - 12) font sized(9) tc rgb (within < dots ? "#B04A00" : grey)
    set label 3 "slower than predicted" at graph 0, graph 1 offset 0.8, -0.8 font sized(8.5) tc rgb grey
    set label 4 "faster" at graph 1, graph 0 right offset -0.8, 0.8 font sized(8.5) tc rgb grey
    unset xlabel; unset ylabel
    if (column == 0) { set ylabel "measured makespan" offset y_away, 0 tc rgb ink }
    set xlabel "predicted makespan" offset 0, 0.4 tc rgb ink
    plot $band using (end_of($1)):(end_of($1) * (1 - BAND)):(end_of($1) * (1 + BAND)) with filledcurves fc rgb "#EEEEEE" notitle, \
        $band using (end_of($1)):(end_of($1)) with lines lw 1.5 dt 3 lc rgb ideal_colour notitle, \
        for [i in here_list] sprintf("$case%s", i) using 2:(got(3, NaN)):(got(4, $3)):(got(5, $3)) with yerrorbars \
            pt 0 lw 1 lc rgb look_tint(case_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$case%s", i) using 2:(got(3, NaN)) with points ps 1 \
            pt look_point(case_driver[int(i)]) lc rgb look_colour(case_driver[int(i)]) notitle, \
        for [i in here_list] sprintf("$case%s", i) using 2:(got(6, 0) > 0 ? got(3, NaN) : NaN) with points pt 6 ps 2.2 lw 1.5 \
            lc rgb grey notitle
}
@close_page
