#!/usr/bin/env bash
# kill -9 at random moments: does the store open, hold every finished run and no half one, and does
# --resume complete the same plan? usage: tests/trust/kill.sh [TRIES (20)]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-20} failed=0
planned=$((4 * 5)) # cases times repetitions, below

ask() { sqlite3 "$folder/waitbench.db" "$1"; }

# Rows of samples that do not fit their run, or runs without any of what belongs to them.
half_runs() {
    ask "SELECT count(*) FROM runs r WHERE
         (SELECT count(*) FROM samples WHERE run_id = r.id) <> r.requests - r.not_started
         OR NOT EXISTS (SELECT 1 FROM ledger WHERE run_id = r.id)"
}

for ((i = 1; i <= tries; i++)); do
    rm -rf "${folder:?}"/*
    "$waitbench" campaign --results "$folder" --name trust --whole-process none --predict off \
        --driver libev,threadpool --concurrency 64,256 --requests 512 --shape fixed \
        --backlog 4096 --think 20ms --repetitions 5 >/dev/null 2>&1 &
    campaign=$!
    moment=$((RANDOM % 2000 + 20))
    sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
    kill -9 "$campaign" 2>/dev/null || true
    wait "$campaign" 2>/dev/null || true
    problem=''
    if [[ ! -e $folder/waitbench.db ]] || ! kept=$(ask 'SELECT count(*) FROM runs' 2>/dev/null); then
        echo "$i: killed after $moment ms, before there was a store"
        continue
    fi
    [[ $(ask 'PRAGMA integrity_check') == ok ]] || problem+=' the store is damaged;'
    [[ $(half_runs) == 0 ]] || problem+=' half a run was kept;'
    orders=$(ask 'SELECT group_concat(case_id || "." || block || "." || position) FROM runs')
    resumed=$kept
    if [[ $(ask 'SELECT count(*) FROM campaigns') == 1 && $kept != "$planned" ]]; then
        "$waitbench" campaign --results "$folder" --resume latest >/dev/null 2>&1 ||
            problem+=' --resume failed;'
        resumed=$(ask 'SELECT count(*) FROM runs')
        [[ $resumed == "$planned" && $(half_runs) == 0 ]] || problem+=' the plan is not complete;'
        [[ $(ask 'SELECT group_concat(case_id || "." || block || "." || position) FROM
            (SELECT * FROM runs LIMIT '"$kept"')') == "$orders" ]] || problem+=' runs changed;'
    fi
    [[ -z $problem ]] || failed=$((failed + 1))
    echo "$i: killed after $moment ms: $kept runs kept, $resumed of $planned after --resume:" \
        "${problem:- as it should be}"
done
echo "$failed of $tries failed"
exit $((failed > 0))
