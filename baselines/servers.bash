# What the comparisons share: a scratch folder, checks of their options, shuffling, and servers, all on 127.0.0.1
# and ended with the script.
# BUILD names the folder of the binaries, build unless set; RANDINTD the server's, in it unless set.
# shellcheck shell=bash

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
randintd=${RANDINTD:-$build/randintd}

die() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

# The script's opening comment has its usage: from there on.
print_usage() {
    sed -n '/^# usage/,/^set/s/^# \?//p' "$0"
}

wrong_usage() { # WHAT
    echo "$(basename "$0" .sh): $*; -h shows the usage" >&2
    exit 2
}

# Options by their letters: of "d:driver" the value goes into the variable `driver`, "k=keep" has none and sets
# `keep` to "yes"; -h prints the usage.
take_options() { # SPECIFICATION... -- [OPTION...]
    local -A variable=()
    local option letters=h
    while [[ $1 != -- ]]; do
        variable[${1:0:1}]=${1:2}
        letters+=${1:0:1}
        [[ $1 != ?:* ]] || letters+=:
        shift
    done
    shift
    while getopts ":$letters" option; do
        [[ $option != h ]] || { print_usage && exit; }
        [[ -v variable[$option] ]] || wrong_usage "-$OPTARG is no option, or its value is missing"
        printf -v "${variable[$option]}" %s "${OPTARG-yes}"
    done
    ((OPTIND > $#)) || wrong_usage "'${!OPTIND}' is no option"
}

number() { # NAME VALUE HIGHEST
    if ! [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || (($2 > $3)); then
        wrong_usage "$1 '$2' is not a whole number from 1 to $3"
    fi
}

shuffle() { # ARRAY: in place, by RANDOM
    local -n array=$1
    local i j swap
    for ((i = ${#array[@]} - 1; i > 0; i--)); do
        j=$((RANDOM % (i + 1)))
        swap=${array[i]} array[i]=${array[j]} array[j]=$swap
    done
}

export LC_ALL=C.UTF-8              # figures have a point and not a comma
PATH=$PATH:/usr/sbin               # where Debian keeps nginx, and not on everybody's path
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

# Servers over HTTP by their names; that of a bare server has its connection mode behind it.
declare -A server_address server_pid

# A program that prints its address, then 'ready': sets `address` and `pid`.
start_announced() { # PROGRAM [OPTION...]
    local out
    [[ -x $1 ]] || die "$1 is missing: run 'make all baselines'"
    out=$(mktemp "$dir/out.XXXXXX")
    "${with_us[@]}" "$@" >"$out" 2>&1 &
    pid=$!
    pids+=("$pid")
    for _ in {1..50}; do
        if grep -q ready "$out"; then
            address=$(sed -n 's/^listening on //p' "$out")
            return
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    die "${1##*/} does not start: $(tail -n 1 "$out")"
}

start_randintd() { # [OPTION...]: sets `address` and `pid`
    start_announced "$randintd" --host 127.0.0.1 --port 0 "$@"
}

start_model() { # MODEL[:WORKERS]: without a delay
    local option=()
    [[ $1 != *:* ]] || option=(--workers "${1##*:}")
    start_randintd --delay 0 --model "${1%%:*}" "${option[@]}"
    server_address[$1]=$address server_pid[$1]=$pid
}

# A bare server serves one connection mode.
start_bare() { # MODEL keep-alive|close
    local word=()
    [[ $2 == close ]] || word=(keep-alive)
    start_announced "$build/baselines/bare_server_$1" "${word[@]}"
    server_address["bare_$1 $2"]=$address server_pid["bare_$1 $2"]=$pid
}

# Our models share a port by SO_REUSEPORT where they have several loops; then nginx does, too.
nginx_configuration() { # PORT WORKERS
    local share=''
    (($2 == 1)) || share=reuseport
    cat <<CONF
worker_processes $2;
daemon off;
pid $dir/nginx.$1.pid;
error_log $dir/nginx.$1.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir;
    uwsgi_temp_path $dir; scgi_temp_path $dir;
    server {
        listen 127.0.0.1:$1 backlog=4096 $share;
        location / { return 200 "0\n"; }
    }
}
CONF
}

# h2o has no 'return': a file, which it keeps open, costs it less than a handler in mruby. Its response has
# some 160 bytes more of header than ours.
h2o_configuration() { # PORT WORKERS
    echo 0 >"$dir/zero"
    cat <<CONF
user: $(id -un)
num-threads: $2
max-connections: 4096
pid-file: $dir/h2o.$1.pid
error-log: $dir/h2o.$1.log
hosts:
  default:
    listen: {host: 127.0.0.1, port: $1}
    paths:
      /: {file.file: $dir/zero, file.etag: OFF}
CONF
}

check_external() { # PROGRAM
    command -v "$1" >/dev/null || die "$1 is missing: './run.sh deps baselines' installs it"
}

# nginx or h2o. They cannot pick a free port by themselves: try a few.
start_external() { # NAME[:WORKERS]
    local name=${1%%:*} workers=1 port configuration
    [[ $1 != *:* ]] || workers=${1##*:}
    check_external "$name"
    for _ in {1..10}; do
        port=$((20000 + RANDOM % 10000))
        configuration=$dir/$name.$port.conf
        "${name}_configuration" "$port" "$workers" >"$configuration"
        "${with_us[@]}" "$name" -c "$configuration" >"$dir/$name.$port.log" 2>&1 &
        pid=$!
        for _ in {1..30}; do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
            if [[ $(curl -s "http://127.0.0.1:$port/") == 0 ]]; then
                pids+=("$pid")
                server_address[$1]=127.0.0.1:$port server_pid[$1]=$pid
                return
            fi
        done
        kill "$pid"
    done
    die "$name does not start: $(tail -n 1 "$dir/$name.$port.log")"
}

# CPU time that a server has used so far, its processes and those that have ended included.
cpu_ticks() { # PID
    local child files=("/proc/$1/stat")
    for child in $(pgrep -P "$1"); do
        files+=("/proc/$child/stat")
    done
    { cat "${files[@]}" 2>/dev/null || true; } | awk -v parent="$1" '
        { ended = $1 == parent; sub(/.*\) /, ""); ticks += $12 + $13 + ended * ($14 + $15) }
        END { print ticks + 0 }'
}
