# style.gp: the common look of all pictures, and what every script uses.
#
# Expects the globals results, format, output and highlight (the arguments of picture.gp), and in
# `here` the folder of the scripts, "" or ending with a slash. What a driver looks like is in looks.gp.

set encoding utf8
set minussign

shell_quote(s) = "'".quote_inner(s)."'"
quote_inner(s) = (strstrt(s, "'") \
    ? s[1:strstrt(s, "'") - 1]."'\\''".quote_inner(s[strstrt(s, "'") + 1:]) : s)

ink = "#222222"; grey = "#666666"; faint = "#E4E4E4"; ideal_colour = "#8A8A8A"
load here."looks.gp"

other_axis = 0    # of some pictures there is a second one, of the other kind of axis: NAME-other-axis.gp

# ---- words for figures -------------------------------------------------------------------------------
three_digits(v) = (v < 9.995 ? sprintf("%.2f", v) : v < 99.95 ? sprintf("%.1f", v) : sprintf("%.0f", v))
seconds(s) = (s != s ? "?" : s < 0.9995e-3 ? three_digits(s * 1e6)." µs" \
    : s < 0.9995 ? three_digits(s * 1e3)." ms" : three_digits(s)." s")
tic_time(s) = (s < 0.9995e-6 ? sprintf("%.4g ns", s * 1e9) : s < 0.9995e-3 ? sprintf("%.4g µs", s * 1e6) \
    : s < 0.9995 ? sprintf("%.4g ms", s * 1e3) : sprintf("%.4g s", s))
named_tic(s) = tic_time(s)    # of logtics.gp
plain_time(s) = (s < 0.9995 ? sprintf("%g ms", s * 1e3) : sprintf("%g s", s))
rate(s) = (s > 1.0005e-3 ? three_digits(1 / s) : s > 1.0005e-6 ? three_digits(1e-3 / s)."k" : three_digits(1e-6 / s)."M")."/s"
arrivals_words(s, n) = (s eq "closed" ? sprintf("%s requests, C at a time", n) \
    : s eq "burst" ? "C requests, all at once" : s." arrivals")
binary(b) = (b < 1024 ? sprintf("%d B", int(b)) : b < 1023.5 * 1024 ? binary_digits(b / 1024)." KiB" \
    : b < 1023.5 * 1024**2 ? binary_digits(b / 1024**2)." MiB" : binary_digits(b / 1024**3)." GiB")
binary_digits(v) = (v < 99.95 ? sprintf("%.1f", v) : sprintf("%.0f", v))
# A round step of an axis from 0 to high, with about n of them.
nice_step(high, n) = nice_of(high / n, 10.0**floor(log10(high / n)))
nice_of(step, unit) = unit * (step / unit > 5 ? 10 : step / unit > 2 ? 5 : step / unit > 1 ? 2 : 1)
largest(a, b) = (b != b ? a : a != a ? b : a > b ? a : b)
smallest(a, b) = (b != b ? a : a != a ? b : a < b ? a : b)
got(c, other) = (valid(c) ? column(c) : other)    # in `using`: column c, or other where it has no value
# What a bar is. The interval of a median of five runs or fewer reaches from the fastest to the slowest.
bar_words(least, most) = (most == 1 ? "" : ", bar: ".(most > 0 && most <= 5 ? "range of the runs" \
    : least == 0 || least > 5 ? "interval (at least 95%)" : "interval (at least 95%; of 5 runs or fewer: range)"))
besides(words) = (words eq "" ? "" : ", ".words)    # of a block's "else"
is_in(list, w) = strstrt(" ".list." ", " ".w." ")
place_in(list, w) = words(list[1:strstrt(" ".list." ", " ".w." ")])
# Of rows with the columns of `modes` at the end: a case whose runs are in two modes has two figures.
modes(unit) = sprintf(",+fast_%s,+slow_%s,+fast_runs,+slow_runs", unit, unit)
forked = "Forked line: runs in two modes, the median of each.   "
not_drawn(alone, noisy, invalid) = (alone eq "" ? "" : "Not drawn, one request at a time: ".alone.".   ") \
    .(noisy > 0 ? "Ring: NOISY.   " : "").(invalid eq "" ? "" : "INVALID, not drawn: ".invalid.".")
shorten(s, n) = (strlen(s) > n ? s[1:n - 2]."…" : s)

# ---- what a point says -----------------------------------------------------------------------------------
# Lines of text, which a browser shows beside the point that a reader points at: whose it is, the figure, its interval
# and the data quality. To be plotted `using (at(x)):(at(y)):(text) with @spoken look_unseen(driver)`: gnuplot 5.4 crashes on
# labels none of which has a place, so those without one are far outside of any axis. A column that may have no value
# is got(c, NaN), since all that has to do with such a $c is undefined. Only an SVG has them.
at(v) = (is_owned && v == v ? v : 1e30)
spoken = 'labels hypertext point pt 7 ps 1.4 lc rgb'
of_case(d, other, c, backlog) = d.besides(other).sprintf(", C = %g", c).(backlog ne "" && backlog ne "0" ? ", backlog ".backlog : "")
quality_words(q) = (q == 0 ? "\nOK" : q == 1 ? "\nNOISY" : q == 2 ? "\nINVALID" : "")
# A coverage below 95%, or none, makes it a range.
between(low, high, coverage, runs) = (low != low || high != high || !(runs > 0) ? "" : runs == 1 ? "\none run" \
    : coverage >= 0.95 ? sprintf("\ninterval %s to %s (%.1f%%), %g runs", seconds(low), seconds(high), 100 * coverage, runs) \
    : sprintf("\nrange %s to %s, %g runs", seconds(low), seconds(high), runs))
