# evidence.awk: evidence.csv as gnuplot assignments, an element of each array for each line.
#
# gnuplot executes the output, so that the file's contents must stay data: a text goes into single quotes,
# in which gnuplot evaluates nothing, and a number is one or is replaced by NaN.
function fields(line, to,    n, c, i, quoted) {
    n = 1; to[1] = ""; quoted = 0
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) to[++n] = ""
        else to[n] = to[n] c
    }
    return n
}
function text(s) { gsub(/[\001-\037\177]/, "?", s); gsub(/'/, "''", s); return "'" s "'" }
function number(s) {
    return s ~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/ ? s "*1.0" : "NaN"
}
{ sub(/\r$/, "") }
function field(name) { return name in column ? f[column[name]] : "" }
NR == 1 {
    columns = fields($0, f)
    for (i = 1; i <= columns; i++) column[f[i]] = i
}
NR > 1 && fields($0, f) == columns {
    n++
    runs = field("runs") + 0
    if (!most || runs < least) least = runs
    if (runs > most) most = runs
    all = all sprintf("words_of[%d]=%s\nunit_of[%d]=%s\nvalue_of[%d]=%s\nlow_of[%d]=%s\nhigh_of[%d]=%s\n" \
        "relation_of[%d]=%s\nbound_of[%d]=%s\nfinding_of[%d]=%s\n", n, text(field("words")), \
        n, text(field("unit")), n, number(field("value")), n, number(field("low")), n, number(field("high")), \
        n, text(field("relation")), n, number(field("bound")), n, text(field("finding")))
}
END {
    print "rows = " n + 0
    print "runs_least = " least + 0
    print "runs_most = " most + 0
    if (n) {
        split("words_of unit_of value_of low_of high_of relation_of bound_of finding_of", names, " ")
        for (i = 1; i <= 8; i++) print "array " names[i] "[rows]"
        printf "%s", all
    }
}
