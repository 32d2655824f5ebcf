#!/usr/bin/env bash
# A/A: the same case twice, interleaved, compared. How often does the comparison see a difference
# that is not there? usage: tests/trust/same.sh [TRIES (100)] [REPETITIONS (10)]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-100} repetitions=${2-10} different=0
for ((i = 1; i <= tries; i++)); do
    line=$(control_of same --driver libev --shape gather --concurrency 64 --think 10ms \
        --repetitions "$repetitions")
    [[ $line != *NOISY* ]] || different=$((different + 1))
    printf '%3d  %s\n' "$i" "${line#*twice: }"
done
echo "$different of $tries called different"
