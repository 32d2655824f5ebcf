#!/bin/bash
# Our open arrivals against wrk2's, at the same randintd: a server that stalls once for a second, where both count
# latency from the intended start and have to agree, and one that does not, where wrk2's waits of a millisecond
# hide what is shorter. Both send 1000 requests a second for 12 seconds over 64 kept connections; wrk2 does so for
# 10 seconds before that, which it leaves out, as its calibration. What stalls is the process (SIGSTOP, SIGCONT),
# in the middle. Prints each run, and the median over the rounds of ours divided by wrk2's.
#
# usage: baselines/open_vs_wrk2.sh [-d DRIVER] [-r ROUNDS] [-s SEED]
#   -d  our driver (epoll)
#   -r  4 rounds of four runs: about 5 minutes
# wrk2 is not in Debian: build it from https://github.com/giltene/wrk2, and name its binary, which is called wrk, in
# WRK2. BUILD names the folder of the binaries, build unless set; RANDINTD the server's.
set -euo pipefail

# shellcheck source=baselines/servers.bash
. "$(dirname "$0")/servers.bash"
wrk2=${WRK2:-$(command -v wrk2 || true)}
driver=epoll rounds=4 seed=1
rate=1000 seconds=12 calibration=10 connections=64

take_options d:driver r:rounds s:seed -- "$@"
number ROUNDS "$rounds" 100
number SEED "$seed" 32767
[[ -x $wrk2 ]] || die "wrk2 is missing: WRK2 is '$wrk2'"

stall_after() { # SECONDS PID
    sleep "$1"
    kill -STOP "$2"
    sleep 1
    kill -CONT "$2"
}

# A run prints its p50 and p99 in milliseconds.
by_wrk2() {
    timeout 60 "$wrk2" -t1 -c"$connections" -d$((calibration + seconds))s -R"$rate" --latency \
        "http://$address/randint/20" >"$dir/load" || die "wrk2 failed: $(tail -n 1 "$dir/load")"
    awk '/^ +(50|99)\.000%/ {
             value = $2 + 0
             print $2 ~ /us$/ ? value / 1000 : $2 ~ /[0-9]s$/ ? value * 1000 : value
         }' "$dir/load"
}

by_ours() {
    timeout 60 "$build/waitbench" run --url "http://$address/randint/20" --driver "$driver" --keep-alive \
        --arrivals constant --rate "$rate" --duration "${seconds}s" --concurrency "$connections" \
        --json >"$dir/load" 2>"$dir/said" || die "$driver failed: $(tail -n 1 "$dir/said")"
    sqlite3 :memory: "SELECT 1000 * json_extract('$(head -n 1 "$dir/load")', '\$.' || column1)
        FROM (VALUES ('latency_p50_s'), ('latency_p99_s'))"
}

take_run() { # stalled|steady TOOL
    local middle=$((seconds / 2)) figures
    [[ $2 == ours ]] || middle=$((middle + calibration))
    start_randintd --keep-alive --delay 0
    [[ $1 == steady ]] || stall_after "$middle" "$pid" &
    read -r -d '' -a figures < <("by_$2") || ((${#figures[@]} == 2)) || die "$2 printed no figures"
    kill "$pid"
    wait
    pids=()
    printf '%-8s  %-5s  p50 %8.3f ms  p99 %8.3f ms\n' "$1" "$2" "${figures[@]}"
    echo "$1 $2 ${figures[*]}" >>"$dir/runs"
}

RANDOM=$seed
for ((round = 0; round < rounds; round++)); do
    turns=("stalled ours" "stalled wrk2" "steady ours" "steady wrk2")
    shuffle turns
    for turn in "${turns[@]}"; do
        # shellcheck disable=SC2086 # two words
        take_run $turn
    done
done
for state in stalled steady; do
    for column in 3 4; do
        awk -v state="$state" -v column="$column" '
            $1 == state { n[$2]++; value[$2, n[$2]] = $column }
            END { for (i = 1; i <= n["ours"]; i++) print value["ours", i] / value["wrk2", i] }' "$dir/runs" |
            sort -n | awk -v state="$state" -v name="p$((column == 3 ? 50 : 99))" '{ ratio[NR] = $1 }
                END { printf "%s, %s: ours / wrk2, median %.3f, from %.3f to %.3f\n", state, name,
                    NR % 2 ? ratio[(NR + 1) / 2] : (ratio[NR / 2] + ratio[NR / 2 + 1]) / 2, ratio[1], ratio[NR] }'
    done
done
