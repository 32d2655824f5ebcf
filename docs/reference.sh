#!/usr/bin/env bash
# Write the README's table, between "<!-- reference table -->" and "<!-- /reference table -->", from the
# cases of the reference campaign with 1024 requests in flight.
#   docs/reference.sh [README [CASES.CSV]]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readme=${1:-$here/../README.md}
cases=${2:-$here/../results/reference/cases.csv}

table() {
    LC_ALL=C awk -F, '
    NR == 1 {
        for (i = 1; i <= NF; i++) at[$i] = i
        arrivals = "arrivals" in at ? at["arrivals"] : at["shape"]
        print "| driver | backlog | makespan (ms) | range (ms) | time per request (µs) | requests per second | efficiency | SYN retransmissions |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|"
        next
    }
    $arrivals ~ /^(closed|fixed)$/ && $at["concurrency"] == 1024 {
        printf "| %s | %d | %.0f | %.0f to %.0f | %.0f | %.0f | %.1f%% | %d |\n", $at["driver"],
            $at["backlog"], 1e3 * $at["median_s"], 1e3 * $at["min_s"], 1e3 * $at["max_s"],
            1e6 * $at["per_request_s"], 1 / $at["per_request_s"], 100 * $at["efficiency"],
            $at["syn_retransmits"]
        rows++
    }
    END { exit rows != 4 }' "$cases"
}

text=$(table) || {
    echo "reference.sh: $cases does not have four cases with 1024 closed requests in flight" >&2
    exit 1
}
new=$(TEXT=$text awk '
    $0 == "<!-- /reference table -->" { inside = 0; ends++ }
    !inside { print }
    $0 == "<!-- reference table -->" { print ENVIRON["TEXT"]; inside = 1 }
    END { exit inside || ends != 1 }' "$readme") || {
    echo "reference.sh: $readme lacks '<!-- reference table -->' or '<!-- /reference table -->'" >&2
    exit 1
}
printf '%s\n' "$new" >"$readme"
