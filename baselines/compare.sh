#!/bin/bash
# Drivers against their yardsticks: what the harness, its samples and its exchange cost on top of a
# bare program that makes the same calls. Every round takes the drivers in a seeded shuffled order
# and runs each right before or after its yardstick, against one randintd (100 ms of thinking,
# backlog 4096), so that whatever else the machine does meets both alike. A ratio is one of medians;
# its 95% interval is a bootstrap over rounds.
#
# usage: baselines/compare.sh [-d DRIVERS] [-k] [-r ROUNDS] [-c CONCURRENCY] [-n REQUESTS] [-s SEED]
#   -d  which, such as epoll,poll: all that have a yardstick and are in this build
#   -k  connections kept alive, instead of one per request
#   -r, -c, -n  15 rounds of 1024 of 1024: about 10 s for each driver
# `make all baselines` builds what it needs. A driver that cannot have as many in flight gets as many
# as it can. BUILD names the folder of the binaries, build unless set. Everything stays on 127.0.0.1.
# What one switch between coroutines costs is measured apart: baselines/switch_cost.c.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
rounds=15 concurrency=1024 requests='' seed=1 chosen='' keep=()

die() {
    echo "compare: $*" >&2
    exit 1
}

usage() {
    echo "usage: baselines/compare.sh [-d DRIVERS] [-k] [-r ROUNDS] [-c CONCURRENCY]" \
        "[-n REQUESTS] [-s SEED]" >&2
    exit 2
}

number() { # NAME VALUE HIGHEST
    if ! [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || (($2 > $3)); then
        echo "compare: $1 '$2' is not a whole number from 1 to $3" >&2
        exit 2
    fi
}

# The bare program of a driver, and its first argument where it is one for several.
known=(threadpool select poll epoll epoll-et libev libevent libuv)
yardstick() { # DRIVER
    case $1 in
    threadpool) echo bare_threads ;;
    select | poll | epoll | epoll-et) echo "bare_readiness $1" ;;
    libev | libevent | libuv) echo "bare_$1" ;;
    *) return 1 ;;
    esac
}

# Why a driver cannot be compared here, or nothing.
obstacle() { # DRIVER
    local program
    program=$(yardstick "$1") || { echo "it has no yardstick: one of ${known[*]}" && return; }
    program=${program%% *}
    if ! awk -v name="$1" '$1 == name && $2 == "yes" { found = 1 } END { exit !found }' \
        "$dir/list"; then
        echo "it is not in this build, or cannot run here: see 'waitbench list'"
    elif ((${#keep[@]})) && [[ $1 == threadpool ]]; then
        echo "its yardstick makes a connection per request"
    elif [[ ! -x $build/baselines/$program ]]; then
        echo "$build/baselines/$program is missing: run 'make all baselines'"
    fi
}

in_flight() { # DRIVER: as many as asked for, or as it can have
    local most
    most=$(sed -nE "s/^$1 .* C up to ([0-9]+).*/\1/p" "$dir/list")
    echo $((${most:-concurrency} < concurrency ? most : concurrency))
}

while getopts d:kr:c:n:s:h option; do
    case $option in
    d) chosen=$OPTARG ;;
    k) keep=(--keep-alive) ;;
    r) rounds=$OPTARG ;;
    c) concurrency=$OPTARG ;;
    n) requests=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) usage ;;
    esac
