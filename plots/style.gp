# style.gp: the common look of all pictures, and what every script does first.
#
# Expects the caller's ARG0 .. ARG3 in the globals script, results, format, output. A driver looks the
# same in every picture: hue and dash say its family, lightness and point shape which one of it. The
# hues are Okabe and Ito's (https://jfly.uni-koeln.de/color/), told apart with any kind of colour vision;
# dash and shape carry the same in greyscale.

set encoding utf8
set minussign

here = (strstrt(script, "/") ? system("dirname '".script."'") : ".")
shell_quote(s) = "'".quote_inner(s)."'"
quote_inner(s) = (strstrt(s, "'") \
    ? s[1:strstrt(s, "'") - 1]."'\\''".quote_inner(s[strstrt(s, "'") + 1:]) : s)

# ---- drivers -----------------------------------------------------------------------------------------
# name:RRGGBB,point,dash,mark (mark is the letter on a text terminal). Fields have fixed widths.
looks = " sequential:000000,03,1,S null:999999,01,3,0 " \
    ."threadpool:D55E00,05,1,T threads:E69F00,04,1,H thread:E69F00,04,1,H fork:7A2E00,15,1,F " \
    ."prefork:B8860B,14,1,P processes:F2A477,13,1,R " \
    ."libev:0072B2,07,2,L epoll:56B4E9,06,2,E libuv:003A5D,09,2,U select:2F9AD6,08,2,C " \
    ."poll:8FC7EA,11,2,O libevent:1B4F8A,10,2,V " \
    ."io_uring:009E73,13,4,I uring:009E73,13,4,I coroutines:CC79A7,12,4,K coroutine:CC79A7,12,4,K " \
    ."ucontext:7D3C63,02,4,X protothreads:4FC3A1,01,4,Q "
driver_order = "sequential threadpool threads thread fork prefork processes select poll epoll libev " \
    ."libevent libuv io_uring uring coroutines coroutine ucontext protothreads"

look(d) = (strstrt(looks, " ".d.":") \
    ? looks[strstrt(looks, " ".d.":") + strlen(d) + 2 : strstrt(looks, " ".d.":") + strlen(d) + 14] \
    : spare_look(d))
look_colour(d) = "#".look(d)[1:6]
look_faint(d) = "#60".look(d)[1:6]
look_tint(d) = "#B8".look(d)[1:6]
look_point(d) = int("1".look(d)[8:9]) - 100    # "09" alone would be read as octal
look_dash(d) = int(look(d)[11:11])
look_mark(d) = look(d)[13:13]

# A name not listed above gets a look from a hash of its letters: the same in every picture, always.
letters = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
hash(s) = (strlen(s) ? (strstrt(letters, s[1:1]) + 31 * hash(s[2:])) % 9973 : 7)
spare_colours = "555555 A6761D 44803F 5B4B9A C2185B 00838F"
spare_look(d) = sprintf("%s,%02d,%d,%s", word(spare_colours, 1 + hash(d) % 6), \
    4 + (hash(d) / 6) % 12, 1 + (hash(d) / 72) % 5, d[1:1])

set dashtype 1 solid
set dashtype 2 (14, 4)
set dashtype 3 (2, 4)
set dashtype 4 (10, 3, 2, 3)
set dashtype 5 (10, 3, 2, 3, 2, 3)

ink = "#222222"; grey = "#666666"; faint = "#E4E4E4"; ideal_colour = "#8A8A8A"

# ---- words for figures -------------------------------------------------------------------------------
three_digits(v) = (v < 9.995 ? sprintf("%.2f", v) : v < 99.95 ? sprintf("%.1f", v) : sprintf("%.0f", v))
seconds(s) = (s != s ? "?" : s < 0.9995e-3 ? three_digits(s * 1e6)." µs" \
    : s < 0.9995 ? three_digits(s * 1e3)." ms" : three_digits(s)." s")
