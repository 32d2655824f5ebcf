#!/usr/bin/env bash
# draw.sh: draws the pictures of one results folder. `waitbench draw` calls it, and renews the report.
#
#   plots/draw.sh [OPTION...] RESULTS_DIR   every picture as SVG and PNG, into RESULTS_DIR, and for the report as
#                                           compressed SVG, also with the other kind of axis
#
#   --highlight A,B   the drivers A and B in colour, the others grey and behind; without it all are
#                     in colour again. The pictures are drawn in place of those that are there
#   --terminal        only the talk's chart, in letters, to stdout: of the drivers highlighted, or
#                     of as many as there is room for
#   --quiet           name the pictures that are not drawn alone, on stderr
#
# A picture whose figures are missing is skipped, with the reason.
# Exit: 0 fine, 1 gnuplot is missing or a picture failed, 2 wrong usage, such as a driver that is not in
# the folder, 4 every picture was skipped.
set -euo pipefail
export LC_ALL=C.UTF-8 # figures have a point and not a comma

usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

fail() { # STATUS MESSAGE
    echo "$2" >&2
    exit "$1"
}

# awk on CSVs, in whose fields there are no commas.
csv() { # PROGRAM FILE...
    awk -f "$plots/csv.awk" -f <(printf '%s\n' "$1") "${@:2}"
}

# The drivers of a folder, each on a line, as blocks.awk writes them: without the null driver, a comma or
# a blank within a name as a no-break space.
drivers_in() { # FOLDER
    # shellcheck disable=SC2016 # of awk, not of the shell
    csv '
        FNR == 1 { c = 0; for (i = 1; i <= NF; i++) if ($i == "driver") c = i; next }
        !c { next }
        { name = $c; gsub(/[ \t]/, "\302\240", name); gsub(/[\001-\037\177]/, "?", name) }
        name != "" && name != "null" && !seen[name]++ { print name }
    ' "$1"/{cases,runs,latency,waterfall}.csv 2>/dev/null || true
}

terminal=no
quiet=no
highlight=
while [[ ${1:-} == -* ]]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --terminal) terminal=yes ;;
    --quiet) quiet=yes ;;
    --highlight=*) highlight=${1#*=} ;;
    --highlight)
        (($# > 1)) || fail 2 "--highlight takes the names of drivers, such as libev,io_uring"
        highlight=$2
        shift
        ;;
    --)
        shift
        break
        ;;
    *) fail 2 "there is no option '$1'; --help lists them" ;;
    esac
    shift
