#!/bin/bash
# Our drivers against wrk as clients: HTTP requests per second over kept connections, no server delay, one
# thread each, at randintd and at nginx. wrk is known as the fastest client of one thread; what ours do
# beside, and it does not, is to check every response and keep a sample of every request. All clients take
# turns within every round. CPU per request is the client's.
#
# usage: baselines/client_vs_wrk.sh [ROUNDS [REQUESTS [DRIVERS]]]   (5 rounds of 200000 by epoll,io_uring)
# BUILD names the folder of the binaries, build unless set. Everything stays on 127.0.0.1.
set -euo pipefail

rounds=${1:-5}
requests=${2:-200000}
drivers=${3:-epoll,io_uring}
connections=(32 256 1024)
# shellcheck source=baselines/servers.bash
. "$(dirname "$0")/servers.bash"
[[ $rounds =~ ^[1-9][0-9]*$ && $requests =~ ^[1-9][0-9]*$ ]] ||
    die "usage: baselines/client_vs_wrk.sh [ROUNDS [REQUESTS [DRIVERS]]]"

by_wrk() { # URL CONNECTIONS: "requests/s us-of-CPU-per-request"
    local TIMEFORMAT='%U %S'
    { time wrk -t1 -c"$2" -d2s "$1" >"$dir/wrk.out"; } 2>"$dir/wrk.cpu" || die "wrk failed on $1"
    check_wrk "$1" "$2"
    awk 'NR == FNR { cpu = $1 + $2; next }
        / requests in / { requests = $1 }
        /Requests\/sec/ { print $2, cpu * 1e6 / requests }' "$dir/wrk.cpu" "$dir/wrk.out"
}

by_driver() { # DRIVER HOST:PORT CONNECTIONS: the same
    rm -rf "$dir/results"
    "$build/waitbench" campaign --driver "$1" --server "$2" --workload http --keep-alive --delay 0 \
        --concurrency "$3" --requests "$requests" --repetitions 1 --arrivals closed --backlog 4096 \
        --whole-process none --predict off --usage off --results "$dir/results" --name once \
        >/dev/null 2>"$dir/said" || die "$1 at $3 connections: $(tail -n 1 "$dir/said")"
    "$build/waitbench" export once --what usage-runs --results "$dir/results" >"$dir/usage.csv"
    "$build/waitbench" export once --what runs --results "$dir/results" >"$dir/runs.csv"
    awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) column[FILENAME, $i] = i; next }
        FILENAME ~ /usage/ && $column[FILENAME, "side"] == "client" &&
            $column[FILENAME, "metric"] == "cpu_ns" { cpu = $column[FILENAME, "value"] }
        FILENAME ~ /runs/ { n = $column[FILENAME, "completed"]; took = $column[FILENAME, "makespan_s"] }
        END { print n / took, cpu / 1e3 / n }' "$dir/usage.csv" "$dir/runs.csv"
}

host_of() { # URL
    local rest=${1#http://}
    echo "${rest%%/*}"
}

start_servers
IFS=, read -ra names <<<"$drivers"
for ((round = 1; round <= rounds; round++)); do
    for server in randintd nginx; do
        url=${server}_url
        for c in "${connections[@]}"; do
            by_wrk "${!url}" "$c" >>"$dir/$server.$c.wrk"
            for name in "${names[@]}"; do
                by_driver "$name" "$(host_of "${!url}")" "$c" >>"$dir/$server.$c.$name"
            done
        done
    done
done

printf 'HTTP over kept connections, no server delay, one thread, medians of %s rounds\n' "$rounds"
printf '%-9s %11s  %-12s %12s %12s  %10s %10s\n' server connections client requests/s 'over wrk' \
    'us of CPU' 'over wrk'
for server in randintd nginx; do
    for c in "${connections[@]}"; do
        wrk_rate=$(median "$dir/$server.$c.wrk" 1)
        wrk_cpu=$(median "$dir/$server.$c.wrk" 2)
        for name in wrk "${names[@]}"; do
            echo "$server $c $name $(median "$dir/$server.$c.$name" 1)" \
                "$(median "$dir/$server.$c.$name" 2) $wrk_rate $wrk_cpu"
        done
    done
done | awk '{ printf "%-9s %11d  %-12s %12.0f %12.2f  %10.2f %10.2f\n", $1, $2, $3, $4, $4 / $6, $5,
    $5 / $7 }'
