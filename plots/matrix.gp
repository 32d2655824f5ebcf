# matrix.gp: drivers by server models as a heat map with numbers.
#
# A panel is a setting and a number in flight, a row a driver, a column a server model. A cell has the time per
# request, the requests per second and the CPU time per request of client + server in microseconds; its colour is the
# time per request, in proportion to the best of its panel. ~ marks what is NOISY; a cell that was not measured has a dash:
# tables.md says why.

load blocks("pair", "cases.csv", "keep_alive,work_s,driver,server_model", "concurrency,per_request_s,quality,requests", closed_only)
load blocks("cost", "usage.csv", "keep_alive,work_s,driver,server_model", "concurrency,client.cpu_ns,server.cpu_ns", \
    "-v long=side,metric,median -v needed=no")

why = "cases.csv has only one server model"
if (words(pair_server_model_list) < 2) { @give_up }

drivers = words(pair_driver_list)
models = words(pair_server_model_list)
sizes = words(pair_x_list)
settings = pair_panels

CELL_W = smallest(62.0, (PAGE_W - 60.0 - 130.0 * sizes) / (models * sizes))
CELL_H = 36.0
LABEL_W = 118.0
panel_w = CELL_W * models
panel_h = CELL_H * drivers
PANEL_H = panel_h + 128
PANEL_STEP = LABEL_W + 12 + largest(panel_w, smallest(290.0, (PAGE_W - 60.0) / sizes - 130)) # headings fit side by side
page_h = 96 + settings * PANEL_H + 60

title = "Drivers by server models"
subtitle = "Time per request (median of each pair), requests per second, CPU time per request of client + server in µs. Colour: ratio to the best of the panel."
note = (pair_noisy > 0 ? "~: NOISY.   " : "").(pair_invalid eq "" ? "" : "INVALID, not drawn: ".pair_invalid.".   ")."–: not measured, see tables.md."
lines = drivers

setting_name(i) = (pair_keep_alive[i] eq "1" ? "kept alive" : "new connections") \
    .(real(pair_work_s[i]) > 0 ? ", server work ".tic_time(real(pair_work_s[i])) : ", with a server delay")
micro(ns, n) = (ns == ns && n > 0 ? sprintf("%.3g", ns / n / 1e3) : "?")

array cost_of[pair_n]
do for [i = 1:pair_n] {
    cost_of[i] = 0
    do for [k = 1:(exists("cost_n") ? cost_n : 0)] {
        if (cost_driver[k] eq pair_driver[i] && cost_server_model[k] eq pair_server_model[i] \
            && cost_keep_alive[k] eq pair_keep_alive[i] && cost_work_s[k] eq pair_work_s[i]) { cost_of[i] = k }
    }
}

@open_page
unset border
set style fill solid noborder
# From white by blue to red, of a ratio's logarithm from 0 to 1.
part(a, b, t, shift) = int(0.5 + (1 - t) * ((a >> shift) & 255) + t * ((b >> shift) & 255)) * 2**shift
blend(a, b, t) = part(a, b, t, 16) + part(a, b, t, 8) + part(a, b, t, 0)
shade(v) = (v < 0.15 ? blend(0xFFFFFF, 0xE3F0F8, v / 0.15) : v < 0.4 ? blend(0xE3F0F8, 0xA9D0E8, (v - 0.15) / 0.25) \
    : v < 0.7 ? blend(0xA9D0E8, 0xF5C48A, (v - 0.4) / 0.3) : blend(0xF5C48A, 0xE0795A, (v - 0.7) / 0.3))
# Of a cell: its owners, and what it says.
of_cell(rgb) = (of_model(word(pair_server_model_list, int($1))), owned_number(rgb, word(pair_driver_list, int($2))))
without_mark(s) = (strstrt(s, "~") ? s[1:strlen(s) - 1] : s)
said(i) = word(pair_driver_list, int($2))." → ".word(pair_server_model_list, int($1)).sprintf(", C = %g", c) \
    .(strcol(5) eq "" ? "\nnot measured" : "\ntime per request ".without_mark(strcol(4)).", ".strcol(5) \
    .(strcol(6) eq "" ? "" : "\nCPU time per request, client+server: ".strcol(6)." µs").quality_words(strstrt(strcol(4), "~") ? 1 : 0))
