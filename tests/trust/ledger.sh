#!/usr/bin/env bash
# Does measuring change anything? Each case with the whole ledger, system calls counted in every
# run, and without, interleaved: the
# ratio of makespans, without to with. usage: tests/trust/ledger.sh [REPETITIONS (40)]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
repetitions=${1-40}
for driver in libev threadpool; do
    control_of no-ledger --ledger full --driver "$driver" --shape fixed --concurrency 32 --requests 320 \
        --repetitions "$repetitions"
    control_of no-ledger --ledger full --driver "$driver" --shape fixed --concurrency 1024 \
        --repetitions "$repetitions"
done
