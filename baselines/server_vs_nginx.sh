#!/bin/bash
# randintd against nginx: HTTP requests per second, connections kept alive, no thinking. nginx with
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
root=$(cd "$(dirname "$0")/.." && pwd)
randintd=${RANDINTD:-$root/build/randintd}

die() {
    echo "server_vs_nginx: $*" >&2
    exit 1
}

PATH=$PATH:/usr/sbin # where Debian keeps nginx, and not on everybody's path
command -v wrk >/dev/null || die "wrk is missing: apt install wrk"
command -v nginx >/dev/null || die "nginx is missing: apt install nginx-light"
[[ -x $randintd ]] || die "$randintd is missing: run make"
[[ $rounds =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ ]] ||
    die "usage: baselines/server_vs_nginx.sh [ROUNDS [SECONDS]]"

dir=$(mktemp -d)
pids=()
cleanup() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

start_randintd() {
    "$randintd" --host 127.0.0.1 --port 0 --think 0 >"$dir/randintd.out" &
    randintd_pid=$!
    pids+=("$randintd_pid")
    for _ in {1..50}; do
        grep -q ready "$dir/randintd.out" && break
        sleep 0.1
    done
    randintd_url=http://$(sed -n 's/listening on //p' "$dir/randintd.out")/randint/20
}

# nginx cannot pick a free port by itself: try a few.
start_nginx() {
    local port try
    for try in {1..10}; do
        port=$((20000 + RANDOM % 10000))
        cat >"$dir/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir;
    uwsgi_temp_path $dir; scgi_temp_path $dir;
    server {
        listen 127.0.0.1:$port backlog=4096;
        location / { return 200 "17\n"; }
    }
}
CONF
        nginx -p "$dir" -c "$dir/nginx.conf" 2>/dev/null &
        local pid=$!
        nginx_url=http://127.0.0.1:$port/
        for _ in {1..20}; do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
            if [[ $(curl -s "$nginx_url") == 17 ]]; then
                pids+=("$pid")
                nginx_pid=$(pgrep -P "$pid") # the worker
                return
            fi
        done
        kill "$pid"
    done
    die "nginx does not start: $(tail -n 1 "$dir/error.log" 2>/dev/null || echo "after $try tries")"
}

cpu_ticks() { # PID: user and system time used so far
    awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}

# One run: "requests/s us-of-CPU-per-request". Errors end everything, for a figure with errors is
# none.
measure() { # URL PID CONNECTIONS
    local before after
    before=$(cpu_ticks "$2")
    wrk -t1 -c"$3" -d"${seconds}s" "$1" >"$dir/wrk.out" || die "wrk failed on $1"
    after=$(cpu_ticks "$2")
    if grep -E 'Socket errors|Non-2xx' "$dir/wrk.out" >&2; then
        die "errors from $1 at $3 connections"
    fi
    awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
        / requests in / { requests = $1 }
        /Requests\/sec/ { print $2, ticks / hertz * 1e6 / requests }' "$dir/wrk.out"
}

median() { # FILE COLUMN
    cut -d' ' -f"$2" "$1" | sort -g | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

start_randintd
start_nginx
for ((round = 1; round <= rounds; round++)); do
    for c in "${connections[@]}"; do
        measure "$randintd_url" "$randintd_pid" "$c" >>"$dir/randintd.$c"
        measure "$nginx_url" "$nginx_pid" "$c" >>"$dir/nginx.$c"
    done
done

printf 'HTTP keep-alive, no thinking, wrk -t1 -d%ss, median of %s\n' "$seconds" "$rounds"
printf '%11s  %32s  %32s\n' '' 'requests/s' 'us of CPU per request'
printf '%11s  %12s %12s %6s  %12s %12s %6s\n' connections randintd nginx ratio randintd nginx ratio
for c in "${connections[@]}"; do
    echo "$c $(median "$dir/randintd.$c" 1) $(median "$dir/nginx.$c" 1)" \
        "$(median "$dir/randintd.$c" 2) $(median "$dir/nginx.$c" 2)"
done | awk '{ printf "%11d  %12.0f %12.0f %6.2f  %12.1f %12.1f %6.2f\n",
    $1, $2, $3, $2 / $3, $4, $5, $4 / $5 }'
