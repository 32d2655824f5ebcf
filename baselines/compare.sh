#!/bin/bash
# Drivers against their yardsticks: what the harness, its samples and its exchange cost on top of a
# bare program that makes the same calls. Every round takes the drivers in a seeded shuffled order
# and runs each right before or after its yardstick, against one randintd (delay 100 ms, backlog
# 4096), so that a disturbance of the machine affects both. `waitbench compare` prints the ratios.
#
# usage: baselines/compare.sh [-d DRIVERS] [-k] [-r ROUNDS] [-c CONCURRENCY] [-n REQUESTS] [-s SEED]
#   -d  which, such as epoll,poll: all that have a yardstick and are in this build
#   -k  connections kept alive, instead of one per request
#   -r, -c, -n  15 rounds of 1024 of 1024: about 10 s for each driver
# `make all baselines` builds what it needs. BUILD names the folder of the binaries, build unless set. Everything stays on 127.0.0.1.
# What one switch between coroutines costs is measured apart: baselines/switch_cost.c.
set -euo pipefail

# shellcheck source=baselines/servers.bash
. "$(dirname "$0")/servers.bash"
rounds=15 concurrency=1024 requests='' seed=1 chosen='' keep_alive='' keep=()

# The bare program of a driver, and its first argument where it is one for several.
known=(threadpool epoll epoll-et libev)
yardstick() { # DRIVER
    case $1 in
    threadpool) echo bare_threads ;;
    epoll) echo "bare_epoll level" ;;
    epoll-et) echo "bare_epoll edge" ;;
    libev) echo bare_libev ;;
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

take_options d:chosen k=keep_alive r:rounds c:concurrency n:requests s:seed -- "$@"
[[ -z $keep_alive ]] || keep=(--keep-alive)
number ROUNDS "$rounds" 1000
number CONCURRENCY "$concurrency" 16384
number REQUESTS "${requests:-1}" 100000
number SEED "$seed" 32767
requests=${requests:-$concurrency}
run_limit=$((30 + requests / concurrency)) # seconds: ten times the delay, and some more
((rounds * (requests / concurrency + 1) <= 6000)) ||
    die "that would take an hour or more: fewer rounds or requests, or more concurrency"

[[ -x $build/waitbench ]] || die "$build/waitbench is missing: run 'make all baselines'"

# One run: a line of an export of runs, as `waitbench compare` reads it. A run with a failed request is
# none, and ends everything.
run_driver() { # DRIVER
    "${with_us[@]}" timeout "$run_limit" "$build/waitbench" run --json --driver "$1" --server "$address" \
        --requests "$requests" --concurrency "$concurrency" --seed "$round" "${keep[@]}" \
        2>"$dir/err" >"$dir/run" || die "waitbench run --driver $1 failed: $(cat "$dir/err")"
    sed -E "s/\"of_runs\": 1,/\"of_runs\": $((rounds * ${#drivers[@]})),/" "$dir/run" >>"$dir/driver.json"
}

# The same line with the yardstick's makespan.
run_bare() { # DRIVER
    local command ns
    read -ra command <<<"$(yardstick "$1")"
    ns=$("${with_us[@]}" timeout "$run_limit" "$build/baselines/${command[0]}" "${command[@]:1}" 127.0.0.1 \
        "${address##*:}" "$requests" "$concurrency" "${keep[@]#--}" 2>"$dir/err") ||
        die "${command[*]} failed: $(tail -n 1 "$dir/err")"
    echo "$1 $ns" >>"$dir/bare"
}

take_turn() { # DRIVER: it and its yardstick, one right after the other
    local order=(driver bare) who
    ((RANDOM % 2)) || order=(bare driver)
    for who in "${order[@]}"; do
        "run_$who" "$1"
    done
}

"$build/waitbench" list >"$dir/list"
drivers=()
IFS=, read -ra wanted <<<"${chosen:-$(IFS=, && echo "${known[*]}")}"
for name in "${wanted[@]}"; do
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

start_randintd --delay 100ms --backlog 4096 "${keep[@]}"

RANDOM=$seed
for ((round = 1; round <= rounds; round++)); do
    turns=("${drivers[@]}")
    shuffle turns
    for name in "${turns[@]}"; do
        take_turn "$name"
    done
done

# The k-th yardstick's run of a driver stands in the k-th line of the driver's runs.
awk 'NR == FNR { ns[$1, ++n[$1]] = $2; next }
    match($0, /"driver": "[^"]*"/) {
        driver = substr($0, RSTART + 11, RLENGTH - 12)
        sub(/"makespan_s": [^,]*/, sprintf("\"makespan_s\": %.9f", ns[driver, ++k[driver]] / 1e9))
        print
    }' "$dir/bare" "$dir/driver.json" >"$dir/bare.json"
printf '%s rounds, seed %s. A is the bare program, B the driver.\n\n' "$rounds" "$seed"
"$build/waitbench" compare "$dir/bare.json" "$dir/driver.json"
