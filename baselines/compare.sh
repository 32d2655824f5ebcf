#!/bin/bash
# Drivers against their yardsticks: what the harness, its samples and its exchange cost on top of a
# bare loop and a bare pool of threads. Every round runs each client once, in a seeded shuffled
# order, against one randintd (100 ms of thinking, backlog 4096; a second one for kept-alive
# connections), so that whatever else the machine does meets all alike. A ratio is one of medians;
# its 95% interval is a bootstrap over rounds.
#
# usage: baselines/compare.sh [-r ROUNDS] [-c CONCURRENCY] [-n REQUESTS] [-s SEED]
#        (15 rounds of 1024 of 1024, about 20 s in all; `make baselines` builds what it needs)
# BUILD names the folder of the binaries, build unless set. Everything stays on 127.0.0.1.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
rounds=15 concurrency=1024 requests='' seed=1

die() {
    echo "compare: $*" >&2
    exit 1
}

usage() {
    echo "usage: baselines/compare.sh [-r ROUNDS] [-c CONCURRENCY] [-n REQUESTS] [-s SEED]" >&2
    exit 2
}

number() { # NAME VALUE HIGHEST
    if ! [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || (($2 > $3)); then
        echo "compare: $1 '$2' is not a whole number from 1 to $3" >&2
        exit 2
    fi
}

while getopts r:c:n:s:h option; do
    case $option in
    r) rounds=$OPTARG ;;
    c) concurrency=$OPTARG ;;
    n) requests=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) usage ;;
    esac
done
((OPTIND > $#)) || usage
requests=${requests:-$concurrency}
number ROUNDS "$rounds" 1000
number CONCURRENCY "$concurrency" 16384
number REQUESTS "$requests" 100000
number SEED "$seed" 32767
run_limit=$((30 + requests / concurrency)) # seconds: ten times the thinking, and patience
((rounds * (requests / concurrency + 1) <= 6000)) ||
    die "that would take an hour or more: fewer rounds or requests, or more concurrency"

command -v sqlite3 >/dev/null || die "sqlite3 is missing: apt install sqlite3"
for program in waitbench randintd baselines/bare_libev baselines/bare_threads; do
    [[ -x $build/$program ]] || die "$build/$program is missing: run 'make all baselines'"
done

dir=$(mktemp -d)
pids=()
cleanup() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

start_randintd() { # OUTPUT [OPTION]: sets `port`
    : >"$1"
    "$build/randintd" --host 127.0.0.1 --port 0 --think 100ms --backlog 4096 "${@:2}" \
        >"$1" 2>&1 &
    pids+=("$!")
    for _ in {1..50}; do
        if grep -q ready "$1"; then
            port=$(sed -n 's/^listening on .*://p' "$1")
            return
        fi
        sleep 0.1
    done
    die "randintd does not start: $(tail -n 1 "$1")"
}

# One run: its makespan in seconds. A run with a failed request is none, and ends everything.
bare() { # PROGRAM ARGUMENT...
    timeout "$run_limit" "$build/baselines/$1" 127.0.0.1 "${@:2}" >"$dir/ns" 2>"$dir/err" ||
        die "$1 failed: $(tail -n 1 "$dir/err")"
    awk '{ printf "%.9f\n", $1 / 1e9 }' "$dir/ns"
}

driver() { # NAME PORT [OPTION]
    timeout "$run_limit" "$build/waitbench" run --json --driver "$1" --server "127.0.0.1:$2" \
        --requests "$requests" --concurrency "$concurrency" --seed "$round" "${@:3}" \
        >"$dir/json" 2>"$dir/err" || die "waitbench run --driver $1 failed: $(cat "$dir/err")"
    if grep -q '"verdict": "NOISY"' "$dir/json"; then
        echo "$1" >>"$dir/noisy"
    fi
    sqlite3 :memory: "SELECT printf('%.9f', json_extract(readfile('$dir/json'), '\$.makespan_s'))"
}

measure() { # CLIENT
    case $1 in
    bare_libev) bare bare_libev "$port_close" "$requests" "$concurrency" ;;
    bare_libev_kept) bare bare_libev "$port_keep" "$requests" "$concurrency" keep-alive ;;
    bare_threads) bare bare_threads "$port_close" "$requests" "$concurrency" ;;
    libev) driver libev "$port_close" ;;
    libev_kept) driver libev "$port_keep" --keep-alive ;;
    threadpool) driver threadpool "$port_close" ;;
    esac
}

