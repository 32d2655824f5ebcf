#!/usr/bin/env bats
# Programs as server models, by path: what is said and done where they are missing, do not start, or die.
# (models.bats runs the included ones through all that every model has to survive.)

load common

setup_file() {
    command -v python3 >/dev/null || skip "python3 is missing"
}

program() { # TEXT: a program that sh runs; sets $program
    program=$BATS_TEST_TMPDIR/program
    printf '#!/bin/sh\n%s\n' "$1" >"$program"
    chmod +x "$program"
}

documented_server() { # sets $program
    program=$BATS_TEST_TMPDIR/documented
    sed -n '/^```python$/,/^```$/p' docs/server-programs.md | sed '1d;$d' >"$program"
    chmod +x "$program"
}

refused_with() { # NAME MESSAGE
    run -1 --separate-stderr "$randintd" --port 0 --model "$1"
    [[ $stderr == "randintd: $2" ]] || { printf 'not "%s": %s\n' "$2" "$stderr" >&2; return 1; }
    run -1 --separate-stderr "$randintd" --check --model "$1"
    [[ $stderr == "randintd: $2" ]]
}

fails_with() { # MESSAGE: it can be started, and then
    run -1 --separate-stderr timeout 30 "$randintd" --port 0 --model "exec:$program"
    [[ $stderr == *"randintd: exec:$program $1" ]] || { printf 'not "%s": %s\n' "$1" "$stderr" >&2; return 1; }
    [[ -z $output ]]
    wait_until is_nobodys "$program"
}

is_nobodys() { # PROGRAM
    ! pgrep -f "^/bin/sh $1" >/dev/null
}

@test "a program that cannot be one is refused before anything is run" {
    refused_with exec: "exec: has to be followed by the path of a program"
    refused_with exec:/no/such "exec:/no/such: No such file or directory"
    refused_with exec:/tmp "exec:/tmp is not a regular file"
    refused_with exec:README.md "exec:README.md is not executable ('chmod +x'?): Permission denied"
    refused_with "exec:a b" "exec: takes a path of ASCII without blanks, commas, quotes and backslashes: make a symbolic link with such a name"
    run -2 --separate-stderr "$randintd" --port 0 --model exec:a:b # no name of a model
    [[ $stderr == "randintd: exec:a:b: the path must not contain a colon: make a symbolic link to it" ]]
    run -2 --separate-stderr "$waitbench" run -d libev -S exec:/no/such "${tiny[@]}"
    complains "--server-model: exec:/no/such: No such file or directory"
}

@test "a program that does not get ready: how, and nothing is left" {
    program 'exit 3'
    fails_with "exited with 3 before it printed 'ready'"
    program 'kill -SEGV $$'
    fails_with "was killed by signal 11 (Segmentation fault) before it printed 'ready'"
    program 'echo "steady ready"; sleep 60'
    fails_with "printed 'steady ready', not 'ready'"
    program 'printf "rea\033\n"; sleep 60'
    fails_with "printed 'rea?', not 'ready'"
    program 'head -c 100000 /dev/zero; sleep 60'
    fails_with "printed '', not 'ready'"
    program 'exec >&-; sleep 60'
    fails_with "closed its standard output before it printed 'ready'"
    printf 'no first line\n' >"$program"
    fails_with "cannot be started (is its first line '#!' and an interpreter?): Exec format error"
    printf '#!/no/such/interpreter\n' >"$program"
    fails_with "cannot be started: No such file or directory"
}

@test "a program that never gets ready is not waited for longer than 10 s" {
    program "trap '' TERM; sleep 60 & wait; wait"
    fails_with "did not print 'ready' within 10 s"
}

@test "waitbench names what the program said last" {
    program 'echo "a library is missing" >&2; exit 1'
    run -1 --separate-stderr "$waitbench" run -d libev -S "exec:$program" "${tiny[@]}"
    complains "randintd did not start: randintd: exec:$program exited with 1 before it printed 'ready' (a library is missing)"
    nothing_is_left
}

