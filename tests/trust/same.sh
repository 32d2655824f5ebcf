#!/usr/bin/env bash
# A/A: the same case twice, interleaved, compared. How often does the comparison see a difference
# that is not there? usage: tests/trust/same.sh [TRIES (100)] [REPETITIONS (10)] [MARGIN]
# With MARGIN, such as 1%, each campaign looks after every block, and goes on until the two are decided or
# BUDGET (20s) is spent.
#
# By its rule (docs/methodology.md) it does so in at most 5% of tries, with MARGIN in 1%, whatever the
# noise: the order within a block is drawn. More than `allowed` of them, the binomial distribution says,
# happen by chance in less than 1 of 10,000 experiments: of 20 tries more than 6, of 100 more than 15; with
# MARGIN of 100 more than 6.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-100} repetitions=${2-10} margin=${3-} different=0 equivalent=0
alpha=0.05 looks=()
if [[ $margin ]]; then
    alpha=0.01 looks=(--until-decided "$margin" --budget "${BUDGET-20s}")
fi
allowed=$(awk -v n="$tries" -v p="$alpha" 'BEGIN {
    term = (1 - p) ^ n
    for (k = 0; 1 - (sum += term) >= 1e-4; k++)
        term *= (n - k) / (k + 1) * p / (1 - p)
    print k
}')
for ((i = 1; i <= tries; i++)); do
    line=$(control_of same --driver libev --arrivals burst --concurrency 64 --delay 10ms \
        --repetitions "$repetitions" "${looks[@]}")
    printf '%3d  %s\n' "$i" "$line"
    case $line in
    *NOISY*) different=$((different + 1)) ;;
    *": equivalent within "*) equivalent=$((equivalent + 1)) ;;
    *": undecided") ;;
    *": undecided, too few runs to tell a difference "*) [[ $margin ]] || conclude 0 "that is no result" ;; # the budget was short
    *) conclude 0 "that is no result" ;;
    esac
done
conclude "different <= allowed" "$different of $tries called different (95% interval: $(proportion \
    "$different" "$tries")); chance allows $allowed; $equivalent called equivalent"
