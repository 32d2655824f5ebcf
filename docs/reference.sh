#!/usr/bin/env bash
# Write the README's table, between "<!-- reference table -->" and "<!-- /reference table -->", from the
# cases of the reference campaign with 1024 requests in flight. Where runs are in two modes there is a row for each.
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
        cases++
        range = sprintf("%.0f to %.0f", 1e3 * $at["min_s"], 1e3 * $at["max_s"])
        if ("two_modes" in at && $at["two_modes"] == 1) {
            row($at["fast_s"], $at["fast_per_request_s"], "(" $at["fast_runs"] " of " $at["runs"] " runs)", range)
            row($at["slow_s"], $at["slow_per_request_s"], "(" $at["slow_runs"] " of " $at["runs"] " runs)", range)
        } else
            row($at["median_s"], $at["per_request_s"], "", range)
    }
    END { exit cases != 4 }
    function row(makespan, per_request, runs, range) {
        printf "| %s | %d | %.0f%s | %s | %.0f | %.0f | %.1f%% | %d%s |\n", $at["driver"], $at["backlog"], 1e3 * makespan,
            runs == "" ? "" : " " runs, range (runs == "" ? "" : " (all)"), 1e6 * per_request, 1 / per_request, 100 * $at["ideal_s"] / makespan, $at["syn_retransmits"],
            runs == "" ? "" : " (median of all)"
    }' "$cases"
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
