# lesson.gp: a lesson's evidence, a row for each line: the measured figure relative to the threshold that the
# claim sets for it, on one logarithmic axis, so that figures of any unit can be shown together.

highlight_words = ""    # it has no drivers
file = results."/evidence.csv"
why = "evidence.csv is missing: the campaign is not a lesson"
if (system("test -s ".shell_quote(file)." && echo there") ne "there") { @give_up }
load "< LC_ALL=C awk -f ".shell_quote(here."evidence.awk")." ".shell_quote(file)
why = "the lesson has no evidence"
if (rows == 0) { @give_up }

amount(v, unit) = (v != v ? "no figure" : unit eq "s" ? seconds(v) : unit eq "bytes" ? (v < 1024 ? sprintf("%.0f B", v) \
    : v < 1048576 ? sprintf("%.1f KiB", v / 1024) : sprintf("%.1f MiB", v / 1048576)) \
    : sprintf(v == floor(v) && v < 1e9 ? "%.0f" : "%.3g", v).(unit eq "times" ? " ×" : unit eq "" ? "" : " ".unit))
text_of(i) = amount(value_of[i], unit_of[i]).(bound_of[i] == bound_of[i] \
    ? sprintf("   (%s %s)", relation_of[i], amount(bound_of[i], unit_of[i])) : "")

# Figures beyond a hundredth or a hundred times the threshold are drawn at the edge.
LEAST = 0.008; MOST = 125.0
EDGE_LOW = 0.01; EDGE_HIGH = 100.0
within(r) = (r < EDGE_LOW ? EDGE_LOW : r > EDGE_HIGH ? EDGE_HIGH : r)
over(v, i) = (bound_of[i] > 0 && v == v ? within(v / bound_of[i]) : NaN)
colour(i) = (finding_of[i] eq "HOLDS" ? 0x1A7F37 : finding_of[i] eq "INCONCLUSIVE" ? 0xB07800 \
    : finding_of[i] eq "" ? 0x999999 : 0xB3261E)

title = system("sed -n 1p ".shell_quote(results."/lesson.txt")." 2>/dev/null")
if (title eq "") { title = "A lesson's evidence" }
subtitle = system("sed -n 2p ".shell_quote(results."/lesson.txt")." 2>/dev/null")
note = "Dot: median of the runs".bar_words(runs_least, runs_most).", relative to the threshold; at 1/100 and 100 × that or further. Shaded: the claim holds."
page_h = 190 + 44 * rows
@open_page

panel_x = 470; panel_y = 96; panel_w = 440; panel_h = 44 * rows
@place_panel
unset border
unset ytics
set logscale x 10
set xrange [LEAST:MOST]
set yrange [rows + 0.5:0.5]
set xtics out nomirror scale 0.6 ("1/100" 0.01, "1/10" 0.1, "threshold" 1, "10 ×" 10, "100 ×" 100) tc rgb grey
do for [i = 1:rows] {
    row = i
    said = shorten(words_of[i], 62)
    figure = text_of(i)
    tag = 10 + 2 * i
    set label tag said at graph 0, first row right offset -1.2, 0 font sized(9.5) tc rgb ink
    tag = tag + 1
    set label tag figure at graph 1, first row offset 1.2, 0 font sized(9.5) tc rgb colour(i)
    from_x = (relation_of[i] eq "at least" ? 1 : LEAST)
    to_x = (relation_of[i] eq "at least" ? MOST : 1)
    if (bound_of[i] > 0) {
        set object row rectangle from from_x, row - 0.36 to to_x, row + 0.36 fc rgb "#E4F0E7" fs solid noborder behind
    }
}
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.2 dt 2 lc rgb "#777777"
plot for [i = 1:rows] '+' using (over(value_of[i], i)):(i):(over(low_of[i], i)):(over(high_of[i], i)) every ::0::0 \
        with xerrorbars pt 7 ps 1.3 lw 2 lc rgb colour(i) notitle