done
if [[ $# -eq 0 ]]; then
    usage >&2
    exit 2
fi
[[ $# -eq 1 ]] || fail 2 "one folder at a time: '$2' is too much"
shown=${1%/}
[[ -d $1 ]] || fail 2 "$1 is not a folder: name one that a campaign wrote, such as results/latest"
plots=$(cd -P -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)
remedy='./run.sh deps installs it'
[[ -e $plots/../run.sh ]] || remedy="'apt install gnuplot-nox' installs it on Debian"
command -v gnuplot >/dev/null || fail 1 "gnuplot is missing: $remedy"
results=$(realpath -- "$1")
highlight=${highlight//, /,}
highlight=${highlight// /$'\302\240'}
if [[ -n $highlight ]]; then
    there=$(drivers_in "$results")
    IFS=, read -ra named <<<"$highlight"
    for name in "${named[@]}"; do
        grep -qxF -- "$name" <<<"$there" || fail 2 "there is no driver '$name' in $shown; there are: ${there//$'\n'/, }"
    done
fi

# How many server models closed arrivals have, and whether there are such arrivals, and open ones.
read -r models closed open <<<"$(awk -f "$plots/csv.awk" -f "$plots/arrivals.awk" "$results/cases.csv" 2>/dev/null)" || true
of_closed=(talk makespan latency waterfall completion runs)
# Drivers by server models are too many lines for the other pictures.
[[ -e $results/evidence.csv || ${models:-0} -lt 2 ]] || of_closed=(matrix)
pictures=()
[[ ${closed:-1} == 0 && $open == 1 ]] || pictures+=("${of_closed[@]}")
[[ ${open:-0} == 0 ]] || pictures+=(rates windows)
[[ ${pictures[*]} == matrix ]] || pictures+=(usage breakdown)
[[ ${pictures[*]} != *talk* ]] || pictures+=(predicted)
# The steps of `waitbench limits` and `waitbench capacity` are other questions, with pictures of their own.
[[ ! -e $results/limits.csv ]] || pictures=(limits)
# Whether any step was divided among processes.
# shellcheck disable=SC2016 # of awk, not of the shell
divided=$(csv '
    FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "parts") c = i; next }
    c && $c + 0 > 1 { print "yes"; exit }' "$results/cases.csv" 2>/dev/null || true)
[[ ${pictures[*]} != limits || -z $divided ]] || pictures=(steps limits)
[[ ! -e $results/capacity.csv ]] || pictures=(capacity)
# A lesson names that of its evidence and some of the others; any other name is ignored.
if [[ -e $results/evidence.csv ]]; then
    known=" lesson ${pictures[*]} "
    pictures=()
    read -ra named <<<"$(sed -n 's/^Pictures: //p' "$results/lesson.txt" 2>/dev/null)"
    for name in "${named[@]}"; do
        [[ $known != *" $name "* ]] || pictures+=("$name")
    done
    [[ ${#pictures[@]} -gt 0 ]] || pictures=(lesson)
fi

# gnuplot works in a scratch folder, where it finds the scripts and the figures by short names: a path
# with blanks, quotes or back-quotes in it would not survive its strings. What it has drawn there is put
# beside the old picture and then renamed: half a picture must not pass for a whole one.
[[ $terminal == yes || -w $results ]] || fail 1 "$shown: cannot write pictures here"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/waitbench-draw.XXXXXX") || exit 1 # mktemp has said why
# shellcheck disable=SC2317,SC2046 # called by the trap; several numbers
finish() {
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$scratch" "$results"/.{svg,png,svgz}."$$"
}
trap finish EXIT
trap 'exit 130' HUP INT TERM
ln -s "$plots" "$scratch/plots"
ln -s "$results" "$scratch/results"
cd -P -- "$scratch"

# Why gnuplot drew nothing: the last line of what it said. Status 4 is our own, see give_up in style.gp.
reason() { # PICTURE STATUS LOG...
    local verb=failed said
    [[ $2 != 4 ]] || verb=skipped
    said=$(cat "${@:3}" 2>/dev/null | grep -v '^[[:space:]]*^\{0,1\}$' | tail -n 1 || true)
    echo "$verb $1: ${said:-gnuplot did not say why; is there room in ${TMPDIR:-/tmp}?}"
}

if [[ $terminal == yes ]]; then
    width=${COLUMNS:-$(tput cols 2>/dev/null || echo 96)}
    if [[ ! $width =~ ^[0-9]{1,4}$ ]] || ((10#$width < 80)); then width=80; fi
    status=0
    chart=$(gnuplot -d -c plots/picture.gp talk results dumb "" "$highlight" "$width" 2>log) || status=$?
    [[ $status -eq 0 ]] || fail 1 "$(reason talk "$status" log)"
    printf '%s\n' "$chart" | sed -e 's/[[:space:]]*$//' -e '/./,$!d'
    exit 0
fi

start() { # FILE
    gnuplot -d -c plots/picture.gp "${1%.*}" results "${1##*.}" "$1" "$highlight" 2>"$1.log" &
}

# What is drawn of a picture, each NAME.FORMAT; for a page also that with the other kind of axis.
drawn_of() { # PICTURE
    echo "$1.svg $1.png"
    [[ ! -e plots/$1-other-axis.gp ]] || echo "$1-other-axis.svg"
}

# What is kept: of an SVG also what a page takes for its script, a tenth as large.
kept_of() { # PICTURE
    echo "$1.svg $1.png $1.svgz"
    [[ ! -e plots/$1-other-axis.gp ]] || echo "$1-other-axis.svgz"
}

ends_with() { # FILE ENDING
    tail -c 12 "$1" 2>/dev/null | grep -aqF "$2"
}

# With 256 colours a PNG is a third as large, and looks the same. Where that cannot be done it stays as it is.
shrink() { # PNG
    command -v pngquant >/dev/null || return 0
    if pngquant --strip --skip-if-larger --output "$1.small" -- "$1" &>/dev/null && ends_with "$1.small" IEND; then
        mv -f -- "$1.small" "$1"
    fi
}

# Put what was drawn in the place of the old picture, which stays if that fails.
keep() { # FILE
    local drawn=$1 beside="results/.${1##*.}.$$" ending='</svg>'
    [[ $drawn != *.png ]] || ending=IEND
    if [[ $drawn == *.svgz ]]; then
        gzip -9nc "${drawn%z}" >"$drawn" 2>>"$drawn.log" || return 1
    elif ! ends_with "$drawn" "$ending"; then
        echo "gnuplot has drawn half of it; is there room in ${TMPDIR:-/tmp}?" 2>/dev/null >>"$drawn.log" || true
        return 1
    fi
    [[ $drawn != *.png ]] || shrink "$drawn"
    cp --remove-destination -- "$drawn" "$beside" 2>>"$drawn.log" && mv -f -- "$beside" "results/$drawn" 2>>"$drawn.log"
}

# Where no server delays, some pictures have nothing to show. Whether somebody's does is not known.
# shellcheck disable=SC2016 # of awk, not of the shell
idle=$(csv '
    FNR == 1 { for (i = 1; i <= NF; i++) { if ($i == "delay_s") c = i; if ($i == "url") u = i }; next }
    { if (!c || $c + 0 > 0 || (u && $u != "")) delays = 1 }
    END { if (NR > 1 && !delays) print ": no server delays in this campaign" }' results/cases.csv 2>/dev/null || true)

# The files of a picture at once: processes for all cores. One that has no figures any more
# is removed; one that cannot be drawn stays.
exit_status=4
for picture in "${pictures[@]}"; do
    read -rd '' -a files < <(drawn_of "$picture") || true
    drawing=()
    for file in "${files[@]}"; do
        start "$file"
        drawing+=($!)
    done
    status=0
    for process in "${drawing[@]}"; do wait "$process" || status=$?; done
    read -rd '' -a kept < <(kept_of "$picture") || true
    for file in "${kept[@]}"; do
        if [[ $status -eq 0 ]]; then
            keep "$file" || status=1
        elif [[ $status -eq 4 ]]; then
            rm -f "results/$file"
        fi
    done
    if [[ $status -eq 0 ]]; then
        ((exit_status != 4)) || exit_status=0
        [[ $quiet == yes ]] || echo "drew $picture: $shown/$picture.svg, $shown/$picture.png"
        continue
    fi
    why=$(reason "$picture" "$status" "${files[@]/%/.log}")
    if [[ $status -ne 4 ]]; then
        exit_status=1
    elif [[ " rates windows capacity " != *" $picture "* ]]; then # with open arrivals that is no reason
        why+=$idle
    fi
    if [[ $quiet == yes ]]; then echo "$why" >&2; else echo "$why"; fi
done
exit "$exit_status"
