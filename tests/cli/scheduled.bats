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
        'CLOCK_REALTIME|gettimeofday|[^_a-z]time\((NULL|0)\)|timedwait\(|timedlock\(|ev_periodic' \
        lib engine server workloads drivers bench lessons
    [[ $(sort <<<"$output") == $'bench/keep/store_campaign.c\nbench/run/runner.c' ]]
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
