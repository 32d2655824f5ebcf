#!/bin/bash
# randintd against nginx: HTTP requests per second, connections kept alive, no server delay. nginx with
# one worker and `return 200` is as little as a good server can do, so it is the bar. The two take
# turns within every round, so that whatever else the machine does meets both alike. With few
# connections wrk's one thread is what limits both; the server's CPU time per request then tells
# them apart.
#
# usage: baselines/server_vs_nginx.sh [ROUNDS [SECONDS]]     (3 rounds of 2 s, about 40 s in all)
# RANDINTD names the binary, build/randintd unless set. Everything stays on 127.0.0.1.
set -euo pipefail

rounds=${1:-3}
seconds=${2:-2}
connections=(32 256 1024)
# shellcheck source=baselines/servers.bash
. "$(dirname "$0")/servers.bash"
[[ $rounds =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ ]] ||
    die "usage: baselines/server_vs_nginx.sh [ROUNDS [SECONDS]]"

# One run: "requests/s us-of-CPU-per-request".
measure() { # URL PID CONNECTIONS
    local before after
    before=$(cpu_ticks "$2")
    wrk -t1 -c"$3" -d"${seconds}s" "$1" >"$dir/wrk.out" || die "wrk failed on $1"
    after=$(cpu_ticks "$2")
    check_wrk "$1" "$3"
    awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
        / requests in / { requests = $1 }
        /Requests\/sec/ { print $2, ticks / hertz * 1e6 / requests }' "$dir/wrk.out"
}

start_servers
for ((round = 1; round <= rounds; round++)); do
    for c in "${connections[@]}"; do
        measure "$randintd_url" "$randintd_pid" "$c" >>"$dir/randintd.$c"
        measure "$nginx_url" "$nginx_pid" "$c" >>"$dir/nginx.$c"
    done
done

printf 'HTTP keep-alive, no server delay, wrk -t1 -d%ss, median of %s\n' "$seconds" "$rounds"
printf '%11s  %32s  %32s\n' '' 'requests/s' 'us of CPU per request'
printf '%11s  %12s %12s %6s  %12s %12s %6s\n' connections randintd nginx ratio randintd nginx ratio
for c in "${connections[@]}"; do
    echo "$c $(median "$dir/randintd.$c" 1) $(median "$dir/nginx.$c" 1)" \
        "$(median "$dir/randintd.$c" 2) $(median "$dir/nginx.$c" 2)"
done | awk '{ printf "%11d  %12.0f %12.0f %6.2f  %12.1f %12.1f %6.2f\n",
    $1, $2, $3, $2 / $3, $4, $5, $4 / $5 }'