do for [p = 1:settings] {
    do for [size = 1:sizes] {
        c = real(word(pair_x_list, size))
        panel_x = 28 + LABEL_W + (size - 1) * PANEL_STEP
        panel_y = 178 + (p - 1) * PANEL_H
        @place_panel
        unset xtics; unset ytics; unset key
        best = NaN
        setting = ""
        do for [i = 1:pair_n] {
            do for [row = 0:(pair_panel[i] == p ? pair_rows[i] - 1 : -1)] {
                setting = setting_name(i)
                stats sprintf("$pair%d", i) using 1:2 every ::row::row nooutput
                if (STATS_min_x == c) { best = smallest(best, STATS_min_y) }
            }
        }
        set label 1 sprintf("%s, %.0f in flight", setting, c) at graph 0, screen py(panel_y - 82) font bold(10.5) tc rgb ink
        do for [m = 1:models] {
            set label 100 + m word(pair_server_model_list, m) at first m - 0.55, screen py(panel_y - 6) rotate by 35 font sized(8) tc rgb ink
        }
        owner = of_model("")
        do for [d = 1:drivers] {
            set label 200 + d named(word(pair_driver_list, d)) at first 0.42, first d right font sized(8.5) tc rgb look_text(word(pair_driver_list, d))
        }
        set print $cells
        met = ""
        do for [i = 1:pair_n] {
            do for [row = 0:(pair_panel[i] == p ? pair_rows[i] - 1 : -1)] {
                stats sprintf("$pair%d", i) using 1:2 every ::row::row nooutput
                here_c = STATS_min_x
                value = STATS_min_y
                stats sprintf("$pair%d", i) using (got(3, 0)):(got(4, 0)) every ::row::row nooutput
                noisy = (STATS_min_x > 0 ? "~" : "")
                requests = STATS_min_y
                below = ""
                do for [k = 0:(here_c == c && cost_of[i] > 0 ? cost_rows[cost_of[i]] - 1 : -1)] {
                    stats sprintf("$cost%d", cost_of[i]) using 1:(got(2, 0)) every ::k::k nooutput
                    cost_c = STATS_min_x
                    client = STATS_min_y
                    stats sprintf("$cost%d", cost_of[i]) using 1:(got(3, 0)) every ::k::k nooutput
                    if (cost_c == c) { below = micro(client, requests)."+".micro(STATS_min_y, requests) }
                }
                if (here_c == c) {
                    met = met.sprintf(" %d,%d", place_in(pair_server_model_list, pair_server_model[i]), place_in(pair_driver_list, pair_driver[i]))
                    print sprintf("%d %d %g \"%s%s\" \"%s\" \"%s\"", place_in(pair_server_model_list, pair_server_model[i]), \
                        place_in(pair_driver_list, pair_driver[i]), smallest(1, log(value / best) / log(8)), seconds(value), noisy, rate(value), below)
                }
            }
        }
        do for [m = 1:models] {
            do for [d = 1:drivers] {
                if (!is_in(met, sprintf("%d,%d", m, d))) { print sprintf("%d %d 0 \"–\" \"\" \"\"", m, d) }
            }
        }
        set print
        set xrange [0.5:models + 0.5]
        set yrange [drivers + 0.5:0.5]
        plot $cells using 1:2:(0.48):(0.46):(of_cell(shade($3))) with boxxyerror lc rgb variable notitle, \
            $cells using 1:($2 - 0.27):4:(of_cell(0x222222)) with labels font sized(7.5) tc rgb variable notitle, \
            $cells using 1:($2 + 0.03):5:(of_cell(0x222222)) with labels font sized(6.5) tc rgb variable notitle, \
            $cells using 1:($2 + 0.32):6:(of_cell(0x444444)) with labels font sized(6.5) tc rgb variable notitle, \
            $cells using 1:2:(said(0)):(unseen(of_cell(0))) with @spoken variable notitle
    }
}
