#!/usr/bin/env bash
# A/A: the same case twice, interleaved, compared. How often does the comparison see a difference
# that is not there? usage: tests/trust/same.sh [TRIES (100)] [REPETITIONS (10)]
#
# By its rule (docs/methodology.md) it does so in at most 5% of tries, whatever the noise: the order
# within a block is drawn. More than `allowed` of them, the binomial distribution says, happen by
# chance in less than 1 of 10,000 experiments: of 20 tries more than 3 (P = 0.00004), of 100 more
# than 6 (P = 0.00007).
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-100} repetitions=${2-10} different=0
allowed=$(awk -v n="$tries" -v p=0.05 'BEGIN {
    term = (1 - p) ^ n
    for (k = 0; 1 - (sum += term) >= 1e-4; k++)
        term *= (n - k) / (k + 1) * p / (1 - p)
    print k
}')
for ((i = 1; i <= tries; i++)); do
    line=$(control_of same --driver libev --arrivals burst --concurrency 64 --delay 10ms \
        --repetitions "$repetitions")
    printf '%3d  %s\n' "$i" "$line"
    case $line in
    *NOISY*) different=$((different + 1)) ;;
    *"no detectable difference") ;;
    *) conclude 0 "that is no result" ;;
    esac
done
conclude "different <= allowed" "$different of $tries called different (95% interval: $(proportion \
    "$different" "$tries")); chance allows $allowed"