# Of one of two modes, in so many of all runs.
in_mode(n, other) = sprintf("\none of two modes, in %.0f of %.0f runs", n, n + other)
# In front of the text of a run's dot: marks.awk takes it away, the page opens that run.
run_of(id) = (id > 0 ? sprintf("run %d\n", id) : "")

# ---- reading -----------------------------------------------------------------------------------------
# The command that reads a CSV with one of the awk programs here.
reader(program) = "LC_ALL=C awk -f ".shell_quote(here."csv.awk")." -f ".shell_quote(here.program)
# load blocks("curve", "cases.csv", "arrivals,driver", "concurrency,median_s", ""): see blocks.awk.
blocks(name, file, by, take, more) = sprintf("< %s -v name=%s -v by=%s -v take=%s -v order='%s' %s %s", \
    reader("blocks.awk"), name, by, take, driver_order, more, shell_quote(results."/".file))
# Of open arrivals makespans are the length of a schedule: what shows them leaves these cases out.
closed_only = "-v where='arrivals=closed|burst'"
open_only = "-v where='arrivals=constant|poisson'"
environment = system("head -n 1 ".shell_quote(results."/environment.txt")." 2>/dev/null")

# Nothing to draw: the reason to stderr, no file, exit with 4.
give_up = 'printerr why; exit status 4'

# ---- the page: PAGE_W x page_h pixels, measured from its top left corner -------------------------------
PAGE_W = 1200.0
page_h = 750.0
px(x) = x / PAGE_W
py(y) = 1 - y / (1.0 * page_h)

face = "DejaVu Sans"
sized(points) = face.",".sprintf("%g", points)
bold(points) = face.":Bold,".sprintf("%g", points)

# The page, page_h high, with title, subtitle, note and small print, which an empty plot carries; many lines have
# that of kinds.gp, about the drivers kinds_of.
open_page = \
    'if (format eq "png") { set terminal pngcairo size PAGE_W, page_h font face.",9.5" background "#FFFFFF" };' \
    .'if (format eq "svg") { set terminal svg size PAGE_W, page_h font face.",9.5" ' \
    .'fontscale 1.3 background "#FFFFFF" };' \
    .'if (format ne "png" && format ne "svg") { printerr "format must be svg or png"; exit status 2 };' \
    .'set termoption noenhanced; set output output; set multiplot;' \
    .'load here."kinds.gp"; note = shorten(note, 175);' \
    .'set label 1 title at screen px(28), py(30) font bold(16) tc rgb ink;' \
    .'set label 2 subtitle at screen px(28), py(57) font sized(10.5) tc rgb grey;' \
    .'set label 3 note at screen px(28), py(page_h - 40) font sized(9) tc rgb ink;' \
    .'set label 5 shorten(highlight_words, 68) at screen px(PAGE_W - 24), screen py(30) right font sized(9.5) tc rgb ink;' \
    .'set label 4 environment at screen px(28), py(page_h - 17) font sized(8) tc rgb grey;' \
    .'set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0;' \
    .'unset border; unset tics; unset key; plot [0:1] [0:1] NaN notitle;' \
    .'unset label; unset arrow; set border 3 lw 1 lc rgb "#777777"'

# Names at the ends of lines, see ends.gp: the room that n of them take beside a panel.
end_gap = 16.0
end_lead = 10.0
ends_h(n) = (n + 1) * end_gap
ends_w(longest) = end_lead + 24 + (crowded ? 6.5 : 7.0) * longest
end_owner(i) = ""    # called for each end, to say of which server model or backlog it is
# Sets crowded and, for the line of kinds.gp, kinds_h.
kinds_h = 0
set_crowded = \
    'crowded = (lines > MANY); if (crowded) { end_gap = 14.0; end_lead = 30.0 };' \
    .'if (crowded && highlight eq "") { kinds_h = 22 }'

# Margins of one panel, in pixels of the page, and no traces of the one before.
place_panel = \
    'unset label; unset arrow; unset object; unset logscale; set autoscale; unset xlabel; unset ylabel;' \
    .'set lmargin at screen px(panel_x); set rmargin at screen px(panel_x + panel_w);' \
    .'set tmargin at screen py(panel_y); set bmargin at screen py(panel_y + panel_h)'

# The distance of an axis' title from it depends on the terminal's estimate of the tics' widths: too wide, in
# an SVG too narrow.
y_away = (format eq "svg" ? -0.6 : 0.8)
common_axes = \
    'set grid ytics lt 1 lw 1 lc rgb faint; set errorbars small;' \
    .'set xtics out nomirror scale 0.6 textcolor rgb ink; set ytics out nomirror scale 0.6 textcolor rgb ink'
