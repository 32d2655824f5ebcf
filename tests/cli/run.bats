#!/usr/bin/env bats
# waitbench as somebody types it: help, wrong usage, and `run` with what it prints and returns.

load common

@test "every command explains itself" {
    for command in list explain run campaign limits lesson table report compare export grade env worksheet; do
        run -0 --separate-stderr "$waitbench" "$command" --help
        says "$output" "usage: waitbench $command" "-h, --help"
        [[ -z $stderr ]]
        # A line that goes on begins where its paragraph does.
        ! sed '/^  *-/,$d' <<<"$output" | grep '^ ' || return 1
        [[ $("$waitbench" "$command" -h) == "$output" ]]
    done
}

@test "waitbench without words, with --help and with a word it does not know" {
    run -0 --separate-stderr "$waitbench" --help
    says "$output" campaign export "Exit codes"
    help=$output
    [[ $("$waitbench" help) == "$help" && $("$waitbench" -h) == "$help" ]]
    run -2 --separate-stderr "$waitbench"
    [[ -z $output && $stderr == "$help" ]]
    run -2 --separate-stderr "$waitbench" dance
    [[ -z $output ]]
    says "$stderr" "there is no command 'dance'" "usage:"
}

@test "wrong usage is one line on standard error and exit code 2" {
    wrong() { # PATTERN ARGUMENT...
        run -2 --separate-stderr "$waitbench" "${@:2}"
        [[ -z $output ]]
        complains "waitbench: " "$1"
    }
    wrong "no such option" run --nosuch
    wrong "no such option" run -z
    wrong "no such option" list --nosuch
    wrong "a value is missing" run --driver
    wrong "'extra' was not expected" run --driver null extra
    wrong "'extra' was not expected" list extra
    wrong "'extra' was not expected" env extra
    wrong "'two' was not expected" table one two
    wrong "'two' was not expected" export one two
    wrong "'extra' was not expected" campaign extra
    wrong "say which driver" run
    wrong "there is no driver 'nosuch'; 'waitbench list' names them" run -d nosuch
    wrong "there is no driver" run -d Libev
    wrong "there is no workload 'nosuch'" run -d null --workload nosuch
    wrong "'nosuch' is none of: closed, burst" run -d null --arrivals nosuch
    wrong "'xml' is none of: csv, json" export --format xml
    wrong "'nosuch' is none of: talk, quick, full, fib" campaign --preset nosuch
    wrong "is not a name" campaign --name ../../etc
    wrong "is not a name" campaign --name ''
    wrong "2 cases; 'run' does one" run -d libev -c 4,8
    wrong "--server" run -d libev --server nonsense
}

@test "numbers that are none, zero and absurd ones" {
    wrong() { # OPTION VALUE...
        local value
        for value in "${@:2}"; do
            run -2 --separate-stderr "$waitbench" run --driver libev "$1" "$value"
            [[ -z $output ]]
            complains "waitbench: $1: "
        done
    }
    wrong --concurrency 0 -1 x 4x 1.5 '' ' ' , 4, ,4 4,,8 1000001 99999999999999999999 0x10
    wrong --requests 0 -1 x 1e3 '' 100000001 99999999999999999999
    wrong --delay -1ms 10 ms 1.5.5s 61s 1h ''
    wrong --backlog 0 -1 x 65536 4096,
    wrong --repetitions 0 -5 x 10001
    wrong --seed 0 -1 x 9223372036854775808
    wrong --time-box x 10 -1s
    wrong --stack 0 1 1Ti 2Gi x
    wrong --pipeline 0 -1 65 x 2,4 ''
    wrong --timeout x 10 -1s
}

@test "more connections than there can be descriptors: no figure, and what to do" {
    run -3 --separate-stderr "$waitbench" run --driver libev --concurrency 1M
    says "$stderr" INVALID "1000032 descriptors are needed" "lower the concurrency"
    says "$output" "no figure"
}

@test "a run prints its figures" {
    run -0 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}"
    nothing_but_noise
    says "$output" " of libev(4)" "server delay 5 ms" "requests/s"
    [[ $output =~ " OK"|" NOISY" ]]
}