shuffle() { # in place: `clients`
    local i j swap
    for ((i = ${#clients[@]} - 1; i > 0; i--)); do
        j=$((RANDOM % (i + 1)))
        swap=${clients[i]} clients[i]=${clients[j]} clients[j]=$swap
    done
}

# Lines of "CLIENT ROUND SECONDS" in, the table out. A resample is a count for each round; with the
# values sorted once, its median is a walk over the counts.
tabulate() {
    sort -k1,1 -k3,3g "$1" | awk -v seed="$seed" -v rounds="$rounds" '
        function value_at(client, rank,    i) { # the rank-th of the resample
            for (i = 1; i <= rounds; i++)
                if ((rank -= count[of_round[client, i]]) <= 0)
                    return value[client, i]
        }
        function median(client,    low, high) {
            low = value_at(client, int((rounds + 1) / 2))
            high = value_at(client, int(rounds / 2) + 1)
            return (low + high) / 2
        }
        function each_round_once(    i) {
            for (i = 1; i <= rounds; i++)
                count[i] = 1
        }
        function resample(    i) {
            for (i = 1; i <= rounds; i++)
                count[i] = 0
            for (i = 1; i <= rounds; i++)
                count[1 + int(rand() * rounds)]++
        }
        function sort_ratios(n,    i, j, held) {
            for (i = 2; i <= n; i++) {
                held = ratio[i]
                for (j = i - 1; j > 0 && ratio[j] > held; j--)
                    ratio[j + 1] = ratio[j]
                ratio[j + 1] = held
            }
        }
        function show(client) {
            printf "  %-26s %8.2f ms %8.2f ms\n", label[client], 1e3 * median(client),
                1e3 * value[client, 1]
        }
        function compare(a, b,    i, n, point) {
            point = median(a) / median(b)
            n = 1000
            for (i = 1; i <= n; i++) {
                resample()
                ratio[i] = median(a) / median(b)
            }
            each_round_once()
            sort_ratios(n)
            printf "  %-52s %6.3f  [%.3f %.3f]\n", label[a] " / " label[b], point,
                ratio[int(n * 0.025)], ratio[int(n * 0.975)]
        }
        { value[$1, ++seen[$1]] = $3; of_round[$1, seen[$1]] = $2 }
        END {
            srand(seed)
            each_round_once()
            label["bare_libev"] = "bare libev"
            label["bare_libev_kept"] = "bare libev, kept alive"
            label["bare_threads"] = "bare threads"
            label["libev"] = "libev driver"
            label["libev_kept"] = "libev driver, kept alive"
            label["threadpool"] = "threadpool driver"
            printf "  %-26s %11s %11s\n", "makespan", "median", "min"
            show("bare_libev"); show("libev")
            show("bare_libev_kept"); show("libev_kept")
            show("bare_threads"); show("threadpool")
            printf "\n  %-52s %6s  %s\n", "ratio of medians", "", "95% interval"
            compare("libev", "bare_libev")
            compare("libev_kept", "bare_libev_kept")
            compare("threadpool", "bare_threads")
            compare("threadpool", "libev")
        }'
}

start_randintd "$dir/close.out"
port_close=$port
start_randintd "$dir/keep.out" --keep-alive
port_keep=$port

RANDOM=$seed
clients=(bare_libev libev bare_libev_kept libev_kept bare_threads threadpool)
for ((round = 1; round <= rounds; round++)); do
    shuffle
    for client in "${clients[@]}"; do
        # Assigned first: `set -e` does not see a substitution fail inside an argument.
        seconds=$(measure "$client")
        echo "$client $round $seconds" >>"$dir/rounds"
    done
done

printf '%s requests, %s at a time, 100 ms of thinking, %s rounds, seed %s\n\n' \
    "$requests" "$concurrency" "$rounds" "$seed"
tabulate "$dir/rounds"
if [[ -s $dir/noisy ]]; then
    printf '\nNOISY by waitbench'\''s own gates: %s of %s driver runs\n' \
        "$(wc -l <"$dir/noisy")" $((3 * rounds))
fi
