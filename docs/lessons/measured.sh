#!/usr/bin/env bash
# Fill in what was measured: the table between "<!-- measured: NAME -->" and "<!-- end -->" of each
# lesson's page, from the newest campaign of that lesson as it stands (not with --with). A page whose
# lesson has no such campaign stays as it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
results=$here/../../results
pages=$here

usage() {
    cat <<'TEXT'
usage: docs/lessons/measured.sh [--results DIR] [--pages DIR] [NAME...]

Write the measured results of lessons (all, or those named) into their pages.
  --results DIR   where campaigns are recorded (results)
  --pages DIR     where the pages are (docs/lessons)
TEXT
}

fail() {
    echo "measured.sh: $*" >&2
    exit "${status:-1}"
}

names=()
while (($#)); do
    case $1 in
    --results | --pages)
        (($# > 1)) || status=2 fail "$1 needs a folder"
        if [[ $1 == --results ]]; then results=$2; else pages=$2; fi
        shift
        ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done
[[ -d $results ]] || fail "there is no folder $results: run 'build/waitbench lesson --all', or name it with --results"
[[ -d $pages ]] || fail "there is no folder $pages"

# The newest finished campaign of a lesson with its own settings, or nothing. newest NAME
newest() {
    local folder found='' command ids=("$results"/*-lesson-"$1") # in order of their dates
    local as_it_stands="^waitbench lesson $1( --results ('[^']*'|[^ ']+))?\$" # where it is kept changes nothing
    for folder in "${ids[@]}"; do
        [[ -s $folder/evidence.csv && -s $folder/lesson.txt && -s $folder/environment.txt ]] || continue
        # The third line is the command: another one ran with other settings.
        command=$(sed -n '3s/ *`//g;3p' "$folder/tables.md" 2>/dev/null)
        [[ $command =~ $as_it_stands ]] || continue
        found=$folder
    done
    echo "$found"
}

# evidence.csv as a Markdown table. Figures are written as waitbench writes them.
table() {
    awk '
    function fields(line, to,    n, c, i, quoted) {
        n = 1; to[1] = ""
        for (i = 1; i <= length(line); i++) {
            c = substr(line, i, 1)
            if (c == "\"") quoted = !quoted
            else if (c == "," && !quoted) to[++n] = ""
            else to[n] = to[n] c
        }
        return n
    }
    function time(v,    size, scale, name, number) {
        size = v < 0 ? -v : v
        if (size >= 0.9995) { scale = 1; name = "s" }
        else if (size >= 0.9995e-3) { scale = 1e-3; name = "ms" }
        else if (size >= 0.9995e-6) { scale = 1e-6; name = "us" }
        else { scale = 1e-9; name = "ns" }
        number = v / scale; size /= scale
        return sprintf(scale == 1e-9 || size >= 99.95 ? "%.0f %s" : size >= 9.995 ? "%.1f %s" : "%.2f %s", number, name)
    }
    function bytes(v,    n) {
        split("B KiB MiB GiB TiB", size_name, " ")
        for (n = 1; v >= 1023.95 && n < 5; n++) v /= 1024
        return sprintf(n > 1 ? "%.1f %s" : "%.0f %s", v, size_name[n])
    }
    function figure(v, unit) {
        if (v == "") return "no figure"
        v += 0
        return unit == "s" ? time(v) : unit == "bytes" ? bytes(v) : sprintf(v >= 999.5 ? "%.0f" : "%.3g", v) (unit == "" ? "" : " " unit)
    }
    function interval(low, high, coverage, unit) {
        if (coverage + 0 == 0) return "–"
        if (unit != "s" && unit != "bytes") unit = ""
        return sprintf("%s[%s, %s] (%.1f%%)", coverage < 0.95 ? "range " : "", figure(low, unit), figure(high, unit), 100 * coverage)
    }
    { sub(/\r$/, "") }
    NR == 1 {
        if ($0 !~ /^words,unit,value,low,high,coverage,runs,relation,bound,finding$/) { print "wrong columns" > "/dev/stderr"; exit 1 }
        print "| evidence | measured | interval (coverage) | threshold | finding |"
        print "|---|--:|---|---|---|"
        next
    }
    fields($0, f) == 10 {
        gsub(/\|/, "\\|", f[1])
        print "| " f[1] " | " figure(f[3], f[2]) " | " interval(f[4], f[5], f[6], f[2]) " | " \
            (f[9] == "" ? "–" : f[8] " " figure(f[9], f[2] == "times" ? "" : f[2])) " | " (f[10] == "" ? "–" : f[10]) " |"
    }' "$1"
}

# The table of who accepted which connection, where a lesson has it. accepted TABLES
accepted() {
    awk '/^\| worker that accepted/ { inside = 1 } !/^\|/ { if (inside) print ""; inside = 0 } inside' "$1"
}

# What goes between the markers. section FOLDER
section() {
    local id date
    id=$(basename "$1")
    date=${id:0:4}-${id:4:2}-${id:6:2}
    table "$1/evidence.csv" || return
    echo
    accepted "$1/tables.md"
    sed -n '2s/$/./p' "$1/lesson.txt"
    echo "Campaign \`$id\` of $date: $(sed -n '1s/, campaign .*//p' "$1/environment.txt")."
}

# Replace a page's section. fill PAGE NAME FOLDER
fill() {
    local page=$1 new text
    text=$(section "$3") || { echo "measured.sh: cannot read $3/evidence.csv" >&2; return 1; }
    new=$(mktemp "$page.XXXXXX")
    if TEXT=$text awk -v start="<!-- measured: $2 -->" '
        $0 == start { print; print ENVIRON["TEXT"]; inside = 1; next }
        $0 == "<!-- end -->" { inside = 0 }
        !inside { print }
        END { exit inside }' "$page" >"$new"; then
        cat "$new" >"$page" # keeps the mode of the page
        rm -f "$new"
        echo "${page##*/}: ${3##*/}"
    else
        rm -f "$new"
        echo "measured.sh: $page: the section '$2' has no '<!-- end -->'" >&2
        return 1
    fi
}

failed=0
done_names=' '
for page in "$pages"/[0-9]*.md; do
    [[ -e $page ]] || fail "there are no pages in $pages"
    name=$(sed -n 's/^<!-- measured: \(.*\) -->$/\1/p' "$page")
    if [[ -z $name || $name == *$'\n'* ]]; then
        echo "measured.sh: $page: needs exactly one line '<!-- measured: NAME -->'" >&2
        failed=1
        continue
    fi
    [[ ${#names[@]} == 0 || " ${names[*]} " == *" $name "* ]] || continue
    done_names+="$name "
    folder=$(newest "$name")
    if [[ -z $folder ]]; then
        echo "measured.sh: no finished campaign of lesson $name in $results: 'build/waitbench lesson $name'" >&2
        failed=1
    else
        fill "$page" "$name" "$folder" || failed=1
    fi
done
for name in "${names[@]}"; do
    [[ $done_names == *" $name "* ]] || { echo "measured.sh: no page is about a lesson '$name'" >&2 && failed=1; }
done
exit "$failed"