done
((OPTIND > $#)) || usage
number ROUNDS "$rounds" 1000
number CONCURRENCY "$concurrency" 16384
number REQUESTS "${requests:-1}" 100000
number SEED "$seed" 32767
run_limit=$((30 + ${requests:-1} / concurrency)) # seconds: ten times the thinking, and patience
((rounds * (${requests:-1} / concurrency + 1) <= 6000)) ||
    die "that would take an hour or more: fewer rounds or requests, or more concurrency"

command -v sqlite3 >/dev/null || die "sqlite3 is missing: apt install sqlite3"
for program in waitbench randintd; do
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
run_bare() { # DRIVER C REQUESTS
    local command
    read -ra command <<<"$(yardstick "$1")"
    timeout "$run_limit" "$build/baselines/${command[0]}" "${command[@]:1}" 127.0.0.1 "$port" \
        "$3" "$2" "${keep[@]#--}" >"$dir/ns" 2>"$dir/err" ||
        die "${command[*]} failed: $(tail -n 1 "$dir/err")"
    awk '{ printf "%.9f\n", $1 / 1e9 }' "$dir/ns"
}

run_driver() { # DRIVER C REQUESTS
    timeout "$run_limit" "$build/waitbench" run --json --driver "$1" --server "127.0.0.1:$port" \
        --requests "$3" --concurrency "$2" --seed "$round" "${keep[@]}" \
        >"$dir/json" 2>"$dir/err" || die "waitbench run --driver $1 failed: $(cat "$dir/err")"
    if grep -q '"verdict": "NOISY"' "$dir/json"; then
        echo "$1" >>"$dir/noisy"
    fi
    sqlite3 :memory: "SELECT printf('%.9f', json_extract(readfile('$dir/json'), '\$.makespan_s'))"
}

shuffle() { # in place: `turns`
    local i j swap
    for ((i = ${#turns[@]} - 1; i > 0; i--)); do
        j=$((RANDOM % (i + 1)))
        swap=${turns[i]} turns[i]=${turns[j]} turns[j]=$swap
    done
}

take_turn() { # DRIVER: it and its yardstick, one right after the other
    local order=(driver bare) who c seconds
    ((RANDOM % 2)) || order=(bare driver)
    c=$(in_flight "$1")
    for who in "${order[@]}"; do
        # Assigned first: `set -e` does not see a substitution fail inside an argument.
        seconds=$("run_$who" "$1" "$c" "${requests:-$c}")
        echo "$who:$1 $round $seconds $c" >>"$dir/rounds"
    done
}

# Lines of "CLIENT ROUND SECONDS C" in, the table out. A resample is a count for each round; with the
# values sorted once, its median is a walk over the counts.
tabulate() {
    sort -k1,1 -k3,3g "$1" | awk -v seed="$seed" -v rounds="$rounds" \
        -v concurrency="$concurrency" -v drivers="${drivers[*]}" '
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
        function label(client,    name) {
            name = client
            sub(/.*:/, "", name)
            name = client ~ /^bare:/ ? "bare " name : name " driver"
            return in_flight[client] == concurrency ? name : name " (" in_flight[client] ")"
        }
        function show(client) {
            printf "  %-26s %8.2f ms %8.2f ms\n", label(client), 1e3 * median(client),
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
            printf "  %-52s %6.3f  [%.3f %.3f]\n", label(a) " / " label(b), point,
                ratio[int(n * 0.025)], ratio[int(n * 0.975)]
        }
        { value[$1, ++seen[$1]] = $3; of_round[$1, seen[$1]] = $2; in_flight[$1] = $4 }
        END {
            srand(seed)
            each_round_once()
            count_drivers = split(drivers, driver, " ")
            printf "  %-26s %11s %11s\n", "makespan", "median", "min"
            for (d = 1; d <= count_drivers; d++) {
                show("bare:" driver[d])
                show("driver:" driver[d])
            }
            printf "\n  %-52s %6s  %s\n", "ratio of medians", "", "95% interval"
            for (d = 1; d <= count_drivers; d++)
                compare("driver:" driver[d], "bare:" driver[d])
        }'
}

"$build/waitbench" list >"$dir/list"
drivers=()
IFS=, read -ra asked <<<"${chosen:-$(IFS=, && echo "${known[*]}")}"
for name in "${asked[@]}"; do
    why=$(obstacle "$name")
    if [[ -z $why ]]; then
        drivers+=("$name")
    elif [[ -n $chosen ]]; then
        die "$name: $why"
    else
        echo "without $name: $why" >&2
    fi
done
((${#drivers[@]})) || die "there is nothing to compare"

start_randintd "$dir/randintd.out" "${keep[@]}"

RANDOM=$seed
for ((round = 1; round <= rounds; round++)); do
    turns=("${drivers[@]}")
    shuffle
    for name in "${turns[@]}"; do
        take_turn "$name"
    done
done

connections="one per request"
((${#keep[@]} == 0)) || connections="kept alive"
printf '%s requests, %s at a time, 100 ms of thinking, connections %s, %s rounds, seed %s\n\n' \
    "${requests:-$concurrency}" "$concurrency" "$connections" "$rounds" "$seed"
tabulate "$dir/rounds"
if [[ -s $dir/noisy ]]; then
    printf '\nNOISY by waitbench'\''s own gates: %s of %s driver runs\n' \
        "$(wc -l <"$dir/noisy")" $((${#drivers[@]} * rounds))
fi
