#!/bin/bash
# A load in ranks of MPI against the same in parts, all on this machine: what mpirun, the agreement on a start
# and the collection of samples add to a run. Every round makes one run of each, in a drawn order, against
# one randintd (delay 100 ms, backlog 4096). `waitbench compare` prints the ratio of makespans, ranks ÷ parts.
#
# usage: baselines/ranks_vs_parts.sh [-d DRIVER] [-p COUNT] [-r ROUNDS] [-c CONCURRENCY] [-n REQUESTS] [-s SEED]
#   -d  epoll
#   -p  parts, and ranks: 4
#   -r, -c, -n  15 rounds of 4096 of 1024: about a minute
# BUILD names the folder of the binaries, build unless set. Everything stays on 127.0.0.1.
set -euo pipefail

# shellcheck source=baselines/servers.bash
. "$(dirname "$0")/servers.bash"
driver=epoll count=4 rounds=15 concurrency=1024 requests=4096 seed=1

take_options d:driver p:count r:rounds c:concurrency n:requests s:seed -- "$@"
number COUNT "$count" 128
number ROUNDS "$rounds" 1000
number CONCURRENCY "$concurrency" 16384
number REQUESTS "$requests" 1000000
number SEED "$seed" 32767

# One run: a line of an export of runs, as `waitbench compare` reads it, without what tells the two apart.
run_in() { # parts|ranks
    timeout 120 "$build/waitbench" run --json --driver "$driver" --server "$address" --requests "$requests" \
        --concurrency "$concurrency" --seed "$round" "--$1" "$count" 2>"$dir/err" >"$dir/run" ||
        die "waitbench run --$1 $count failed: $(cat "$dir/err")"
    sed -E "s/\"of_runs\": 1,/\"of_runs\": $rounds,/; s/\"parts\": [0-9]+/\"parts\": 1/" "$dir/run" >>"$dir/$1.json"
}

start_randintd --delay 100ms --backlog 4096
RANDOM=$seed
for ((round = 1; round <= rounds; round++)); do
    order=(parts ranks)
    shuffle order
    for who in "${order[@]}"; do
        run_in "$who"
    done
done
printf '%s rounds, seed %s. A is %s parts, B %s ranks.\n\n' "$rounds" "$seed" "$count" "$count"
"$build/waitbench" compare "$dir/parts.json" "$dir/ranks.json"
