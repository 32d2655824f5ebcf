# close.gp: the end of a page, and what is made of an SVG after gnuplot has drawn it.

if (is_owned) {
    # Names of owners, see looks.gp, and what the page's script is told besides: text that is not shown. The green of
    # its colour says which list it is from, the blue its place there.
    unset label; unset arrow; unset object; unset xlabel; unset ylabel; unset logscale; unset tics; unset border; unset grid
    tag = 0
    tell_list = 0
    do for [list in "owned_drivers owned_backlogs owned_models told"] {
        tell_list = tell_list + 1
        do for [k = 1:words(value(list))] {
            tag = tag + 1
            set label tag word(value(list), k) at screen 0, screen 0 font sized(8) tc rgb sprintf("#F2%02X%02X", tell_list, k)
        }
    }
    set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
    plot [0:1] [0:1] NaN notitle
}
unset multiplot
unset output
if (is_owned) {
    system("LC_ALL=C awk -f ".shell_quote(here."marks.awk")." -v owned=".shell_quote(owned_colours)." ".shell_quote(output) \
        ." >".shell_quote(output.".marked")." && mv -f ".shell_quote(output.".marked")." ".shell_quote(output))
}
