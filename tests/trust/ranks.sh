#!/usr/bin/env bash
# Are clocks of other machines known to what is printed, and do latencies not depend on them? Ranks on three
# hosts in network namespaces, each with a monotonic clock of its own: 5 ms and 500 ms ahead, and 1 s behind;
# then with a delay of 5 ms on one way to one of them, where the kernel has netem. Campaigns are repeated with
# the same seed without any of that. Needs root, namespaces and Open MPI.
# usage: tests/trust/ranks.sh [REPETITIONS (10)]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/hosts.bash
. tests/hosts.bash
repetitions=${1-10}
hosts_can_be_made || conclude 0 "$hosts_missing"
trap 'hosts_remove; rm -rf "$folder"' EXIT
hosts_make "$folder" head a b c

sql() {
    sqlite3 -bail "$folder/waitbench.db" "$1"
}

campaign_of() { # NAME
    on_head "$waitbench" campaign --results "$folder" --name "$1" --driver epoll --arrivals closed \
        --backlog 4096 --concurrency 96 --requests 480 --delay 20ms --repetitions "$repetitions" --seed 7 \
        --hosts a,b,c --ranks 6 --server-host "$hosts_network.1" --no-pictures >"$folder/out" 2>&1 || {
        cat "$folder/out"
        conclude 0 "campaign $1 failed"
    }
}

# Of the latest campaign of that name: ranks whose clock was not where it was said to be.
unknown_clocks() { # NAME NS_OF_A NS_OF_B NS_OF_C
    sql "SELECT count(*) FROM rank_figures WHERE campaign_id LIKE '%-$1' AND
        abs(clock_offset_ns - CASE host WHEN 'a' THEN $2 WHEN 'b' THEN $3 ELSE $4 END) > clock_uncertainty_ns"
}

print_figures() { # NAME
    sql "SELECT '$1: ' || host || ', rank ' || rank || ': latency p50 ' || round(avg(latency_p50_ns) / 1e6, 2) ||
        ' ms, offset ' || round(avg(clock_offset_ns) / 1e6, 3) || ' ms, give or take ' ||
        round(avg(clock_uncertainty_ns) / 1e3, 1) || ' us' FROM rank_figures
        WHERE campaign_id LIKE '%-$1' GROUP BY rank"
}

campaign_of same
echo "0 5000000" >"$folder/a.clock"
echo "0 500000000" >"$folder/b.clock"
echo "-1 0" >"$folder/c.clock"
campaign_of apart
wrong=$(($(unknown_clocks same 0 0 0) + $(unknown_clocks apart 5000000 500000000 -1000000000)))
print_figures same
print_figures apart
if tc -n "$hosts_prefix-b" qdisc add dev uplink root netem delay 5ms 2>/dev/null; then
    campaign_of delayed
    wrong=$((wrong + $(unknown_clocks delayed 5000000 500000000 -1000000000)))
    print_figures delayed
else
    echo "without a delay of 5 ms: this kernel has no netem"
fi
failed=$(sql "SELECT count(*) FROM samples WHERE outcome <> 'ok'")
early=$(sql "SELECT count(*) FROM samples s JOIN runs r ON r.id = s.run_id
    WHERE end_ns - start_ns < 20000000 OR start_ns < 0 OR end_ns > makespan_ns")
conclude "wrong == 0 && failed == 0 && early == 0" "$wrong of all clocks were not within their uncertainty; $failed \
requests failed, and $early were not within the run or were shorter than the server's delay"
