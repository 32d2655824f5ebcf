#!/usr/bin/env bash
# Does measuring resource usage change the makespan? Each case with all of it, system calls counted in
# every run, and without, interleaved: the ratio of makespans, without to with.
# usage: tests/trust/usage.sh [REPETITIONS (40)] [DELAY (100ms)] [CONCURRENCY... (32 1024)]
#
# It does where a case is called different, which takes medians 1% apart, and chance has a part of
# less than 1 in 10,000 in that: p is below 0.0001 over the number of cases. (The least p of 17
# repetitions is 0.000015.)
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
repetitions=${1-40} delay=${2-100ms} changed=0 cases=0
concurrencies=("${@:3}")
((${#concurrencies[@]})) || concurrencies=(32 1024)
least_p=$(awk -v cases="$((2 * ${#concurrencies[@]}))" 'BEGIN { print 1e-4 / cases }')
for driver in libev threadpool; do
    for c in "${concurrencies[@]}"; do
        line=$(control_of no-usage --usage full --driver "$driver" --arrivals closed --concurrency "$c" \
            --requests "$((c < 103 ? 10 * c : 1024))" --delay "$delay" --repetitions "$repetitions")
        printf '%-10s %4d  %s\n' "$driver" "$c" "$line"
        cases=$((cases + 1))
        case $line in
        *", the second is "*) changed=$((changed + $(awk -v p="${line#*, p }" -v least="$least_p" \
            'BEGIN { print p + 0 < least }'))) ;;
        *": undecided" | *": equivalent within "*) ;;
        *) conclude 0 "that is no result" ;;
        esac
    done
done
conclude "changed == 0" "measuring changed $changed of $cases cases (p < $least_p)"
