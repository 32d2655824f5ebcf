#!/usr/bin/env bats
# Requests that start by a schedule, with every driver, and where the kernel lacks what one waits with.

load common

@test "every driver that can run here takes open arrivals" {
    campaign --driver all --arrivals constant --rate 200 --requests 20 --concurrency 4 --repetitions 1
    [[ $status == 0 || $status == 3 ]] # a loaded machine may make a run INVALID, and says so
    [[ $(sql "SELECT count(*) FROM all_runs WHERE completed = 20") == \
        $("$waitbench" list | awk '$2 == "yes" && $1 != "null"' | wc -l) ]]
    [[ $(sql "SELECT count(DISTINCT arrivals || rate) FROM cases") == 1 ]]
}

@test "the time of day is read for stamps alone, so that a step of it changes no figure" {
    # What reads it, or waits by it unless told otherwise.
    run -0 grep -rlE --include='*.[ch]' \
        'CLOCK_REALTIME|gettimeofday|[^_a-z]time\((NULL|0)\)|[^g]timedwait\(|timedlock\(|ev_periodic' \
        lib engine server workloads drivers bench lessons
    [[ $(sort <<<"$output") == $'bench/keep/predictions.c\nbench/keep/store_campaign.c\nbench/run/runner.c' ]]
    for file in $output; do
        [[ $(grep -c CLOCK_REALTIME "$file") == 1 ]]
    done
    grep -q 'started_unix_ms = clock_read(CLOCK_REALTIME)' bench/run/runner.c
}

@test "a kernel without epoll_pwait2: drivers that wait with it are left out" {
    forbid() { # ARGUMENT...
        run --separate-stderr "${waitbench%/*}/tests/forbid" epoll_pwait2 ENOSYS "$waitbench" "$@"
    }
    reason="epoll waits for the time of a request with epoll_pwait2, which this kernel lacks"
    forbid list
    [[ $status == 0 ]]
    says "$output" "No open arrivals here: $reason" "No open arrivals here: multiloop waits"
    forbid run --driver epoll --arrivals poisson --rate 100 "${tiny[@]}"
    [[ $status == 2 ]]
    complains "$reason"
    forbid run --driver epoll,poll --arrivals poisson --rate 100 "${tiny[@]}"
    [[ $output == *poll* && $output != *epoll* ]]
    forbid run --driver epoll "${tiny[@]}"
    [[ $status == 0 ]]
}

# One line with that in it, from `run` and from `campaign`, and nothing is run or recorded.
refuses() { # PATTERN OPTION...
    local pattern=$1
    shift
    run --separate-stderr "$waitbench" run --driver epoll --delay 5ms --concurrency 4 "$@"
    [[ $status == 2 && -z $output ]]
    complains "$pattern"
    run --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --delay 5ms --concurrency 4 \
        --whole-process none "$@"
    [[ $status == 2 && -z $output ]]
    complains "$pattern"
    [[ ! -e $results/waitbench.db || $(sql "SELECT (SELECT count(*) FROM campaigns) + (SELECT count(*) FROM runs)") == 0 ]]
}

@test "rates that are none, or beyond what can be offered" {
    local rate
    for rate in 0 10000001 10001k 99999999999999999999; do
        refuses "--rate: '$rate' is out of range: from 1 to 10000000" --arrivals poisson --rate "$rate"
    done
    refuses "--rate: '-5'" --arrivals constant --rate=-5
    refuses "--rate: '0' is out of range" --arrivals constant --rate 100,0
    refuses "--rate: 'fast' is not a whole number" --arrivals constant --rate fast
    refuses "--rate: an item of the list is empty" --arrivals constant --rate ""
    refuses "open arrivals have a rate: add --rate" --arrivals constant
    refuses "open arrivals have a rate: add --rate" --arrivals closed,poisson --duration 1s
}

@test "rates and durations belong to open arrivals" {
    local belong="--rate and --duration belong to open arrivals: add --arrivals constant or poisson"
    refuses "$belong" --rate 100
    refuses "$belong" --duration 1s
    refuses "$belong" --arrivals closed,burst --rate 100 --duration 1s
}

@test "a duration gives some requests, not too many, and leaves no room for another number of them" {
    local rate shortest
    refuses "--duration 1ms is shorter than one gap at 100 requests/s: 10.0 ms" --arrivals constant --rate 100 --duration 1ms
    refuses "--duration 999ms is shorter than one gap at 1 requests/s" --arrivals poisson --rate 100,1 --duration 999ms
    refuses "--duration 1000s at 1000000 requests/s is 1000000000 requests: 100000000 at most" \
        --arrivals poisson --rate 1M --duration 1000s
    refuses "--requests: '100000001' is out of range" --arrivals poisson --rate 1M --requests 100000001
    refuses "leave out one" --arrivals poisson --rate 100 --duration 1s --requests 1024
    refuses "leave out one" --arrivals burst,constant --rate 100 --requests 8 --duration 1s
    refuses "--duration: '0' is out of range" --arrivals constant --rate 100 --duration 0
    while read -r rate shortest; do
        run --separate-stderr "$waitbench" run --driver epoll --delay 1ms --concurrency 4 --arrivals constant \
            --rate "$rate" --duration "$shortest" --json
        says "$output" '"requests": 1,'
    done <<<$'100 10ms\n10 100ms'
    # Closed arrivals beside them have a number.
    campaign --driver epoll --arrivals closed,constant --rate 100 --duration 100ms --requests 7 --concurrency 4
    [[ $(sql "SELECT group_concat(requests) FROM (SELECT requests FROM cases ORDER BY arrivals)") == 7,10 ]]
}

@test "requests of open arrivals are not sent in groups" {
    refuses "leave out --pipeline" --arrivals constant --rate 100 --pipeline 4 --keep-alive
}
