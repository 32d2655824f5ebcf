# What the comparisons share: a scratch folder, a randintd and an nginx, all on 127.0.0.1 and ended with
# the script, wrk's figures, and a median.
# BUILD names the folder of the binaries, build unless set; RANDINTD the server's, in it unless set.
# shellcheck shell=bash

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
randintd=${RANDINTD:-$build/randintd}

die() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

export LC_ALL=C.UTF-8 # figures have a point and not a comma
with_us=(setpriv --pdeathsig TERM) # what it starts ends with it, even after kill -9

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

start_randintd() { # [OPTION...]: sets `randintd_pid` and `address`
    [[ -x $randintd ]] || die "$randintd is missing: run 'make all baselines'"
    "${with_us[@]}" "$randintd" --host 127.0.0.1 --port 0 "$@" >"$dir/randintd.out" 2>&1 &
    randintd_pid=$!
    pids+=("$randintd_pid")
    for _ in {1..50}; do
        if grep -q ready "$dir/randintd.out"; then
            address=$(sed -n 's/^listening on //p' "$dir/randintd.out")
            return
        fi
        sleep 0.1
    done
    die "randintd does not start: $(tail -n 1 "$dir/randintd.out")"
}

# Both servers, over HTTP and without a delay.
start_servers() {
    PATH=$PATH:/usr/sbin # where Debian keeps nginx, and not on everybody's path
    command -v wrk >/dev/null || die "wrk is missing: apt install wrk"
    command -v nginx >/dev/null || die "nginx is missing: apt install nginx-light"
    start_randintd --delay 0
    randintd_url=http://$address/randint/20
    start_nginx
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
        location / { return 200 "0\n"; }
    }
}
CONF
        "${with_us[@]}" nginx -p "$dir" -c "$dir/nginx.conf" 2>/dev/null &
        local pid=$!
        nginx_url=http://127.0.0.1:$port/
        for _ in {1..20}; do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
            if [[ $(curl -s "$nginx_url") == 0 ]]; then
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

check_wrk() { # URL CONNECTIONS: errors end everything, for a figure with errors is none
    if grep -E 'Socket errors|Non-2xx' "$dir/wrk.out" >&2; then
        die "errors from $1 at $2 connections"
    fi
}

median() { # FILE COLUMN
    cut -d' ' -f"$2" "$1" | sort -g | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