plain_time(s) = (s < 0.9995 ? sprintf("%g ms", s * 1e3) : sprintf("%g s", s))
shape_words(s, n) = (s eq "fixed" ? sprintf("%s requests, C at a time", n) \
    : s eq "gather" ? "C requests, all at once" : s)
largest(a, b) = (b != b ? a : a != a ? b : a > b ? a : b)
smallest(a, b) = (b != b ? a : a != a ? b : a < b ? a : b)
got(c, other) = (valid(c) ? column(c) : other)    # in `using`: column c, or other where it has no value
shorten(s, n) = (strlen(s) > n ? s[1:n - 2]."…" : s)

# ---- reading -----------------------------------------------------------------------------------------
# load blocks("curve", "cases.csv", "shape,driver", "concurrency,median_s", ""): see blocks.awk.
blocks(name, file, by, take, more) = sprintf("< awk -f %s -v name=%s -v by=%s -v take=%s -v order='%s' %s %s", \
    shell_quote(here."/blocks.awk"), name, by, take, driver_order, more, shell_quote(results."/".file))
environment = system("head -n 1 ".shell_quote(results."/environment.txt")." 2>/dev/null")

# Nothing to draw: say why on stderr, leave no file, exit with 4.
give_up = 'printerr why; exit status 4'

# ---- the page: PAGE_W x page_h pixels, measured from its top left corner -------------------------------
PAGE_W = 1200.0
page_h = 750.0
px(x) = x / PAGE_W
py(y) = 1 - y / (1.0 * page_h)

face = "DejaVu Sans"
open_page = \
    'if (format eq "png") { set terminal pngcairo size PAGE_W, page_h font face.",9.5" background "#FFFFFF" };' \
    .'if (format eq "svg") { set terminal svg size PAGE_W, page_h font face.",9.5" ' \
    .'fontscale 1.3 background "#FFFFFF" };' \
    .'if (format ne "png" && format ne "svg") { printerr "format must be svg or png"; exit status 2 };' \
    .'set termoption noenhanced; set output output'
sized(points) = face.",".sprintf("%g", points)
bold(points) = face.":Bold,".sprintf("%g", points)

# gnuplot 5.4 writes neither a bold weight nor a list of faces into an SVG, so that is done afterwards.
svg_bold = "'s/\"DejaVu Sans:Bold\"/\"DejaVu Sans\" font-weight=\"bold\"/'"
svg_faces = "'s/\"DejaVu Sans\"/\"DejaVu Sans, Verdana, sans-serif\"/'"
close_page = \
    'unset multiplot; unset output;' \
    .'if (format eq "svg" && strlen(output)) { system("sed -i -e ".svg_bold." -e ".svg_faces." ".shell_quote(output)) }'

# Title, subtitle, notes and small print, then an empty plot to carry them. Set title, subtitle, note.
draw_frame = \
    'set label 1 title at screen px(28), py(30) font bold(16) tc rgb ink;' \
    .'set label 2 subtitle at screen px(28), py(57) font sized(10.5) tc rgb grey;' \
    .'set label 3 note at screen px(28), py(page_h - 40) font sized(9) tc rgb ink;' \
    .'set label 4 environment at screen px(28), py(page_h - 17) font sized(8) tc rgb grey;' \
    .'set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0;' \
    .'unset border; unset tics; unset key; plot [0:1] [0:1] NaN notitle;' \
    .'unset label; set border 3 lw 1 lc rgb "#777777"'

# Margins of one panel, in pixels of the page.
place_panel = \
    'set lmargin at screen px(panel_x); set rmargin at screen px(panel_x + panel_w);' \
    .'set tmargin at screen py(panel_y); set bmargin at screen py(panel_y + panel_h)'

common_axes = \
    'set grid ytics lt 1 lw 1 lc rgb faint; set errorbars small;' \
    .'set xtics out nomirror scale 0.6 textcolor rgb ink; set ytics out nomirror scale 0.6 textcolor rgb ink'
