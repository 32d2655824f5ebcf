#!/usr/bin/env bash
# The one command: sets up what is missing, builds, and does the job named. See --help.
set -euo pipefail
cd "$(dirname "$0")"

# Debian packages by what they are for; the second word is how we see that one is there.
to_build='gcc:gcc make:make pkg-config:pkg-config libc6-dev:/usr/include/stdio.h
    libev-dev:/usr/include/ev.h libsqlite3-dev:/usr/include/sqlite3.h
    libgmp-dev:/usr/include/*/gmp.h liburing-dev:/usr/include/liburing.h'
# llhttp is a library from Debian 13 on; Debian 12 has its C sources.
if grep -qs bookworm /etc/os-release; then
    to_build+=' node-llhttp:/usr/share/llhttp/llhttp.c'
else
    to_build+=' libllhttp-dev:/usr/include/llhttp.h'
fi
to_run='gnuplot-nox:gnuplot fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
    hyperfine:hyperfine gawk|mawk:awk python3:python3'
# Libraries that drivers show: without one its driver is absent and all others are there.
to_compare='libevent-dev:/usr/include/event2/event.h libuv1-dev:/usr/include/uv.h
    libst-dev:/usr/include/st.h'
# Languages that drivers are written in, likewise, and large: only by './run.sh deps languages'.
to_speak='golang-go:go nodejs:node python3-uvloop:/usr/lib/python3/dist-packages/uvloop'
to_test='libcmocka-dev:/usr/include/cmocka.h bats:bats perl:prove curl:curl
    netcat-openbsd:nc sqlite3:sqlite3 clang-format:clang-format clang-tidy:clang-tidy
    cppcheck:cppcheck shellcheck:shellcheck strace:strace procps:pgrep
    chromium:chromium chromium-driver:chromedriver'

usage() {
    cat <<'TEXT'
usage: ./run.sh [quick | full] [options of waitbench campaign]
       ./run.sh lesson NAME | --list | --all
       ./run.sh limits [options of waitbench limits]
       ./run.sh draw [options of plots/draw.sh] [FOLDER]
       ./run.sh test | lint | deps [languages] | clean

  ./run.sh          reproduce the talk's tables and plots       (about 3 minutes)
  ./run.sh quick    the same with 10 ms of thinking             (about 25 seconds)
  ./run.sh full     every driver                                (about half an hour; -r 1: six minutes)
  ./run.sh lesson   a claim, the evidence, a verdict: NAME, --list or --all (eight minutes)
  ./run.sh limits   how many in flight each driver bears, and on which limit it ends
                    (10 minutes at most)
  ./run.sh draw     the newest campaign's pictures again: --highlight libev,io_uring FOLDER
  ./run.sh test     everything that CI checks
  ./run.sh lint     format, clang-tidy, cppcheck, shellcheck, layers
  ./run.sh deps     install what is missing (Debian packages, as root or through sudo)
  ./run.sh deps languages
                    install Go, Node.js and Python's uvloop too: more drivers, none is needed
  ./run.sh clean    remove what was built; results stay

Further words go to 'waitbench campaign', or to 'waitbench limits', for example:
  ./run.sh quick --driver libev --concurrency 100,200 --seed 7
  ./run.sh limits --driver libev,threadpool --from 256
Results are in results/<campaign>/; results/latest is the newest one.
TEXT
}

is_there() {
    case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Print the packages of a list that are not there.
missing() {
    local entry
    for entry in $1; do
        is_there "${entry##*:}" || echo "${entry%%[:|]*}"
    done
}

# install LIST: install what is missing of it, saying so; nothing to say where all is there.
install() {
    local packages as_root=()
    mapfile -t packages < <(missing "$1")
    ((${#packages[@]})) || return 0
    echo "Installing Debian packages: ${packages[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get here. Install the equivalents of these packages and try again." >&2
        exit 1
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "That needs root: run 'apt-get install ${packages[*]}' as root and try again." >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "Installing failed; the whole of what apt-get said is in $log." >&2
        exit 1
    fi
    rm -f "$log"
}

build() {
    make --no-print-directory -j"$(nproc)" all
}

# One line a file that there is: what to open. name_files FOLDER
name_files() {
    local name says
    while read -r name says; do
        [[ ! -e $1/$name ]] || printf '  %-52s %s\n' "$1/$name" "$says"
    done <<TEXT
report.html all of it on one page, in a browser
talk.png the talk's chart
makespan.png makespan against concurrency
latency.png how long one request waits
waterfall.png every request of one run, a picture of the models
completion.png when the answers were there
runs.png every run behind every median
ledger.png what it cost: CPU, switches, system calls, memory
blame.png where a request's time went
predicted.png what was foretold, against what was measured
limits.png how many in flight each driver bears
tables.md all of these tables, and more of them
TEXT
}

# Whatever happened, what was recorded is drawn and named. record COMMAND [options]
record() {
    local status=0 drawn=0 said folder
    install "$to_build $to_run"
    [[ "$1 ${3-}" != "campaign full" ]] || install "$to_compare"
    build
    said=$(mktemp)
    build/waitbench "$@" | tee -i "$said" || status=$?
    folder=$(sed -n 's/^Recorded in //p' "$said" | tail -n 1)
    rm -f "$said"
    [[ -n $folder ]] || exit "$status" # wrong usage, or nothing recorded
    echo
    plots/draw.sh "$folder" || drawn=$?
    echo
    if [[ $1 == campaign ]]; then
        plots/draw.sh --terminal "$folder" || true
        echo
    fi
    build/waitbench report "$(basename "$folder")" --results "$(dirname "$folder")" >/dev/null || drawn=$?
    echo "Open"
    name_files "$folder"
    echo "  ${folder%/*}/index.html lists all campaigns, and compares any two."
    echo "The figures are in $folder/*.csv and ${folder%/*}/waitbench.db;" \
        "build/waitbench --help says more."
    ((status)) || status=$drawn
    exit "$status"
}

# Carry out lessons; each that was recorded gets its picture and its page. lesson NAME|OPTIONS
lesson() {
    local status=0 said folder
    install "$to_build $to_run"
    build
    said=$(mktemp)
    build/waitbench lesson "$@" | tee -i "$said" || status=$?
    while read -r folder; do
        plots/draw.sh "$folder" || status=1
        build/waitbench report "$(basename "$folder")" --results "$(dirname "$folder")" || status=1
    done < <(sed -n 's/^Recorded in //p' "$said")
    rm -f "$said"
    exit "$status"
}

# The pictures of a folder, or of the newest campaign. draw_again [options of draw.sh] [FOLDER]
draw_again() {
    local word before='' folder='' status=0
    for word; do
        [[ $word == -* || $before == --highlight ]] || folder=$word
        before=$word
    done
    [[ -n $folder || $before == --highlight ]] || set -- "$@" results/latest
    install "$to_run"
    plots/draw.sh "$@" || status=$?
    ((status != 2)) || exit 2 # wrong usage
    # The pictures are in the page, too.
    folder=$(realpath "${folder:-results/latest}" 2>/dev/null) || exit "$status"
    if [[ " $* " != *" --terminal "* && -x build/waitbench && -e $folder/report.html ]]; then
        build/waitbench report "$(basename "$folder")" --results "$(dirname "$folder")" || status=1
    fi
    exit "$status"
}

run_tests() {
    install "$to_build $to_run $to_compare $to_test"
    make --no-print-directory -j"$(nproc)" WERROR=1 all baselines units
    make --no-print-directory -j"$(nproc)" WERROR=1 lint
    make --no-print-directory -j"$(nproc)" WERROR=1 check
}

case ${1-} in
-h | --help | help) usage ;;
deps)
    case ${2-} in
    '') install "$to_build $to_run $to_compare $to_test" ;;
    languages) install "$to_build $to_run $to_compare $to_test $to_speak" ;;
    *)
        echo "run.sh: deps takes the word 'languages' or none, not '$2'" >&2
        exit 2
        ;;
    esac
    echo "Everything is there."
    ;;
clean) make --no-print-directory clean ;;
lint)
    install "$to_build $to_test"
    make --no-print-directory -j"$(nproc)" lint
    ;;
test) run_tests ;;
lesson)
    shift
    lesson "$@"
    ;;
draw)
    shift
    draw_again "$@"
    ;;
quick | full) record campaign --preset "$@" ;;
limits) record "$@" ;;
'' | -*) record campaign --preset talk "$@" ;;
*)
    echo "run.sh: there is no '$1'" >&2
    usage >&2
    exit 2
    ;;
esac
