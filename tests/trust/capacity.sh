#!/usr/bin/env bash
# Does the interval of `waitbench capacity` hold the true capacity? c workers with a delay of d have a
# capacity of c/d: with constant arrivals below it no request waits, above it the queue grows without
# end. usage: tests/trust/capacity.sh [TRIALS (10) [WORKERS (16) [DELAY_MS (20) [LONGER (1)]]]]
#
# Each request takes a little longer than its delay, by what the server and the kernel do for it: LONGER
# percent at most on a quiet machine, so that the truth is taken as c/d to c/(1.01 d). An interval has to be
# at most 10% wide, or LONGER if that is more. 9 of 10 have to hold the truth; of an interval that does so
# in 95% of all cases, fewer are seen in 100 trials with a probability of 3%.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
trials=${1-10} workers=${2-16} delay_ms=${3-20} longer=${4-1} held=0 narrow=0
width=$((longer > 10 ? longer : 10))

for ((trial = 1; trial <= trials; trial++)); do
    if ! "$waitbench" capacity --results "$folder" --driver epoll --server-model "threadpool:$workers" \
        --delay "${delay_ms}ms" --arrivals constant --concurrency 512 --slo "p90<$((3 * delay_ms))ms" \
        --no-pictures >"$folder/out" 2>"$folder/err"; then
        cat "$folder/err" >&2
        conclude 0 "no result of waitbench capacity"
    fi
    line=$(grep -E 'between [0-9]+ and [0-9]+ requests/s' "$folder/out") || line='between 0 and 0 requests/s'
    outcome=$(sed -E 's/.*between ([0-9]+) and ([0-9]+) requests.*/\1 \2/' <<<"$line" |
        awk -v c="$workers" -v d="$delay_ms" -v longer="$longer" -v width="$width" '{
            most = 1000 * c / d
            least = most / (1 + longer / 100)
            print ($1 <= most && $2 >= least) ? 1 : 0, ($1 > 0 && $2 <= (1 + width / 100) * $1) ? 1 : 0
            printf "%d to %d, and the truth is %.0f to %.0f\n", $1, $2, least, most >"/dev/stderr"
        }')
    held=$((held + ${outcome% *})) narrow=$((narrow + ${outcome#* }))
done
conclude "held * 10 >= trials * 9 && narrow * 10 >= trials * 9" \
    "$held of $trials intervals hold the capacity (95% interval: $(proportion "$held" "$trials")), $narrow are at most $width% wide"
