#!/usr/bin/env bats
# What goes wrong: servers that are not there, die, or response badly; too few descriptors; a results
# folder that cannot be written; a full disk. Each gets a clear line and the right exit code, no run
# that went wrong is shown as a figure, and nothing that was recorded is lost.

load common

# The run was INVALID for these reasons, and nothing of it is presented as a figure.
is_invalid() { # PATTERN...
    [[ $status == 3 ]] || { echo "exit code $status" >&2; return 1; }
    complains INVALID "$@"
    says "$output" "no figure" INVALID
    [[ ! $output =~ "per run"|"per request, "[0-9] ]]
}

@test "a server that is not there" {
    start_server
    kill -KILL "$server"
    wait "$server" || true # killed
    for option in --quiet --keep-alive; do
        run --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" \
            --server "127.0.0.1:$port" "$option"
        [[ $status == 3 ]]
        complains INVALID "Connection refused"
    done
}

@test "a server that dies in the middle of a run" {
    for driver in libev:4 threadpool:4 sequential:1; do # and how many it has in flight
        start_server --delay 30s
        start_waitbench run --driver "${driver%:*}" --concurrency 4 --requests 16 --delay 30s --time-box 0 \
            --server "127.0.0.1:$port"
        wait_until are_in_flight "${driver#*:}"
        kill -KILL "$server"
        finish
        [[ $status == 3 ]]
        says "$output" "no figure"
        # By kind: those in flight were cut off, perhaps those too that were just connecting, and the
        # others could not connect.
        says "$stderr" "of 16 requests failed: " "could not connect, Connection refused"
        [[ $stderr =~ "closed the connection without a response"|"could not receive" ]]
        says "$output" " 16 " # errors
    done
}

@test "failures are counted by kind in the store" {
    start_server --delay 30s
    start_waitbench campaign --results "$results" --driver libev --arrivals closed --concurrency 4 \
        --requests 10 --delay 30s --repetitions 1 --server "127.0.0.1:$port" --whole-process none
    wait_until are_in_flight 4
    kill -KILL "$server"
    finish
    [[ $status == 3 ]]
    [[ $(sql "SELECT failed, completed, quality FROM runs") == "10|0|INVALID" ]]
    [[ $(sql "SELECT sum(count) FROM failures") == 10 ]]
    [[ $(sql "SELECT count FROM failures WHERE outcome = 'connect' AND errnum = 111") -ge 1 ]]
    [[ $(sql "SELECT count(*) FROM samples WHERE outcome IN ('ok', 'unfinished')") == 0 ]]
    run -0 --separate-stderr "$waitbench" export --results "$results" --what failures
    [[ $output =~ libev,randint,,0,closed,0,10,4,[^$'\n']*,connect,111, ]]
    run -0 --separate-stderr "$waitbench" export --results "$results" --what cases --format json
    says "$output" '"median_s": null' '"min_s": null' '"latency_p99_s": null'
}

pid_of() { # NAME: of this test's process that has it
    marked_processes | sed -n "s/ $1\$//p"
}

serves() { # sets $port to that of this test's randintd
    find_port_of "$(pid_of randintd)" 2>/dev/null
}

# A run at a server of its own, with four requests in flight.
start_run_of_ours() {
    start_waitbench run --driver libev --concurrency 4 --requests 8 --delay 30s
    wait_until serves
    wait_until are_in_flight 4
}

@test "our own server dies in the middle of a run" {
    start_run_of_ours
    kill -KILL "$(pid_of randintd)"
    finish
    [[ $status == 3 ]]
    says "$stderr" INVALID "was killed by signal 9" "the server"
    says "$output" "no figure"
    nothing_is_left
}

# A campaign of open arrivals that goes on for five seconds, after a hundred responses.
start_open_run() {
    start_waitbench campaign --results "$results" --driver epoll --arrivals constant --rate 200 --duration 5s \
        --delay 5ms --concurrency 1024 --repetitions 1 --predict off --whole-process none --no-pictures
    wait_until serves
    wait_until has_completed 100
}

has_completed() { # COUNT: the server at $port
    local completed
    completed=$(curl -s "http://127.0.0.1:$port/stats" | sed -n 's/.*"completed": \([0-9]*\).*/\1/p')
    ((${completed:-0} >= $1))
}

@test "our own server stalls in a run of open arrivals: who was due meanwhile has waited" {
    start_open_run
    kill -STOP "$(pid_of randintd)"
    sleep 1
    kill -CONT "$(pid_of randintd)"
    finish
    [[ $status == 0 ]]
    says "$output" "latency p99" "service p99"
    [[ $(sql "SELECT completed, quality <> 'INVALID', latency_max_ns > 900000000 FROM runs") == "1000|1|1" ]]
    # Windows of the stall: requests were due, and nothing completed.
    [[ $(sql "SELECT count(*) >= 8 FROM windows WHERE due = 20 AND completed = 0") == 1 ]]
    [[ $(sql "SELECT sum(due), sum(completed) FROM windows") == "1000|1000" ]]
    nothing_is_left
}

