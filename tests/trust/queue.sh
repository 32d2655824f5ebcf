#!/usr/bin/env bash
# Do waiting times agree with theory? A pool of c workers with a delay of d is the queue M/D/c under
# Poisson arrivals: docs/prediction.md. usage: tests/trust/queue.sh [SECONDS (15) [TOLERANCE (10) [WORKERS
# (1 4 16) [DELAY_MS (100)]]]]
#
# At 50%, 80% and 90% of the capacity the mean wait, in the median run of three, has to be within TOLERANCE
# percent of that of perfect workers with the same arrivals, plus half a millisecond: what a request takes
# besides its delay (connecting, sending, being read) is in the measured wait. In the long run perfect workers
# are M/D/c, which is printed, too: chance makes a run of seconds differ from it by a factor.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
seconds=${1-15} tolerance=${2-10} sizes=${3-1 4 16} delay_ms=${4-100} close=0 count=0

for workers in $sizes; do
    rates=
    for load in 50 80 90; do
        rates+=${rates:+,}$((workers * load * 10 / delay_ms))
    done
    if ! "$waitbench" campaign --results "$folder" --name queue --driver epoll --server-model \
        "threadpool:$workers" --delay "${delay_ms}ms" --arrivals poisson --rate "$rates" \
        --duration "${seconds}s" --concurrency 1024 --repetitions 3 --whole-process none --predict off \
        --backlog 4096 --no-pictures --all >"$folder/out" 2>"$folder/err"; then
        cat "$folder/err" >&2
        conclude 0 "no result of waitbench campaign"
    fi
    rows=$(awk '/^Waiting for a worker/ { on = 1; next } on && / threadpool:/ { print } on && /^[A-Z]/ { exit }' \
        "$folder/out")
    echo "$rows"
    count=$((count + 3))
    close=$((close + $(awk -F '  +' -v tolerance="$tolerance" '
        function seconds(text,    part) {
            split(text, part, " ")
            return part[1] * (part[2] == "ns" ? 1e-9 : part[2] == "us" ? 1e-6 : part[2] == "ms" ? 1e-3 : 1)
        }
        NF > 7 {
            off = seconds($7) - seconds($8)
            close_ones += (off < 0 ? -off : off) <= tolerance / 100 * seconds($8) + 0.5e-3
        }
        END { print close_ones + 0 }' <<<"$rows")))
done
conclude "close == count" "$close of $count mean waits are within $tolerance% of perfect workers'"
