# blocks.awk: turns one CSV of a results folder into gnuplot data blocks, one for each group of rows.
#
# gnuplot can filter a CSV by itself, but reads the whole file again for every curve; this reads it once.
#
# gnuplot executes the output, so that the file's contents must stay data: a text goes into single quotes,
# in which gnuplot evaluates nothing, and a number is one or is replaced by NaN.
#
#   awk -f csv.awk -f blocks.awk -v name=curve -v by=backlog,driver -v take=share,latency_s [-v ...] FILE
#
#   name    the name of the blocks: $curve1, $curve2 ...
#   by      columns that make a group; groups are sorted by driver as `order` says, by arrivals from closed to
#           poisson, by backlog in descending order, by rate as a number, and by everything else in ascending order. "else" is what
#           a case differs in from others in this file besides the columns in `by` and `take`, in words:
#           "kept alive, pipeline 4, C = 64", so that a line never joins cases of two kinds. (The columns of a case
#           come first in a file, and the last of them is "variant".)
#   take    columns of a block, all numbers; the first is x and sorts the rows, the second is y, and a
#           row without a y is left out. "+median_s": an earlier version's file may lack the column. OK and ok become 0, INVALID 2, any other word 1, no value NaN
#   long    "side,metric,median": the file has a line for each figure, not for each case. The lines of a
#           case (same group, same x) become one row, and each figure a column named "client.cpu_ns"
#   order   driver names in the desired order; others follow as they occur
#   invalid "keep" keeps rows whose quality is INVALID
#   where   COLUMN=VALUE|VALUE: only rows that have one of these; several such, separated by blanks
#   needed  "no": without a group the picture is drawn all the same; else gnuplot ends, see give_up in style.gp
#
# Lists of words are separated by blanks, so a blank within a word becomes a no-break space.
#
# Printed beside the blocks: curve_n, arrays curve_<by column>[], curve_last_x[], curve_last_y[],
# curve_rows[], curve_panel[] (numbers up to curve_panels, one for each pair of the first two columns of `by`), lists curve_<by column>_list and curve_x_list (distinct values, separated by blanks),
# curve_invalid (what was left out, in words), curve_noisy (how many rows are NOISY), curve_runs_least and
# curve_runs_most (the runs of a row, where the file has them, else 0), curve_alone (drivers that only ever
# have one request in flight, with their requests per second: they have no place on an axis of concurrency,
# and are not in the blocks when there are others).