@test "our own server dies in a run of open arrivals" {
    start_open_run
    kill -KILL "$(pid_of randintd)"
    finish
    [[ $status == 3 ]]
    says "$output" INVALID "was killed by signal 9" "the server"
    [[ $output != *"is overloaded"* ]]
    [[ $(sql "SELECT quality, completed >= 50, completed + failed, overloaded, achieved_rate IS NULL FROM runs") == "INVALID|1|1000|0|1" ]]
    # What was completed before is kept, request by request and over time.
    [[ $(sql "SELECT count(*) = completed FROM samples, runs WHERE outcome = 'ok'") == 1 ]]
    [[ $(sql "SELECT sum(windows.completed) = runs.completed, sum(due) FROM windows, runs") == "1|1000" ]]
    # However late it died: of the last that were due some were not completed.
    [[ $(sql "SELECT completed < due FROM windows WHERE due > 0 ORDER BY window DESC LIMIT 1") == 1 ]]
    nothing_is_left
}

@test "the measured process dies in the middle of a run" {
    start_run_of_ours
    kill -SEGV "$(pid_of exe)"
    finish
    [[ $status == 3 ]]
    says "$stderr" INVALID "was killed by signal 11" "in the run"
    nothing_is_left
}

@test "a server that responds with garbage, closes at once, refuses or is wrong" {
    bad() { # RESPONSE PATTERN
        start_responding "$1"
        run --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --server "127.0.0.1:$port"
        is_invalid "$2"
    }
    bad $'rubbish\n' "did not follow the protocol"
    bad '' "closed the connection without a response"
    bad $'error: go away\n' "the server responded with an error"
    bad $'2000000000\n' "outside the requested bounds"
    bad $'17 9223372036854775807 0 0\n' "did not follow the protocol" # a time that no clock shows
    bad $'HTTP/1.1 200 OK\r\n\r\n' "did not follow the protocol"
}

@test "a server that never responds: the run is stopped" {
    start_server --delay 60s
    # The warm-up requests no delay; the run has the default, and expects 5 ms.
    run --separate-stderr "$waitbench" run --driver libev "${tiny[@]}" --timeout 2s \
        --server "127.0.0.1:$port"
    is_invalid "stopped in the run after 2.01 s" "--timeout is too short" "no response before the run ended"
}

@test "what a stranger's server says of itself cannot spoil the JSON" {
    start_responding $'HTTP/1.1 200 OK\r\n\r\nnot JSON, "at all'
    run --separate-stderr "$waitbench" run --json --driver null --server "127.0.0.1:$port"
    [[ $status == 0 ]]
    [[ $(sqlite3 :memory: "SELECT json_valid('$output')") == 1 ]]
}

@test "too few descriptors" {
    for driver in libev threadpool; do
        run -3 --separate-stderr bash -c "ulimit -n 64; exec '$waitbench' run --driver $driver -c 1024 -t 5ms"
        is_invalid "1056 descriptors are needed and the hard limit is 64" "'ulimit -Hn 1056'"
    done
}

@test "the program that it needs beside it is missing" {
    cp "$waitbench" "$BATS_TEST_TMPDIR/waitbench"
    run -1 --separate-stderr "$BATS_TEST_TMPDIR/waitbench" run --driver libev "${tiny[@]}"
    complains randintd "run 'make'"
    run -0 "$BATS_TEST_TMPDIR/waitbench" run --driver null
}

@test "measured-process is nothing to type" {
    run -2 --separate-stderr "$waitbench" measured-process 3</dev/null
    complains "see 'waitbench run --help'"
}

@test "no store, and nothing that could be one" {
    for command in table export; do
        run -1 --separate-stderr "$waitbench" "$command" --results "$results"
        complains "no store at $results/waitbench.db" "./run.sh quick"
        [[ ! -e $results ]]
    done
    mkdir "$results"
    sqlite3 "$results/waitbench.db" "CREATE TABLE theirs (a)"
    before=$(md5sum <"$results/waitbench.db")
    for command in table export campaign; do
        run -1 --separate-stderr "$waitbench" "$command" --results "$results"
        complains "is not a store of waitbench" --results
    done
    [[ $(md5sum <"$results/waitbench.db") == "$before" ]] # not a bit of it was changed
    head -c 8192 /dev/urandom >"$results/waitbench.db"
    run -1 --separate-stderr "$waitbench" table --results "$results"
    complains "not a database" "move it away"
}

@test "a store whose case has no driver" {
    campaign
    sql "UPDATE cases SET driver = ''"
    for command in table report; do
        run -1 --separate-stderr "$waitbench" "$command" --results "$results"
        complains "a case of campaign" "it has no driver's name"
    done
}

