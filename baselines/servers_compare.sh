#!/bin/bash
# Server models against their yardsticks: what the dialogue, the account and the timeouts cost on top of a bare
# program that makes the same system calls. HTTP without a delay, kept connections and one per request.
# CPU per request is the server's. How the runs are ordered: baselines/http.bash; ratios: baselines/ratios.awk.
#
# usage: baselines/servers_compare.sh [-m MODELS] [-l LOADS] [-c CONNECTIONS] [-k MODES] [-r ROUNDS]
#                                     [-t SECONDS] [-s SEED]
#   -m  which, such as epoll,io_uring: all that have a yardstick (thread,epoll,io_uring) and are in this build
#   -l  loads, each of one thread: wrk or one of our drivers (wrk,io_uring)
#   -c  how many at once (32,256,1024)
#   -k  keep-alive, close or both (keep-alive,close)
#   -r, -t  6 rounds of 1 s a run: 72 runs a round, about 12 minutes
# `make all baselines` builds what it needs. BUILD names the folder of the binaries, build unless set.
# Everything stays on 127.0.0.1.
set -euo pipefail

# shellcheck source=baselines/http.bash
. "$(dirname "$0")/http.bash"
known=thread,epoll,io_uring
models=$known loads=wrk,io_uring
http_parse "$@"

# Why a model cannot be compared here, or nothing.
obstacle() { # MODEL
    if [[ ,$known, != *,$1,* ]]; then
        echo "it has no yardstick: one of $known"
    elif [[ ! -x $build/baselines/bare_server_$1 ]]; then
        echo "$build/baselines/bare_server_$1 is missing: run 'make all baselines'"
    else
        { "$randintd" --model "$1" --check >/dev/null || true; } 2>&1
    fi
}

add_blocks() { # MODEL
    local mode count load
    start_model "$1"
    for mode in "${mode_list[@]}"; do
        start_bare "$1" "$mode"
        for count in "${connection_list[@]}"; do
            for load in "${load_list[@]}"; do
                blocks+=("$mode $count $load/bare_$1 -- $load/$1")
            done
        done
    done
}

for model in "${model_list[@]}"; do
    why=$(obstacle "$model")
    if [[ -z $why ]]; then
        add_blocks "$model"
    elif [[ $models != "$known" ]]; then
        die "$model: $why"
    else
        echo "without $model: $why" >&2
    fi
done
((${#blocks[@]})) || die "there is nothing to compare"
compare_blocks
