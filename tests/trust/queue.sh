#!/usr/bin/env bash
# Do waiting times agree with theory? A pool of c workers with a delay of d is the queue M/D/c under
# Poisson arrivals: docs/prediction.md. usage: tests/trust/queue.sh [SECONDS (15) [TOLERANCE (10) [WORKERS
# (1 4 16) [DELAY_MS (100)]]]]
#
# At 50%, 80% and 90% of the capacity; at 80% the mean wait has to be within TOLERANCE percent of that of
# perfect workers with the same arrivals, in the median of three runs. In the long run that is M/D/c's, which
# is printed, too: chance makes a run of seconds differ from it by a factor.
# What a request takes besides its delay (connecting, sending, being read) is in the measured wait, so the
# delay is long.
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
    ratio=$(awk -F '  +' '$6 == "80.0%" { print $9 }' <<<"$rows")
    count=$((count + 1))
    awk -v ratio="${ratio:-0}" -v off="$tolerance" \
        'BEGIN { exit !(ratio >= 1 - off / 100 && ratio <= 1 + off / 100) }' && close=$((close + 1))
done
conclude "close == count" "at 80% load $close of $count mean waits are within $tolerance% of perfect workers'"
