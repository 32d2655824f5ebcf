#!/usr/bin/env bash
# Does anything stay behind or grow? Each driver runs for a while, all against one server. Descriptors,
# memory and threads of the server and of the harness are counted when that begins and before it ends,
# and afterwards the processes and temporary files that are left. Prints a line per driver; exits with
# 1 where something is left or has grown. usage: tests/trust/soak.sh [SECONDS (3600) [DRIVER...]]
# SECONDS (5 and more) is for each driver: all that can run here take about a day.
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
seconds=${1-3600} failed=0
drivers=("${@:2}")
((${#drivers[@]})) || mapfile -t drivers < <("$waitbench" list | awk '$2 == "yes" { print $1 }')

export TMPDIR=$folder/tmp SOAK_MARK=$$
mkdir "$TMPDIR"
"${waitbench%/*}/randintd" --port 0 --delay 1ms >"$folder/server" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
until grep -qsx ready "$folder/server"; do kill -0 "$server" && sleep 0.05; done
port=$(sed -n '1s/.*:\([0-9]*\)$/\1/p' "$folder/server")

# Descriptors, KiB and threads of a process: the least of a second's samples, as between two runs.
count() { # PID
    for _ in {1..20}; do
        { find "/proc/$1/fd" -mindepth 1 | wc -l; awk '/^(VmRSS|Threads):/ { print $2 }' "/proc/$1/status"; } |
            paste -sd ' '
        sleep 0.05
    done 2>/dev/null | awk 'NF == 3 { for (i = 1; i <= 3; i++) if (!n || $i < least[i]) least[i] = $i; n++ }
        END { print least[1], least[2], least[3] }'
}

# By more than a run that is under way, and than what SQLite keeps of its file.
has_grown() { # BEFORE AFTER
    local was is
    read -ra was <<<"$1"
    read -ra is <<<"$2"
    ((is[0] > was[0] + 3 || is[1] > was[1] + 4096 || is[2] > was[2]))
}

# Processes of ours but the server, whoever started them: they inherit the mark.
count_processes() (
    unset SOAK_MARK
    grep -lzxs "SOAK_MARK=$$" /proc/[0-9]*/environ | grep -vc "^/proc/$server/"
)

for driver in "${drivers[@]}"; do
    problem=
    server_before=$(count "$server")
    "$waitbench" campaign --results "$folder/results" --name soak --whole-process none --predict off \
        --server "127.0.0.1:$port" --driver "$driver" --concurrency 8,16,32,64 --requests 256 \
        --arrivals closed --delay 1ms --backlog 4096 --repetitions 10000 >"$folder/said" 2>&1 &
    harness=$!
    sleep $((1 + seconds / 10))
    before=$(count "$harness")
    sleep $((seconds - seconds / 10 - 4))
    after=$(count "$harness")
    kill "$harness" 2>/dev/null || true
    wait "$harness" 2>/dev/null || true
    runs=$(sqlite3 "$folder/results/waitbench.db" "SELECT count(*) FROM runs, campaigns
        WHERE status = 'interrupted'" 2>/dev/null) || true
    ((runs)) || problem+=" it was not interrupted: $(tail -n 1 "$folder/said");"
    server_after=$(count "$server")
    files=$(find "$TMPDIR" -mindepth 1 | wc -l)
    processes=$(count_processes) || true
    ! has_grown "$server_before" "$server_after" || problem+=' the server has grown;'
    ! has_grown "$before" "$after" || problem+=' the harness has grown;'
    ((processes == 0)) || problem+=" $processes processes are left;"
    ((files == 0)) || problem+=" $files temporary files are left;"
    echo "$driver: ${runs:-0} runs;" \
        "descriptors, KiB and threads of the server $server_before -> $server_after," \
        "of the harness $before -> $after:${problem:- nothing is left}"
    [[ -z $problem ]] || failed=$((failed + 1))
    rm -rf "$folder/results"
done
echo "$failed of ${#drivers[@]} drivers failed"
exit $((failed > 0))
