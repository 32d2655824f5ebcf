#!/bin/bash
# Our drivers against wrk, and gcannon where there is one, as clients: HTTP requests per second without a server
# delay, one thread each, at randintd and at nginx. wrk is known as the fastest client of one thread, gcannon is
# HttpArena's, on io_uring; what ours do beside, and they do not, is to check every response and keep a sample of
# every request. CPU per request is the client's. How the runs are ordered: baselines/http.bash; ratios:
# baselines/ratios.awk.
#
# usage: baselines/client_vs_wrk.sh [-l DRIVERS] [-m MODELS] [-c CONNECTIONS] [-k MODES] [-r ROUNDS]
#                                   [-t SECONDS] [-s SEED]
#   -l  our drivers (epoll,io_uring)
#   -m  randintd's server models, besides nginx (libev)
#   -c  how many at once (32,256,1024)
#   -k  keep-alive, close or both (keep-alive); gcannon has no part in close
#   -r, -t  6 rounds of 1 s a run: 24 runs a round, about 5 minutes
# gcannon is not in Debian: build it from https://github.com/MDA2AV/gcannon, and name it in GCANNON or put it
# into PATH. BUILD names the folder of the binaries, build unless set; RANDINTD the server's. Everything stays on
# 127.0.0.1.
set -euo pipefail

# shellcheck source=baselines/http.bash
. "$(dirname "$0")/http.bash"
models=libev loads=epoll,io_uring modes=keep-alive measured=client
http_parse "$@"

check_load wrk
if [[ -n $gcannon ]]; then
    check_load gcannon
else
    echo "without gcannon: it is not in PATH, and GCANNON does not name it" >&2
fi

block_of() { # SERVER MODE CONNECTIONS
    local block="$2 $3 wrk/$1" driver
    [[ -z $gcannon || $2 == close ]] || block+=" gcannon/$1"
    block+=" --"
    for driver in "${load_list[@]}"; do
        block+=" $driver/$1"
    done
    echo "$block"
}

start_external nginx
for model in "${model_list[@]}"; do
    start_model "$model"
done
for server in "${model_list[@]}" nginx; do
    for mode in "${mode_list[@]}"; do
        for count in "${connection_list[@]}"; do
            blocks+=("$(block_of "$server" "$mode" "$count")")
        done
    done
done
compare_blocks
