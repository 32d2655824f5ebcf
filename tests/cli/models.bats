#!/usr/bin/env bats
# Every server model survives what the default survives: server.bats, once for each. Several run at
# the same time, because most of their time is waiting.

load common

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    local model pids=() # waited for by name: bats has something in the background, too
    for model in $("${RANDINTD:-build/randintd}" --list | awk -F'\t' '!$3 { print $1 }'); do
        (
            status=0
            MODEL=$model timeout 400 bats tests/cli/server.bats \
                >"$BATS_FILE_TMPDIR/$model" 2>&1 || status=$?
            echo "$status" >"$BATS_FILE_TMPDIR/$model.status"
        ) 3>&- &
        pids+=("$!")
        ((${#pids[@]} < 4)) || wait "${pids[-4]}"
    done
    wait "${pids[@]}"
}

csv() { # SQL over the campaign's store
    sqlite3 "$results/waitbench.db" "$1"
}

a_worker_serves() { # PID of the harness: sets `worker`
    local randintd_pid
    randintd_pid=$(pgrep -P "$1" -x randintd) || return
    worker=$(pgrep -P "$randintd_pid" -x randintd | head -n 1)
    [[ -n $worker ]]
}

survives() { # MODEL
    local missing
    missing=$("$randintd" --list | awk -F'\t' -v model="$1" '$1 == model { print $3 }')
    [ -z "$missing" ] || skip "$missing"
    grep -v '^ok ' "$BATS_FILE_TMPDIR/$1" || true
    echo "$(grep -c '^ok ' "$BATS_FILE_TMPDIR/$1") passed, exit $(cat "$BATS_FILE_TMPDIR/$1.status")"
    [ "$(cat "$BATS_FILE_TMPDIR/$1.status")" = 0 ]
}

@test "each model is tested here" {
    [ "$("$randintd" --list | cut -f1 | sort)" = "$(
        { echo libev; sed -n 's/^@test "model \(.*\)" .*/\1/p' "$BATS_TEST_FILENAME"; } | sort)" ]
}

@test "model iterative" {
    survives iterative
}

@test "model fork" {
    survives fork
}

@test "model thread" {
    survives thread
}

@test "model prefork" {
    survives prefork
}

@test "model threadpool" {
    survives threadpool
}

@test "model select" {
    survives select
}

@test "model poll" {
    survives poll
}

@test "model epoll" {
    survives epoll
}

@test "model libuv" {
    survives libuv
}

@test "model coroutine" {
    survives coroutine
}

@test "model io_uring" {
    survives io_uring
}

@test "model epoll-shared" {
    survives epoll-shared
}

@test "model epoll-exclusive" {
    survives epoll-exclusive
}

@test "model reuseport" {
    survives reuseport
}

@test "model reuseport-processes" {
    survives reuseport-processes
}

@test "model python-asyncio" {
    survives python-asyncio
}

@test "model python-threads" {
    survives python-threads
}

@test "model go" {
    survives go
}

@test "model node" {
    survives node
}

# ---- as an axis of a campaign ----

@test "a campaign crosses drivers with server models" {
    run -0 --separate-stderr "$waitbench" campaign --results "$results" -d libev,epoll \
        -S epoll,prefork:4,reuseport -c 4 -n 16 -t 5ms -s closed -r 2 --whole-process none \
        --predict off --no-pictures
    [[ $output == *"new connections, server delay 5 ms, backlog 4096, 4 in flight: time per request"* ]]
    [[ $output == *"Best pairs, by median: "*" → "* && $output == *"Pairs to avoid: "* ]]
    [[ $output == *"so many at a time, server delay 5 ms, backlog 4096, server prefork:4:"* ]]
    [[ $output == *"NOISY: all 6 cases: 2 runs are too few for a range; use --repetitions 6"* ]]
    [ "$(csv "select group_concat(distinct server_model) from cases")" = "epoll,prefork:4,reuseport" ]
    # the server is measured with its children, without the harness's own requests
    [ "$(csv "select count(*) from usage where side = 'server' and metric = 'cpu_ns' and value > 0")" = 12 ]
    run -0 "$waitbench" compare "$results/latest/runs.csv" "$results/latest/runs.csv"
    [[ $output == *"6 cases compared"* ]]
}

@test "a matrix says why a pair is not measured" {
    run -0 --separate-stderr "$waitbench" campaign --results "$results" -d libev,select -S epoll,prefork:8 \
        -c 4,16,1000 -n 1000 -t 1ms -k -s closed -r 1 --whole-process none --predict off --no-pictures
    [[ $output == *"– is not measured: the server model serves fewer kept connections at once."* ]]
    [[ $output == *"– is not measured: the driver has fewer requests in flight, or the server model serves"* ]]
}

@test "a worker that is killed makes the run INVALID, and is named" {
    "$waitbench" run --json -d libev -S prefork:4 -c 4 -n 4 -t 2s >"$BATS_TEST_TMPDIR/run" 2>/dev/null 3>&- &
    run=$!
    wait_until a_worker_serves "$run"
    kill -KILL "$worker"
    status=0
    wait "$run" || status=$?
    [ "$status" = 3 ]
    grep -q "server's workers died in the middle of the run" "$BATS_TEST_TMPDIR/run"
}

@test "a server model that there is not: a line that says so, exit 2" {
    run -2 "$waitbench" run -d libev -S nope -c 1 -n 1
    [[ $output == *"--server-model: there is no server model 'nope'; 'randintd --list' names them"* ]]
    run -2 "$waitbench" run -d libev -S prefork:0 -c 1 -n 1
    [[ $output == *"--server-model: "*"out of range"* ]]
    run -2 "$waitbench" run -d libev -S epoll:3 -c 1 -n 1
    [[ $output == *"--server-model: epoll has one worker, so it cannot have 3: leave the number out" ]]
    run -2 "$waitbench" run -d libev -S prefork:2 -c 4 -n 4 -k
    [[ $output == *"the server model prefork:2 serves no more kept connections at once than 2: "* ]]
    run -2 "$waitbench" run -d libev -S prefork --server 127.0.0.1:1
    [[ $output == *"leave out --server-model and --work"* ]]
    run -2 "$waitbench" run -d libev --work 1ms --server 127.0.0.1:1
    [[ $output == *"leave out --server-model and --work"* ]]
    run -2 "$waitbench" campaign --results "$results" --preset matrix --delay 5ms
    [[ $output == *"this preset has its own delays"* ]]
}

@test "list and explain know the server models" {
    run -0 "$waitbench" list
    [[ $output == *"server model"*"prefork"*"io_uring"* ]]
    run -0 "$waitbench" explain -S prefork
    [[ $output == *"prefork and threadpool: N workers, created in advance"*"  code       server/models/pools.c, "*" lines" ]]
    run -0 "$waitbench" explain -S go
    [[ $output == *"  code       programs/server_go.go, $(wc -l <programs/server_go.go) lines" ]]
    run -0 "$randintd" --path epoll-shared
    [[ $output == server/models/epoll.c ]]
    run -2 "$waitbench" explain -S nope
    run -2 "$waitbench" explain prefork-nope
    [[ $output == *"there is no driver 'prefork-nope'; "*"--server-model NAME explains a server model" ]]
    run -2 "$waitbench" explain epoll -S prefork
    [[ $output == *"name a driver or a --server-model, not both" ]]
}

@test "more connections than a model can have are left out, or refused" {
    run -2 --separate-stderr "$waitbench" run -d epoll -S select -c 1024
    [ "$stderr" = "waitbench: the server model select can have 960 connections: lower the concurrency" ]
    run -0 --separate-stderr "$waitbench" campaign --results "$results" -d epoll -S select,epoll -c 4,1024 \
        -t 5ms -s burst -r 1 --whole-process none --predict off --no-pictures
    [[ $stderr == *"note: the server model select can have 960 connections: cases with more requests in flight are left out"* ]]
    [ "$(csv "SELECT group_concat(server_model || concurrency) FROM
        (SELECT DISTINCT server_model, concurrency FROM cases ORDER BY 1, 2)")" = "epoll4,epoll1024,select4" ]
}