@test "a store whose case has open arrivals and no rate" {
    campaign
    sql "UPDATE cases SET arrivals = 'poisson'"
    for command in table report; do
        run -1 --separate-stderr "$waitbench" "$command" --results "$results"
        complains "a case of campaign" "it has open arrivals and no rate"
    done
}

@test "a results folder that cannot be written" {
    touch "$results"
    campaign
    [[ $status == 1 ]]
    complains "$results" --results
    campaign --results /proc/nowhere
    [[ $status == 1 ]]
    complains /proc/nowhere --results
    campaign --results ''
    [[ $status == 1 ]]
    rm "$results"
    mount_tiny "$results" 1m ro
    campaign
    [[ $status == 1 ]]
    complains "$results" "Read-only file system" --results
}

@test "the disk is full: what was recorded before is kept" {
    mount_tiny "$results" 100m
    start_waitbench campaign --results "$results" --driver null --requests 300 --repetitions 2000 \
        --whole-process none
    wait_until has_runs 3
    run -1 bash -c 'cat /dev/zero >"$0"' "$results/filler"
    says "$output" "No space left"
    finish
    rm "$results/filler"
    [[ $status == 1 ]]
    kept=$(sql "SELECT count(*) FROM runs")
    ((kept >= 3 && kept < 2000))
    says "$stderr" "disk is full" "free some space: what was recorded before is kept"
    [[ $(sql "PRAGMA integrity_check") == ok ]]
    [[ $(sql "SELECT count(*) FROM samples") == $((kept * 300)) ]]
    run -0 --separate-stderr "$waitbench" table --results "$results"
    says "$output" ": $kept runs"
}

@test "a disk that is too small is refused beforehand" {
    mount_tiny "$results" 512k
    campaign
    [[ $status == 1 ]]
    complains "$results has 0 MB free" "free some space"
}

@test "the disk is full when a folder is written" {
    campaign
    run -1 --separate-stderr "$waitbench" export --results "$results" --output /dev/full
    complains "the export of cases could not be written whole: No space left on device"
    run -1 --separate-stderr "$waitbench" export --results "$results" --what requests --format json \
        --output /dev/full
    complains "the export of requests could not be written whole: No space left on device"
    run -1 --separate-stderr "$waitbench" export --results "$results" --output /nowhere/file
    complains "cannot write /nowhere/file: No such file or directory"
}

# Start a run of DRIVER with four requests in flight: `waiting` is the harness, `measured` its process.
start_four_in_flight() { # DRIVER
    start_server --delay 2s
    start_waitbench run --driver "$1" --arrivals burst --concurrency 4 --delay 2s \
        --server "127.0.0.1:$port"
    wait_until are_in_flight 4
    measured=$(pgrep -P "$waiting")
    mapfile -t workers < <(pgrep -P "$measured")
    ((${#workers[@]} == 4))
}

@test "a process that carries a request is killed" {
    for driver in fork-per-request prefork; do
        start_four_in_flight "$driver"
        kill -KILL "${workers[2]}"
        finish
        is_invalid "1 of 4 requests failed: the process that executed it died; if memory ran out"
    done
}

@test "all processes of a pool are killed" {
    start_four_in_flight prefork
    kill -KILL "${workers[@]}"
    finish
    is_invalid "the run failed: none of 4 workers is left: the last one was killed by signal 9 (Killed)"
}

@test "the measured process is killed, and its processes end with it" {
    for driver in fork-per-request prefork; do
        start_four_in_flight "$driver"
        kill -KILL "$measured"
        finish
        is_invalid "the measured process was killed by signal 9 (Killed) in the run"
        for worker in "${workers[@]}"; do
            wait_until is_gone "$worker"
        done
    done
}

@test "the kernel allows no more processes" {
    # Root is not limited, and another user's limit counts what that user runs already: take a user
    # that nobody is.
    as_nobody=(setpriv --reuid 54321 --regid 54321 --clear-groups)
    # The build may be where only its owner can go.
    chmod go+rx "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
    cp "$waitbench" "${waitbench%/*}/randintd" "$BATS_TEST_TMPDIR"
    waitbench=$BATS_TEST_TMPDIR/waitbench
    cd /
    "${as_nobody[@]}" bash -c "'$waitbench' list" >/dev/null ||
        skip "needs root, and a temporary directory that others can read"
    limited() { # DRIVER PATTERN
        run -3 --separate-stderr "${as_nobody[@]}" bash -c "ulimit -u 45; exec '$waitbench' run \
            --driver $1 --arrivals burst --concurrency 64 --delay 300ms"
        is_invalid "$2" "Resource temporarily unavailable" \
            "raise the limit on threads and processes (ulimit -u"
    }
    limited prefork " of 64: "
    limited threadpool " of 64: "
    limited fork-per-request "of 64 requests failed: no thread or process could be created for it"
    limited thread-per-request "of 64 requests failed: no thread or process could be created for it"
}
