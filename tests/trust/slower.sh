#!/usr/bin/env bash
# A server with a longer delay: how often is that detected?
# usage: tests/trust/slower.sh [TRIES (10)] [SHARE (5%)] [PRECISION (2%)]
#
# One try in ten may miss it: 5% at a precision of 2% takes a quiet machine. Of fewer than ten tries half
# have to detect it. A delay that doubles is detected on a busy machine: to miss it, at least two of ten
# runs must stall for more than the 100 ms that the delay grew by. 1 of 75 tries did so on two cores at a
# load of 6 to 13. Even at 1 of 50, three of four do in less than 1 of 10,000 experiments
# (4 x 0.02^3 = 0.00003).
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-10} share=${2-5%} precision=${3-2%} detected=0
needed=$((tries - (tries < 10 ? tries / 2 : tries / 10)))
for ((i = 1; i <= tries; i++)); do
    line=$(control_of "$share" --driver libev --arrivals burst --concurrency 64 --delay 100ms \
        --repetitions 10 --precision "$precision" --budget 60s)
    printf '%3d  %s\n' "$i" "$line"
    [[ $line != *"the second is slower" ]] || detected=$((detected + 1))
done
conclude "detected >= needed" "$detected of $tries detected (95% interval: $(proportion \
    "$detected" "$tries")); $needed are needed"