BEGIN {
    arrivals = "closed burst constant poisson"
    by_n = split(by, by_name, ",")
    take_n = split(take, take_name, ",")
    for (i = 1; i <= take_n; i++) optional[i] = sub(/^[+]/, "", take_name[i])
    order_n = split(order, order_name, " ")
    where_n = split(where, where_word, " ")
    long_n = split(long, long_name, ",")
    for (i = 1; i <= order_n; i++) rank[order_name[i]] = i
    file = ARGV[1]
    sub(/.*\//, "", file)
    if ((getline line < ARGV[1]) < 0) { problem = file " is missing"; exit }
    close(ARGV[1])
    timed = line ~ /(^|,)per_request_s(,|\r|$)/
    twice = timed || ("," by ",") ~ /,else,/    # first which drivers are ever concurrent and what differs, then the rows
    if (twice) { ARGV[2] = ARGV[1]; ARGC = 3 }
}

FNR == 1 && NR > 1 { next }

FNR == 1 {
    for (i = 1; i <= NF; i++) column[$i] = i
    for (i = 1; i <= by_n; i++) if (!(by_name[i] in column) && by_name[i] != "else") lacks = lacks " " by_name[i]
    for (i = 1; i <= long_n; i++) if (!(long_name[i] in column)) lacks = lacks " " long_name[i]
    for (i = 1; i <= take_n; i++)
        if (!(take_name[i] in column) && !optional[i] && (long == "" || i == 1)) lacks = lacks " " take_name[i]
    if (lacks != "") { problem = file " lacks the column" lacks; exit }
    for (i = 1; i <= where_n; i++) {
        where_name[i] = substr(where_word[i], 1, index(where_word[i], "=") - 1)
        where_list[i] = "|" substr(where_word[i], index(where_word[i], "=") + 1) "|"
    }
    case_n = "variant" in column ? column["variant"] : 0
    for (i = 1; i <= NF; i++)
        if ((i < case_n || $i == "keep_alive") && !is_drawn($i) && $i !~ /^(driver|requests|time_box_s)$/)
            else_name[++else_n] = $i
    next
}

NF < 2 || field("driver") == "null" { next }

{ lines++ }

!is_wanted() { next }

twice && NR == FNR {
    driver = field("driver")
    if (field("concurrency") + 0 > most[driver]) most[driver] = field("concurrency") + 0
    if (most[driver] > 1) several = 1
    for (i = 1; i <= else_n; i++) {
        if (met_any && field(else_name[i]) != else_value[i]) differs[i] = 1
        else_value[i] = field(else_name[i])
    }
    met_any = 1
    next
}

{ total++ }

field("quality") == "INVALID" {
    left_out++
    words = words (words == "" ? "" : ", ") field("driver") " " field("arrivals") " " field("concurrency") \
            " (backlog " field("backlog") ")"
    if (!invalid_of[field("driver")]++) invalid_driver[++invalid_n] = field("driver")
    if (invalid != "keep") next
}

long == "" && number(field(take_name[2])) == "NaN" { next }

timed && several && most[field("driver")] == 1 {
    # Of several cases the one with the most requests.
    driver = field("driver")
    seconds = number(field("per_request_s"))
    if (seconds != "NaN" && seconds + 0 > 0 && field("requests") + 0 >= alone_n[driver]) {
        alone_n[driver] = field("requests") + 0
        alone_s[driver] = seconds
    }
    next
}

{
    if (field("quality") == "NOISY") noisy++
    runs = field("runs") + 0
    if (runs_most == 0 || runs < runs_least) runs_least = runs
    if (runs > runs_most) runs_most = runs
    driver = field("driver")
    if (!(driver in first_met)) first_met[driver] = ++drivers
    key = ""
    for (i = 1; i <= by_n; i++) key = key SUBSEP field(by_name[i])
    if (!(key in group)) {
        group[key] = ++n
        for (i = 1; i <= by_n; i++) by_value[n, i] = field(by_name[i])
    }
    g = group[key]
    row = ""
    for (i = 1; i <= take_n; i++) row = row (i > 1 ? " " : "") number(field(take_name[i]))
    x = number(field(take_name[1])) + 0
    if (long_n) {
        figure = field(long_name[1])
        for (i = 2; i < long_n; i++) figure = figure "." field(long_name[i])
        cell[g, x, figure] = number(field(long_name[long_n]))
        if ((g, x) in met) next
        met[g, x] = 1
    }
    # Rows come sorted, or nearly: insertion is linear then.
    for (r = ++rows[g]; r > 1 && xs[g, r - 1] > x; r--) {
        xs[g, r] = xs[g, r - 1]
        kept[g, r] = kept[g, r - 1]
    }
    xs[g, r] = x
    kept[g, r] = row
}

END {
    if (long_n) fill_cells()
    wanted = 0
    for (g = 1; g <= n; g++) {
        if (!rows[g]) continue
        sorted[++wanted] = g
        for (i = wanted; i > 1 && before(sorted[i], sorted[i - 1]); i--) {
            swap = sorted[i]; sorted[i] = sorted[i - 1]; sorted[i - 1] = swap
        }
    }
    if (problem == "" && total == 0) problem = "nothing to draw: " file " has no row" (lines > 0 ? " with " where : "s")
    if (problem == "" && wanted == 0)
        problem = "nothing to draw: " file " has no figures in " take_name[2] (left_out ? " (" left_out " of " total " rows are INVALID)" : "")
    if (length(words) > 60) {    # there is no room to name every case
        words = ""
        for (i = 1; i <= invalid_n; i++)
            words = words (i > 1 ? ", " : "") invalid_of[invalid_driver[i]] (i > 1 ? "" : " cases") " of " invalid_driver[i]
    }
    if (problem != "" && needed != "no") { printf "why = %s\n@give_up\n", quoted(problem); exit }
    printf "%s_invalid = %s\n", name, quoted(words)

    list = ""
    for (d in alone_s)
        list = list (list == "" ? "" : ", ") sprintf(alone_s[d] > 0.001 ? "%s %.3g requests/s" : "%s %.0f requests/s", d, 1 / alone_s[d])
    printf "%s_alone = %s\n%s_n = %d\n%s_noisy = %d\n", name, quoted(list), name, wanted, name, noisy
    printf "%s_runs_least = %d\n%s_runs_most = %d\n", name, runs_least, name, runs_most
    for (i = 1; i <= by_n; i++) {
        delete seen
        list = values = ""
        for (k = 1; k <= wanted; k++) {
            v = by_value[sorted[k], i]
            values = values (k > 1 ? ", " : "") quoted(v)
            if (!(v in seen)) { seen[v] = 1; list = list (list == "" ? "" : " ") v }
        }
        printf "%s_%s_list = %s\n", name, by_name[i], quoted(list)
        if (wanted) printf "array %s_%s[%d] = [%s]\n", name, by_name[i], wanted, values
    }

    # Groups of the same arrivals and backlog belong into a panel.
    values = ""
    for (k = 1; k <= wanted; k++) {
        v = by_value[sorted[k], 1] SUBSEP by_value[sorted[k], 2]
        if (!(v in panel_of)) panel_of[v] = ++panels
        values = values (k > 1 ? ", " : "") panel_of[v]
    }
    printf "%s_panels = %d\n", name, panels
    if (wanted) printf "array %s_panel[%d] = [%s]\n", name, wanted, values

    lasts_x = lasts_y = counts = ""
    for (k = 1; k <= wanted; k++) {
        g = sorted[k]
        split(kept[g, rows[g]], last, " ")
        lasts_x = lasts_x (k > 1 ? ", " : "") last[1]
        lasts_y = lasts_y (k > 1 ? ", " : "") last[2]
        counts = counts (k > 1 ? ", " : "") rows[g]
        for (r = 1; r <= rows[g]; r++) ticks[xs[g, r]] = 1
        printf "$%s%d << END_OF_BLOCK\n", name, k
        for (r = 1; r <= rows[g]; r++) print kept[g, r]
        print "END_OF_BLOCK"
    }
    if (wanted) {
        printf "array %s_last_x[%d] = [%s]\n", name, wanted, lasts_x
        printf "array %s_last_y[%d] = [%s]\n", name, wanted, lasts_y
        printf "array %s_rows[%d] = [%s]\n", name, wanted, counts
    }
    list = ""
    tick_n = 0
    for (x in ticks) tick_n++
    for (k = 1; k <= tick_n && k <= 64; k++) {
        least = ""
        for (x in ticks) if (least == "" || x + 0 < least + 0) least = x
        delete ticks[least]
        list = list (k > 1 ? " " : "") least
    }
    printf "%s_x_list = %s\n", name, quoted(list)
}

# Does the picture show this column otherwise? The concurrency only on its axis, or by groups.
function is_drawn(title) {
    if (title == "concurrency") return take_name[1] == title || ("," by ",") ~ ("," title ",")
    return ("," by "," take ",") ~ ("," title ",")
}

# A value of the row, safe to be printed to a terminal. A list's first quote would be gnuplot's.
function field(title,    v) {
    v = title in column ? $(column[title]) : title == "else" ? else_words() : ""
    gsub(/[ \t]/, "\302\240", v)
    gsub(/[\001-\037\177]|\302[\200-\237]/, "?", v)
    sub(/^'/, "\342\200\231", v)
    return v
}

# A file of an earlier version lacks the column: its rows are all wanted.
function is_wanted(    i) {
    for (i = 1; i <= where_n; i++)
        if (where_name[i] in column && !index(where_list[i], "|" $(column[where_name[i]]) "|")) return 0
    return 1
}

function quoted(text) {
    gsub(/'/, "''", text)
    return "'" text "'"
}

function else_words(    i, v, words) {
    for (i = 1; i <= else_n; i++) {
        v = $(column[else_name[i]])
        if (else_name[i] == "keep_alive") v = v == 1 ? "kept alive" : ""
        else if (else_name[i] == "rate") v = differs[i] && v > 0 ? v "/s" : ""
        else if (!differs[i]) v = ""
        else if (else_name[i] == "concurrency") v = "C = " v
        else if (v ~ /^[0-9.]+$/) v = else_name[i] " " v
        if (v != "") words = words (words == "" ? "" : ", ") v
    }
    return words
}

function number(v) {
    if (v == "" || tolower(v) ~ /^[-+]?(nan|inf)/) return "NaN"
    if (v ~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/) {
        if (v !~ /[.]/) sub(/[eE]|$/, ".0&", v)    # gnuplot reads 5 as an integer, and does not read 5e-3
        return v
    }
    return tolower(v) == "ok" ? "0.0" : v == "INVALID" ? "2.0" : "1.0"
}

# Put the figures of a long file into the rows of their cases, and drop rows without a y.
function fill_cells(    g, r, i, value, text, left) {
    for (g = 1; g <= n; g++) {
        left = 0
        for (r = 1; r <= rows[g]; r++) {
            split(kept[g, r], value, " ")
            text = ""
            for (i = 1; i <= take_n; i++) {
                if ((g, xs[g, r], take_name[i]) in cell) value[i] = cell[g, xs[g, r], take_name[i]]
                text = text (i > 1 ? " " : "") value[i]
            }
            if (value[2] == "NaN") continue
            xs[g, ++left] = xs[g, r]
            kept[g, left] = text
        }
        rows[g] = left
    }
}

# Does group a come before group b? Column by column, in the order of `by`.
function before(a, b,    i, p, q) {
    for (i = 1; i <= by_n; i++) {
        p = by_value[a, i]
        q = by_value[b, i]
        if (p == q) continue
        if (by_name[i] == "backlog") return p + 0 > q + 0
        if (by_name[i] == "rate" || by_name[i] == "concurrency") return p + 0 < q + 0
        if (by_name[i] == "driver") return place(p) < place(q)
        if (by_name[i] == "arrivals") return index(arrivals, p) < index(arrivals, q)
        return p < q
    }
    return 0
}

function place(d) { return d in rank ? rank[d] : 1000 + first_met[d] }