@test "a driver explains itself: lesson, facts, source, and what it cost" {
    run -0 --separate-stderr "$waitbench" explain libev --results "$results"
    says "$output" "libev: one thread, one event loop" "drivers/libev.c" "readiness" \
        "not measured yet" "there is no store"
    [[ $output != *"/*"* && $output != *"#include"* ]]
    campaign
    run -0 --separate-stderr "$waitbench" explain libev --results "$results"
    says "$output" "Measured in campaign" "new connections" "Resource usage"
    [[ $output != *sequential* ]]
    run -0 --separate-stderr "$waitbench" explain threadpool --results "$results"
    says "$output" "ran threadpool yet"
    run -2 --separate-stderr "$waitbench" explain nosuch
    complains "there is no driver 'nosuch'"
    run -2 --separate-stderr "$waitbench" explain
    complains "say which driver"
}

@test "a quiet run prints nothing" {
    run -0 --separate-stderr "$waitbench" run --quiet --driver threadpool "${tiny[@]}"
    [[ -z $output ]]
}

# Sets $drivers to those that can run here; what cannot says so below the table.
find_drivers() {
    drivers=$("$waitbench" list | awk 'NR > 2 && (!NF || $2 == "cannot") {exit} NR > 2 && $2 == "yes" {print $1}')
    says "$drivers" null sequential threadpool libev
}

@test "every driver, in every way, runs" {
    find_drivers
    for driver in $drivers; do
        for workload in randint http; do
            run -0 --separate-stderr "$waitbench" run --quiet --driver "$driver" "${tiny[@]}" --workload "$workload"
            run -0 --separate-stderr "$waitbench" run --quiet --driver "$driver" "${tiny[@]}" --workload "$workload" \
                --keep-alive --arrivals burst
            [[ -z $output ]]
        done
    done
}

at_least() { # VALUE BOUND
    awk -v value="$1" -v bound="$2" 'BEGIN { exit !(value != "" && value + 0 >= bound + 0) }'
}

at_most() { # BOUND COUNT: which is none of nothing
    [[ $2 =~ ^[0-9]+$ ]] && (($2 >= 1 && $2 <= $1))
}

json() { # EXPRESSION: of the object in $output
    sqlite3 :memory: "SELECT json_extract('${output//\'/\'\'}', '\$.$1')"
}

# After a second in TIME_WAIT a port of loopback is given out again (net.ipv4.tcp_tw_reuse), so that a run which
# a busy machine makes longer has more of them.
run_within_a_second() { # WAITBENCH ARGUMENT...
    local try
    for try in {1..20}; do
        run --separate-stderr "$@"
        at_least "$(json makespan_s)" 1 || return 0
    done
    echo "each of $try runs took a second" >&2
    return 1
}

@test "every driver runs out of the ports that it may use, or says that it cannot limit them" {
    few=(--workload few-ports-close-first --concurrency 1 --requests 300 --delay 0 --json)
    for driver in sequential threadpool prefork fork-per-request epoll libev libevent libuv st; do
        "$waitbench" run --driver "$driver" "${tiny[@]}" --quiet || continue # its library is missing
        run_within_a_second "$waitbench" run --driver "$driver" "${few[@]}"
        [[ $(json reasons) != *tcp_max_tw_buckets* ]] || skip "this machine has as many connections in TIME_WAIT as it keeps"
        ((status == 0))
        [[ "$(json completed) $(json failed) $(json quality)" == "200 100 NOISY" ]]
        [[ $(json reasons) == *"100 of 300 requests failed, as workload few-ports-close-first provokes"* ]]
    done
    # Another failure is one.
    run -3 --separate-stderr "$waitbench" run --driver libev "${few[@]}" --server 127.0.0.1:1
    [[ "$(json failed) $(json quality)" == "300 INVALID" ]]
    "$randintd" --check --model io_uring || skip "io_uring cannot run here"
    run -3 --separate-stderr "$waitbench" run --driver io_uring "${few[@]}"
    says "$output" "setup failed: io_uring creates its sockets in the ring"
}

