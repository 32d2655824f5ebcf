#!/usr/bin/env bash
# kill -9 at random moments: does the store open, hold every finished run and no partial one, and does
# --resume complete the same plan? usage: tests/trust/kill.sh [TRIES (20)]
#
# Every other campaign spends most of its time on keeping runs, and the moment counts from the first that
# is kept: so even two tries have something to lose and to resume. There is no chance in what must hold.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
tries=${1-20} failed=0 resumed=0

ask() { sqlite3 "$folder/waitbench.db" "$1"; }

# Rows of samples that do not fit their run, or runs without any of what belongs to them.
partial_runs() {
    ask "SELECT count(*) FROM runs r WHERE
         (SELECT count(*) FROM samples WHERE run_id = r.id) <> r.requests - r.not_started
         OR NOT EXISTS (SELECT 1 FROM usage WHERE run_id = r.id)"
}

# How many runs are kept; nothing before there is a store.
kept_runs() {
    [[ ! -e $folder/waitbench.db ]] || ask 'SELECT count(*) FROM runs' 2>/dev/null || true
}

for ((i = 1; i <= tries; i++)); do
    rm -rf "${folder:?}"/*
    if ((i % 2)); then
        planned=50 load=(--driver null --requests 20000 --repetitions 50)
    else
        planned=$((4 * 5)) # cases times repetitions
        load=(--driver "libev,threadpool" --concurrency "64,256" --requests 512 --arrivals closed
            --backlog 4096 --delay 20ms --repetitions 5)
    fi
    "$waitbench" campaign --results "$folder" --name trust --whole-process none --predict off \
        --no-pictures "${load[@]}" >/dev/null 2>&1 &
    campaign=$!
    while ((i % 2)) && kill -0 "$campaign" 2>/dev/null && [[ $(kept_runs) != [1-9]* ]]; do
        sleep 0.02
    done
    moment=$((RANDOM % 1000 + 20))
    sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
    kill -9 "$campaign" 2>/dev/null || true
    wait "$campaign" 2>/dev/null || true
    kept=$(kept_runs) problem=''
    if [[ -z $kept ]]; then
        echo "$i: killed after $moment ms, before there was a store"
        continue
    fi
    [[ $(ask 'PRAGMA integrity_check') == ok ]] || problem+=' the store is damaged;'
    [[ $(partial_runs) == 0 ]] || problem+=' part of a run was kept;'
    orders=$(ask 'SELECT group_concat(case_id || "." || block || "." || position) FROM runs')
    in_the_end=$kept
    if [[ $(ask 'SELECT count(*) FROM campaigns') == 1 && $kept != "$planned" ]]; then
        resumed=$((resumed + 1))
        "$waitbench" campaign --results "$folder" --resume latest --no-pictures >/dev/null 2>&1 ||
            problem+=' --resume failed;'
        in_the_end=$(kept_runs)
        [[ $in_the_end == "$planned" && $(partial_runs) == 0 ]] || problem+=' the plan is not complete;'
        [[ $(ask 'SELECT group_concat(case_id || "." || block || "." || position) FROM
            (SELECT * FROM runs LIMIT '"$kept"')') == "$orders" ]] || problem+=' runs changed;'
    fi
    [[ -z $problem ]] || failed=$((failed + 1))
    echo "$i: killed after $moment ms: $kept runs kept, $in_the_end of $planned after --resume:" \
        "${problem:- as it should be}"
done
conclude "failed == 0 && resumed > 0" "$failed of $tries went wrong; $resumed were resumed"
