#!/usr/bin/env bash
# A server that thinks a little longer: how often is that found?
# usage: tests/trust/slower.sh [TRIES (10)] [SHARE (5%)] [PRECISION (2%)]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-10} share=${2-5%} precision=${3-2%} found=0
for ((i = 1; i <= tries; i++)); do
    line=$(control_of "$share" --driver libev --shape gather --concurrency 64 --think 100ms \
        --repetitions 10 --precision "$precision" --budget 60s)
    [[ $line != *"the second is slower"* ]] || found=$((found + 1))
    printf '%3d  %s\n' "$i" "${line#*twice: }"
done
echo "$found of $tries found"