@test "descriptors run out in each process of a load, which is what the workload provokes" {
    few=(--driver epoll --workload few-descriptors --arrivals burst --concurrency 320 --delay 1s --repetitions 1 --json)
    run -0 --separate-stderr "$waitbench" run "${few[@]}"
    completed=$(json completed)
    ((completed > 160 && completed < 200))
    [[ "$(json failed) $(json quality)" == "$((320 - completed)) NOISY" ]]
    says "$(json reasons)" "requests failed, as workload few-descriptors provokes" "Too many open files"
    run -0 --separate-stderr "$waitbench" run "${few[@]}" --parts 2
    [[ "$(json completed) $(json failed)" == "320 0" ]]
    run -3 --separate-stderr "$waitbench" run "${few[@]}" --server 127.0.0.1:1
    [[ $(json quality) == INVALID ]]
}

@test "four source addresses take a server at an IPv4 address" {
    start_server --delay 0 --host ::1 || skip "no IPv6 here"
    run -3 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --json \
        --workload few-ports-4-addresses --server "[::1]:$port"
    [[ "$(json failed) $(json quality)" == "8 INVALID" ]]
    [[ $(json reasons) == *"Address family not supported"* ]]
}

@test "--json is one valid object per run, with every key" {
    run -0 --separate-stderr "$waitbench" run --json --driver libev "${tiny[@]}" --repetitions 3
    nothing_but_noise
    [[ ${#lines[@]} == 3 ]]
    for output in "${lines[@]}"; do
        [[ $(sqlite3 :memory: "SELECT json_valid('${output//\'/\'\'}')") == 1 ]]
        keys=$(sqlite3 :memory: "SELECT group_concat(key, ' ') FROM json_each('${output//\'/\'\'}')")
        says " $keys " " driver " " workload " " arrivals " " requests " " concurrency " \
            " keep_alive " " pipeline " " delay_s " " backlog " " block " " position " " quality " " completed " \
            " failed " " makespan_s " " per_request_s " " setup_s " " teardown_s " \
            " latency_p50_s " " latency_p99_s " " latency_max_s " " syn_retransmits " \
            " listen_overflows " " started_at " " reasons " " server_json "
    done
    [[ $(json driver) == libev && $(json quality) != INVALID && $(json completed) == 8 ]]
    [[ $(json block) == 2 && $(json failed) == 0 && $(json delay_s) == 0.005 ]]
    [[ $(json server_json.delay_ns) == 5000000 ]]
    # 40, for the warm-up's 32 came first.
    [[ $(json server_json.completed) == 40 ]]
    at_most 4 "$(json server_json.in_flight_max)"
    # Never faster than the server's delay; no 99th percentile from 8 requests.
    at_least "$(json makespan_s)" 0.0099
    at_least "$(json latency_p50_s)" 0.0049
    [[ -z $(json latency_p99_s) ]]
}

@test "what is requested for is what is measured" {
    run -0 --separate-stderr "$waitbench" run --json --driver threadpool --arrivals burst --concurrency 6 \
        --delay 7ms --backlog 128 --workload http --keep-alive
    [[ $(json arrivals) == burst && $(json requests) == 6 && $(json concurrency) == 6 ]]
    [[ $(json keep_alive) == 1 && $(json workload) == http && $(json backlog) == 128 ]]
    [[ $(json server_json.backlog) == 128 && $(json server_json.delay_ns) == 7000000 ]]
    at_most 7 "$(json server_json.accepted)" # six connections kept, and the one that asks this
}

@test "pipelining: C connections, so many requests at once on each" {
    for workload in randint http; do
        run -0 --separate-stderr "$waitbench" run --json --driver libev --arrivals burst --concurrency 6 \
            --delay 7ms --workload "$workload" --keep-alive --pipeline 4
        nothing_but_noise
        [[ $(json pipeline) == 4 && $(json concurrency) == 6 && $(json requests) == 24 ]]
        [[ $(json completed) == 24 && $(json failed) == 0 ]]
        [[ $(json server_json.completed) == 56 ]]
        at_most 7 "$(json server_json.accepted)"
        # The server delays the requests of a connection one at a time.
        at_most 6 "$(json server_json.in_flight_max)"
        at_least "$(json makespan_s)" 0.0279
    done
    run -0 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --keep-alive --pipeline 3
    says "$output" "kept alive, pipeline 3, server delay 5 ms"
    run -0 --separate-stderr "$waitbench" run --json --driver libev "${tiny[@]}" --keep-alive
    [[ $(json pipeline) == 1 ]]
}

@test "every driver pipelines, or is another program and says so" {
    pipelined() { # DRIVER WORKLOAD
        "$waitbench" run --quiet --driver "$1" "${tiny[@]}" --requests 30 --workload "$2" --keep-alive --pipeline 4
    }
    find_drivers
    for driver in $drivers; do
        if "$waitbench" list | grep -q "^$driver .* another program "; then
            run -2 --separate-stderr pipelined "$driver" randint
            complains "is another program"
        else
            for workload in randint http; do
                run -0 --separate-stderr pipelined "$driver" "$workload"
                [[ -z $output ]]
            done
        fi
    done
}

@test "pipelining is refused where it cannot be" {
    run -2 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --pipeline 4
    complains "--pipeline needs connections that are kept: add --keep-alive"
    run -2 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --keep-alive --pipeline 4 --workload nap
    complains "workload nap has jobs"
    run -2 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --keep-alive --pipeline 4 --workload split
    complains "workload split sends each request in two pieces"
    run -2 --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --keep-alive --pipeline 65
    complains "waitbench: --pipeline: "
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --driver libev "${tiny[@]}" --pipeline 4
    complains "--pipeline needs connections"
    # One request at a time needs nothing.
    run -0 --separate-stderr "$waitbench" run --quiet --driver libev "${tiny[@]}" --pipeline 1
}

@test "a driver that is one at a time is boxed, and says how many requests it made" {
    run -0 --separate-stderr "$waitbench" run --driver sequential --delay 50ms --time-box 300ms
    [[ $output =~ ([0-9]+)" of 1024 requests made" ]]
    ((BASH_REMATCH[1] >= 1 && BASH_REMATCH[1] <= 6))
    run -0 --separate-stderr "$waitbench" run --json --driver sequential --delay 50ms --time-box 300ms
    at_most 6 "$(json completed)"
    [[ $(json requests) == 1024 ]]
    run -0 --separate-stderr "$waitbench" run --json --driver sequential --delay 1ms --requests 20 --time-box 0
    [[ $(json completed) == 20 ]]
}

@test "somebody else's server is used, and left running" {
    start_server --delay 6ms
    run -0 --separate-stderr "$waitbench" run --json --driver libev "${tiny[@]}" --server "127.0.0.1:$port"
    [[ $(json server_json.pid) == "$server" ]]
    kill -0 "$server"
}

@test "env names the machine and the build" {
    run -0 --separate-stderr "$waitbench" env
    says "$output" cores kernel compiler flags revision
    [[ $(grep -c '^libev ' <<<"$output") == 1 ]] # which several drivers show
}

@test "what cannot be printed is an error" {
    for command in "list" "env" "--help" "run --help" "run --driver null" "run --driver null --json"; do
        # shellcheck disable=SC2086 # words
        run -1 bash -c '"$0" '"$command"' 2>&1 >/dev/full' "$waitbench"
        says "$output" "could not be written"
    done
}

@test "more requests than memory allows are refused, with how many would fit" {
    local arrivals
    in_group() { # ARGUMENT...
        # shellcheck disable=SC2016 # the inner bash's
        run --separate-stderr bash -c 'echo $BASHPID >"$0/cgroup.procs" && exec "$@"' "$group" "$waitbench" "$@"
    }
    refused() { # ARGUMENT...
        in_group "$@"
        [[ $status == 1 && -z $output ]]
        complains "the 100000000 requests of a run need 1" " GiB of memory and " " MiB are available, enough for "
    }
    make_memory_group $((128 << 20))
    for arrivals in "poisson --rate 100k --duration 1000s" "closed --requests 100M"; do
        # shellcheck disable=SC2086 # several words
        refused run --driver threadpool --arrivals $arrivals
        # shellcheck disable=SC2086
        refused campaign --results "$results" --driver threadpool,null --arrivals $arrivals --whole-process none
        [[ $(sql "SELECT count(*) FROM campaigns") == 0 ]]
    done
    in_group run --driver epoll "${tiny[@]}"
    [[ $status == 0 ]]
}
