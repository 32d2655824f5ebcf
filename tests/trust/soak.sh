#!/usr/bin/env bash
# Are there leaks? Runs each driver for SECONDS (at least 5) against one server, and counts the
# descriptors, memory and threads of the server and of the harness near the start and the end, then
# the processes and temporary files that remain. Prints a line per driver; exits with 1 if anything
# has grown or remains. usage: tests/trust/soak.sh [SECONDS (3600) [DRIVER...]]
# By default all drivers that can run here, which takes about a day.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
seconds=${1-3600} failed=0
drivers=("${@:2}")
((${#drivers[@]})) || mapfile -t drivers < <("$waitbench" list | awk '$2 == "yes" { print $1 }')

export TMPDIR=$folder/tmp SOAK_MARK=$$
mkdir "$TMPDIR"
"${RANDINTD:-build/randintd}" --port 0 --delay 1ms >"$folder/server" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
until grep -qsx ready "$folder/server"; do kill -0 "$server" && sleep 0.05; done
port=$(sed -n '1s/.*:\([0-9]*\)$/\1/p' "$folder/server")

# Descriptors, KiB and threads of a process: the minimum of a second's samples, as between two runs.
count() { # PID
    for _ in {1..20}; do
        { find "/proc/$1/fd" -mindepth 1 | wc -l; awk '/^(VmRSS|Threads):/ { print $2 }' "/proc/$1/status"; } |
            paste -sd ' '
        sleep 0.05
    done 2>/dev/null | awk 'NF == 3 { for (i = 1; i <= 3; i++) if (!n || $i < least[i]) least[i] = $i; n++ }
        END { print least[1], least[2], least[3] }'
}

# By more than the descriptors of a run under way and the page cache of SQLite.
has_grown() { # BEFORE AFTER
    local was is
    read -ra was <<<"$1"
    read -ra is <<<"$2"
    ((is[0] > was[0] + 3 || is[1] > was[1] + 4096 || is[2] > was[2]))
}

# Processes started from here, except the server: they inherit the mark.
count_processes() (
    unset SOAK_MARK
    grep -lzxs "SOAK_MARK=$$" /proc/[0-9]*/environ | grep -vc "^/proc/$server/"
)

for driver in "${drivers[@]}"; do
    problem=
    server_before=$(count "$server")
    "$waitbench" campaign --results "$folder/results" --name soak --whole-process none --predict off \
        --server "127.0.0.1:$port" --driver "$driver" --concurrency "$(seq -s , 2 2 64)" --requests 256 \
        --arrivals closed --delay 1ms --backlog 4096 --repetitions 10000 >"$folder/said" 2>&1 &
    harness=$!
    sleep $((1 + seconds / 10))
    before=$(count "$harness")
    sleep $((seconds - seconds / 10 - 4))
    after=$(count "$harness")
    kill "$harness" 2>/dev/null || true
    wait "$harness" 2>/dev/null || true
    runs=$(sqlite3 "$folder/results/waitbench.db" "SELECT count(*) FROM runs, campaigns
        WHERE status IN ('interrupted', 'complete')" 2>/dev/null) || true
    ((runs)) || problem+=" it recorded nothing: $(tail -n 1 "$folder/said");"
    server_after=$(count "$server")
    files=$(find "$TMPDIR" -mindepth 1 | wc -l)
    processes=$(count_processes) || true
    ! has_grown "$server_before" "$server_after" || problem+=' the server grew;'
    ! has_grown "$before" "$after" || problem+=' the harness grew;'
    ((processes == 0)) || problem+=" $processes processes remain;"
    ((files == 0)) || problem+=" $files temporary files remain;"
    echo "$driver: ${runs:-0} runs;" \
        "descriptors, KiB and threads of the server $server_before -> $server_after," \
        "of the harness $before -> $after:${problem:- no leak}"
    [[ -z $problem ]] || failed=$((failed + 1))
    rm -rf "$folder/results"
done
conclude "failed == 0" "$failed of ${#drivers[@]} drivers leaked"
