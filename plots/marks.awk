# marks.awk: turns what looks.gp and style.gp have hidden in an SVG of gnuplot's into classes and titles, which the
# page's script reads (bench/show/pictures.js).
#
#   awk -f marks.awk -v owned='RRGGBB,DRIVER,BACKLOG,MODEL ...' FILE
#
#   owned   the colours by their numbers, each with its owners' places in the lists of names, 0: none
#
# rgb(241, 0, 3)     becomes the third of those colours, and class="d1 b2 m0", the owners
# rgb(242, 1, 2)     of a text: not shown, and class="told t1", a word of the first list
# hypertext          becomes a point: <g class="point"><title>, which a browser shows by itself, too, and an
#                    invisible circle. The number of a run in front of its text becomes data-run="17"
#
# gnuplot closes a group after each element and opens another, which is often the same or holds nothing, and it names
# the font with each text. Both are done once, and elements that hide nothing but themselves are left out: files
# become half as large.

BEGIN {
    colours = split(owned, colour, " ")
    begin = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'"
    end = "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>"
    face = " font-family=\"DejaVu Sans\""
    face_bold = " font-family=\"DejaVu Sans:Bold\""
}

/<g id="gnuplot_canvas">/ { sub(/">/, "\" font-family=\"DejaVu Sans, Verdana, sans-serif\">") }

index($0, face) { $0 = replaced($0, face, "") }

index($0, face_bold) { $0 = replaced($0, face_bold, " font-weight=\"bold\"") }

/rgb\(242,/ { sub(/<g /, "<g class=\"told t" number_in($0, 2) "\" display=\"none\" "); sub(/rgb\(242,[ 0-9,]*\)/, "none") }

/rgb\(241, *[0-9]?[0-9],/ { $0 = with_owners($0) }

is_point { $0 = circle($0); is_point = 0 }

index($0, begin) { $0 = point(substr($0, index($0, begin) + length(begin))); is_point = 1 }

# The dot of an error bar, below the mark of its line; and what is drawn twice.
/<use [^>]*gpDot[^>]*class="d/ || (/^\t<use [^>]*\/>$/ && !/opacity/ && $0 == last) { next }

{ last = $0 }

/^<g fill="none"[^>]*>$/ {
    if (closing && $0 == opened) { closing = 0; next }
    leave()
    opened = $0
    depth = 1
    empty = 1
    next
}

closing { leave() }

depth == 1 && $0 == "</g>" {
    if (empty) depth = 0; else closing = 1
    next
}

depth > 0 {
    if (empty) print opened
    empty = 0
    text = $0
    depth += gsub(/<g[ >]/, "", text) - gsub(/<\/g>/, "", text)
    if (depth == 0 && sub(/<\/g>$/, "")) { depth = 1; closing = 1 }
}

$0 != "" { print }

END { leave() }

# Close a group, now that it does not go on.
function leave() {
    if (closing) print "</g>"
    closing = depth = 0
}

function replaced(text, old, new,    at) {
    at = index(text, old)
    return substr(text, 1, at - 1) new substr(text, at + length(old))
}

# The nth number of the last rgb() in a text.
function number_in(text, n,    part) {
    sub(/.*rgb\(/, "", text)
    split(text, part, /[,)]/)
    return part[n] + 0
}

# An element has one such colour. Groups, to which gnuplot gives that of the element before, have no owner.
function with_owners(text,    found, done, number, part, quote) {
    while (match(text, /rgb\(241, *[0-9]?[0-9], *[0-9]+\)/)) {
        found = substr(text, RSTART, RLENGTH)
        number = number_in(found, 2) * 256 + number_in(found, 3)
        split(number in colour ? colour[number] : "000000,0,0,0", part, ",")
        quote = substr(text, RSTART + RLENGTH, 1)
        done = done substr(text, 1, RSTART - 1) "#" part[1] quote
        text = substr(text, RSTART + RLENGTH + 1)
        if (done !~ /<g fill="none"[^>]*$/) done = done " class=\"d" part[2] " b" part[3] " m" part[4] "\""
    }
    return done text
}

# Its lines are apart by \n.
function point(text,    run) {
    if (substr(text, length(text) - length(end) + 1) == end) text = substr(text, 1, length(text) - length(end))
    if (match(text, /^run [0-9]+\\n/)) {
        run = " data-run=\"" substr(text, 5, RLENGTH - 6) "\""
        text = substr(text, RLENGTH + 1)
    }
    gsub(/\\n/, "\\&#10;", text)
    return "<g class=\"point\"" run "><title>" text "</title>"
}

# From a mark: \t<use … transform='translate(X,Y) scale(S)' … class="…" opacity='0.00'/></g>
function circle(use,    x, y, owners) {
    if (!match(use, /translate\([-0-9.]+,[-0-9.]+/)) return use
    x = substr(use, RSTART + 10, RLENGTH - 10)
    y = x
    sub(/,.*/, "", x)
    sub(/.*,/, "", y)
    owners = match(use, / class="[^"]*"/) ? substr(use, RSTART, RLENGTH) : ""
    return "<circle" owners " cx=\"" x "\" cy=\"" y "\" r=\"5\" opacity=\"0\"/></g>"
}
