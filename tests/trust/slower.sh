#!/usr/bin/env bash
# A server with a longer delay: how often is that detected?
# usage: tests/trust/slower.sh [TRIES (10)] [SHARE (5%)] [MARGIN (1%)]
#
# One try in ten may miss it: to decide on 5% within a minute takes a quiet machine. Of fewer than ten tries
# half have to detect it. A delay that doubles is detected on a busy machine: runs in which the first server
# stalls for more than the 100 ms by which the second's delay is longer only make it take more blocks, at one
# in five about thirty.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-10} share=${2-5%} margin=${3-1%} detected=0
needed=$((tries - (tries < 10 ? tries / 2 : tries / 10)))
for ((i = 1; i <= tries; i++)); do
    line=$(control_of "$share" --driver libev --arrivals burst --concurrency 64 --delay 100ms \
        --repetitions 10 --until-decided "$margin" --budget 60s)
    printf '%3d  %s\n' "$i" "$line"
    [[ $line != *"the second is slower" ]] || detected=$((detected + 1))
done
conclude "detected >= needed" "$detected of $tries detected (95% interval: $(proportion \
    "$detected" "$tries")); $needed are needed"
