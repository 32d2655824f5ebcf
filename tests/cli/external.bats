#!/usr/bin/env bats
# Programs as drivers, as somebody uses them: by name, by path, in a campaign beside others, resumed;
# and what is said and done when they are missing, hang, crash, or everybody is killed.
# (tests/unit/test_external.c has programs with every other fault.)

load common

setup_file() {
    command -v python3 >/dev/null || skip "python3 is missing"
}

# A program that begins well and then does as TEXT says in response to 'go'; sets $program.
start_well_then() { # NAME TEXT
    program=$BATS_TEST_TMPDIR/$1
    cat >"$program" <<CLIENT
#!/usr/bin/env python3
import os, signal, subprocess, sys, time
def say(*words):
    print(*words, sep="\t", flush=True)
say("waitbench", 1, "Test", "1.0")
batches = 0
for line in sys.stdin:
    word, *fields = line.split()
    if word == "load":
        say("ready")
    elif word == "batch":
        for _ in range(int(fields[0])):
            sys.stdin.readline()
        say("prepared")
    elif word == "go":
        $2
CLIENT
    chmod +x "$program"
}

# The pids in a file are nobody's any more, or only a dead one's.
are_gone() { # FILE
    local pid
    for pid in $(<"$1"); do
        wait_until is_gone "$pid"
    done
}

@test "Python beside C in one campaign" {
    campaign --driver libev,python-threads,python-asyncio --concurrency 8
    [[ $status == 0 ]]
    [[ $(sql "SELECT count(*) FROM runs WHERE completed = 32") == 6 ]]
    [[ $(sql "SELECT value FROM environment WHERE key = 'Python'") == 3.* ]]
    says "$output" python-threads "python-asyncio ran with Python 3."
    # CPU time of a program is the client's, not a stranger's.
    [[ $(sql "SELECT min(value) > 1000000 FROM usage_figures WHERE driver = 'python-asyncio'
              AND side = 'client' AND metric = 'cpu_ns'") == 1 ]]
    # What was calibrated is C.
    [[ $(sql "SELECT count(*) FROM cases WHERE predicted_ns IS NOT NULL AND driver LIKE 'py%'") == 0 ]]
}

@test "every language that is there" {
    programs=$("$waitbench" list | awk '/another program/ && $2 == "yes" { print $1 }')
    says "$programs" python-threads python-asyncio
    for driver in $programs; do
        run --separate-stderr "$waitbench" run --json --driver "$driver" "${tiny[@]}" -w http -k
        [[ $status == 0 && $output == *'"completed": 8,'* ]]
    done
}

@test "the client in the documentation is one" {
    sed -n '/^```python$/,/^```$/p' docs/external-drivers.md | sed '1d;$d' >"$BATS_TEST_TMPDIR/client"
    chmod +x "$BATS_TEST_TMPDIR/client"
    cd "$BATS_TEST_TMPDIR"
    run -0 --separate-stderr "$waitbench" run --json --driver exec:./client --arrivals closed "${tiny[@]}"
    says "$output" '"driver": "exec:./client"' '"completed": 8,' '"failed": 0,'
    run -3 --separate-stderr "$waitbench" run --driver exec:./client "${tiny[@]}" --keep-alive
    complains "exec:./client: a connection for each request and the line protocol, nothing else"
}

@test "a path is a driver's name: in tables, exports and when a campaign goes on" {
    start_waitbench campaign --results "$results" --driver exec:programs/python_threads.py --arrivals burst \
        --concurrency 4 --delay 100ms --repetitions 8 --whole-process none --no-pictures
    wait_until has_runs 1
    finish INT
    [[ $status == 1 ]]
    [[ $(sql "SELECT count(*) FROM runs") -lt 8 ]]
    run -0 --separate-stderr "$waitbench" campaign --results "$results" --resume latest --no-pictures
    says "$output" exec:programs/python_threads.py
    [[ $(sql "SELECT count(*) FROM runs WHERE completed = 4") == 8 ]]
    [[ $(sql "SELECT driver FROM cases") == exec:programs/python_threads.py ]]
    run -0 --separate-stderr "$waitbench" export --results "$results" --what runs
    says "$output" "exec:programs/python_threads.py,"
}

@test "a program that cannot run is refused before any run" {
    refused() { # DRIVER PATTERN...
        run -2 --separate-stderr "$waitbench" run --driver "$1" "${tiny[@]}"
        complains "${@:2}"
        campaign --driver "libev,$1"
        [[ $status == 2 ]]
        complains "${@:2}"
    }
    refused exec:./no-such-client "No such file or directory"
    refused exec:README.md "is not executable"
    refused exec:docs "is not a regular file"
    refused "exec:my client" "without blanks"
    WAITBENCH_NODE=/no/such/node refused node "WAITBENCH_NODE=/no/such/node" "No such file"
    run -0 --separate-stderr env WAITBENCH_NODE=/no/such/node "$waitbench" list
    says "$output" "node cannot run here: WAITBENCH_NODE=/no/such/node"
    echo "not a program" >"$BATS_TEST_TMPDIR/text"
    chmod +x "$BATS_TEST_TMPDIR/text"
    run -3 --separate-stderr "$waitbench" run --driver "exec:$BATS_TEST_TMPDIR/text" "${tiny[@]}"
    complains "cannot start exec:" "#!" "Exec format error"
    run -3 --separate-stderr "$waitbench" run --driver exec:/bin/ls "${tiny[@]}"
    complains "exec:/bin/ls wrote 'LICENSE' after its start, not 'waitbench'"
}

@test "a program that fails is reported, and other drivers run" {
    start_well_then crashing 'sys.exit(3) if batches == 0 else None'
    crashing=$program
    start_well_then hanging 'time.sleep(600)'
    campaign --driver "exec:$crashing,exec:$program,libev" --concurrency 8 --timeout 4s --arrivals closed
    [[ $status == 3 ]]
    says "$output" "exec:$crashing exited with 3 after 'go'" "exec:$program wrote nothing for " \
        " after 'go'; it was killed"
    [[ $(sql "SELECT count(*) FROM all_runs WHERE driver LIKE 'exec:%' AND quality = 'INVALID'") == 4 ]]
    [[ $(sql "SELECT count(*) FROM all_runs WHERE driver = 'libev' AND quality <> 'INVALID'") == 2 ]]
    nothing_is_left
}

@test "whatever is killed, no process of a program is left" {
    pids=$BATS_TEST_TMPDIR/pids
    start_well_then lingering "
        child = subprocess.Popen(['sleep', '600'], start_new_session=True)
        print(os.getpid(), child.pid, file=open('$pids', 'w'), flush=True)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)"
    for signal in INT KILL; do
        rm -f "$pids"
        start_waitbench run --driver "exec:$program" "${tiny[@]}"
        wait_until test -s "$pids"
        read -r one other <"$pids"
        kill -0 "$one" "$other"
        finish "$signal"
        nothing_is_left
        are_gone "$pids"
    done
}

@test "open arrivals need a program that has been told of schedules" {
    open=(--arrivals poisson --rate 200 --requests 20 --delay 5ms --concurrency 8)
    start_well_then old 'sys.exit()'
    run -2 --separate-stderr "$waitbench" run --driver "exec:$program" "${open[@]}"
    complains "exec:$program uses version 1 of the protocol for external drivers: requests of open arrivals need version 2"
    campaign --driver "python-threads,exec:$program" "${open[@]}"
    [[ $status == 0 ]]
    says "$stderr" "note: left out: exec:$program uses version 1 "
}
