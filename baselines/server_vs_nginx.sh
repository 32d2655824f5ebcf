#!/bin/bash
# randintd against nginx and h2o: HTTP requests per second without a server delay, connections kept alive and
# one per request. nginx with `return 200` is as little as a good server can do, so it is the bar. With few
# connections the load's one thread is what limits all of them; the server's CPU time per request then tells
# them apart. How the runs are ordered: baselines/http.bash; ratios: baselines/ratios.awk.
#
# usage: baselines/server_vs_nginx.sh [-m MODELS] [-l LOADS] [-c CONNECTIONS] [-k MODES] [-r ROUNDS]
#                                     [-t SECONDS] [-s SEED]
#   -m  server models, MODEL or MODEL:WORKERS (epoll,io_uring,reuseport:2); nginx and h2o get as many
#       workers, or one
#   -l  loads, each of one thread: wrk or one of our drivers (wrk,io_uring)
#   -c  how many at once (32,256,1024)
#   -k  keep-alive, close or both (keep-alive,close)
#   -r, -t  6 rounds of 1 s a run: 84 runs a round, about 15 minutes
# BUILD names the folder of the binaries, build unless set; RANDINTD the server's. Everything stays on 127.0.0.1.
set -euo pipefail

# shellcheck source=baselines/http.bash
. "$(dirname "$0")/http.bash"
models=epoll,io_uring,reuseport:2 loads=wrk,io_uring
http_parse "$@"

# Those of as many workers are compared with one another.
declare -A of_workers
for model in "${model_list[@]}"; do
    workers=1
    [[ $model != *:* ]] || workers=${model##*:}
    number WORKERS "$workers" 64
    of_workers[$workers]+=" $model"
    start_model "$model"
done

add_blocks() { # WORKERS
    local mode count load server block
    start_external "nginx:$1"
    start_external "h2o:$1"
    for mode in "${mode_list[@]}"; do
        for count in "${connection_list[@]}"; do
            for load in "${load_list[@]}"; do
                block="$mode $count $load/nginx:$1 $load/h2o:$1 --"
                for server in ${of_workers[$1]}; do
                    block+=" $load/$server"
                done
                blocks+=("$block")
            done
        done
    done
}

for workers in $(printf '%s\n' "${!of_workers[@]}" | sort -n); do
    add_blocks "$workers"
done
compare_blocks