@test "the server in the documentation is one" {
    documented_server
    run -0 --separate-stderr "$waitbench" run --json -d libev -S "exec:$program" "${tiny[@]}"
    says "$output" '"completed": 8,' '"failed": 0,' "\"server_model\": \"exec:$program\""
    run -0 --separate-stderr "$waitbench" run -d libev -S "exec:$program" "${tiny[@]}"
    says "$output" "There is no latency breakdown: the responses of exec:$program have no server times."
    run -0 --separate-stderr "$waitbench" run -d libev -S python-asyncio "${tiny[@]}"
    says "$output" "Latency breakdown without the server delay"
    [[ $output != *"There is no latency breakdown"* ]]
    start_server --model "exec:$program" --delay 1s
    nc 127.0.0.1 "$port" <<<0 >"$BATS_TEST_TMPDIR/response" 3>&- &
    client=$!
    wait_until is_connected
    sleep 0.3
    exec 5<>"/dev/tcp/127.0.0.1/$port" # idle: closed at once
    kill -TERM "$server"
    wait "$server"
    wait "$client"
    [ "$(<"$BATS_TEST_TMPDIR/response")" = 0 ]
}

@test "workers, settings and descriptors are passed on" {
    program "env | grep ^RANDINTD_ | sort >$BATS_TEST_TMPDIR/settings
ls -l /proc/self/fd | sed -n 's/.* \\([0-9]*\\) -> \\([a-z/]*\\).*/\\1 \\2/p' >$BATS_TEST_TMPDIR/descriptors
exit 1"
    run -1 "$randintd" --port 0 --model "exec:$program" --workers 3 --delay 5ms --work 1us --idle 2s \
        --backlog 7 --seed 9 --keep-alive --host 127.0.0.1
    [ "$(grep -v ROW "$BATS_TEST_TMPDIR/settings" | sed 's/^RANDINTD_//' | tr '\n' ' ')" = "ACCOUNT=4 BACKLOG=7 \
DELAY=5000000 IDLE=2000000000 KEEP_ALIVE=1 LISTENERS=1 SEED=9 WORK=1000 WORKERS=3 " ]
    grep -qx '0 /dev/null' "$BATS_TEST_TMPDIR/descriptors"
    grep -qx '3 socket' "$BATS_TEST_TMPDIR/descriptors"
    grep -qx '4 /memfd' "$BATS_TEST_TMPDIR/descriptors"
    ! grep -E '^([6-9]|..) ' "$BATS_TEST_TMPDIR/descriptors" # 5 is that of ls
}

@test "a case's name has workers behind the path" {
    documented_server
    run -0 --separate-stderr "$waitbench" run --json -d libev -S "exec:$program:3" "${tiny[@]}"
    says "$output" "\"server_model\": \"exec:$program:3\"" '"completed": 8,'
    run -2 --separate-stderr "$waitbench" run -d libev -S "exec:$program:x" "${tiny[@]}"
    complains "--server-model: --workers: 'x' is not a whole number"
}

# Besides two listening sockets and the loop's own pair it has those of four clients.
a_program_serves() { # PID of the harness: sets $serving
    local randintd_pid
    randintd_pid=$(pgrep -P "$1" -x randintd) && serving=$(pgrep -P "$randintd_pid") &&
        [[ $(readlink "/proc/$serving"/fd/* | grep -c ^socket) -ge 8 ]]
}

@test "a program that is killed in a run makes it INVALID" {
    "$waitbench" run --json -d libev -S python-asyncio -c 4 -n 4 -t 3s \
        >"$BATS_TEST_TMPDIR/run" 2>/dev/null 3>&- &
    run=$!
    wait_until a_program_serves "$run"
    kill -KILL "$serving"
    status=0
    wait "$run" || status=$?
    [ "$status" = 3 ]
    says "$(<"$BATS_TEST_TMPDIR/run")" '"quality": "INVALID"' "the server exited with 1 in the middle of the run"
    nothing_is_left
}

@test "what a program uses is the server's" {
    campaign -S python-asyncio --driver libev --concurrency 8 --work 1ms --arrivals closed
    [[ $status == 0 || $status == 3 ]]
    # 32 requests of 1 ms
    [[ $(sql "SELECT min(value) >= 32000000 FROM usage WHERE side = 'server' AND metric = 'cpu_ns'") == 1 ]]
    [[ $(sql "SELECT min(value) > 1000000 FROM usage WHERE side = 'server' AND metric = 'peak_rss_bytes'") == 1 ]]
    # a process that was there before counting began: four calls for each request, if any are counted
    [[ $(sql "SELECT count(*) FROM usage AS c JOIN usage AS s USING (run_id, metric) WHERE metric = 'syscalls'
              AND c.side = 'client' AND s.side = 'server' AND c.value > 0 AND s.value < 128") == 0 ]]
}
