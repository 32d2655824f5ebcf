#!/usr/bin/env bats
# A campaign and what it leaves: the store, a folder, tables, and a link to the latest. Also what an
# interrupt and a sudden death leave: whole runs only, and nobody running.

load common

@test "a campaign leaves its runs in the store" {
    campaign
    [[ $status == 0 ]]
    says "$stderr" "5 cases, 2 runs of each" "seed 7"
    [[ $(sql "SELECT count(*) FROM runs") == 10 ]]
    [[ $(sql "SELECT count(DISTINCT block || '/' || position) FROM runs") == 10 ]]
    [[ $(sql "SELECT status, seed, repetitions FROM campaigns") == "complete|7|2" ]]
    [[ $(sql "SELECT count(*) FROM runs WHERE quality = 'INVALID' OR failed") == 0 ]]
    # Every request's sample; one in ten of those of sequential's were made.
    [[ $(sql "SELECT count(*) FROM samples") == $(sql "SELECT sum(completed) FROM runs") ]]
    [[ $(sql "SELECT count(*) FROM samples WHERE end_ns - start_ns < 5000000") == 0 ]]
    # The first response takes a delay, the last as many as there were rounds; and they are the samples'.
    [[ $(sql "SELECT count(*) FROM run_figures WHERE first_response_ns >= 5000000 AND first_response_ns <= half_completed_ns
        AND half_completed_ns <= most_completed_ns AND most_completed_ns <= last_response_ns
        AND last_response_ns >= 5000000 * (completed / concurrency) AND last_response_ns <= makespan_ns") == \
        $(sql "SELECT count(*) FROM run_figures") ]]
    [[ $(sql "SELECT count(*) FROM run_figures r WHERE first_response_ns <> (SELECT min(end_ns) FROM samples WHERE run_id = r.run_id)
        OR last_response_ns <> (SELECT max(end_ns) FROM samples WHERE run_id = r.run_id)") == 0 ]]
    [[ $(sql "SELECT count(*) FROM usage WHERE side = 'client' AND metric = 'user_ns'") == 10 ]]
    [[ $(sql "SELECT count(*) FROM environment WHERE key = 'kernel'") == 1 ]]
    [[ $(sql "PRAGMA integrity_check") == ok ]]
}

@test "a campaign leaves a folder, and a link to it" {
    campaign --name mine
    [[ $status == 0 ]]
    id=$(sql "SELECT id FROM campaigns")
    [[ $id == *-mine && $(readlink "$results/latest") == "$id" ]]
    for file in cases.csv runs.csv latency.csv waterfall.csv completion.csv environment.csv tables.md environment.txt; do
        [[ -s $results/latest/$file ]] || { echo "no $file" >&2; return 1; }
    done
    [[ $(wc -l <"$results/latest/runs.csv") == 11 && $(wc -l <"$results/latest/cases.csv") == 6 ]]
    says "$output" "Recorded in $results/$id" " of libev(8)" " of sequential(1)"
    says "$(cat "$results/latest/tables.md")" "# $id" "waitbench campaign" "| libev" "seed 7" "## Responses completed over time" "## Summary"
}

@test "the talk's work for the CPU: its names, what cores bring, and no server's words" {
    run -0 --separate-stderr "$waitbench" campaign --results "$results" --preset fib --requests 64 \
        --repetitions 3 --driver sequential,threadpool,prefork,libev --no-pictures
    says "$output" "3 runs of fibs in" "(sequential(1), 64 elements)" "3 runs of fibp in" \
        "(prefork(8), 8 elements)" "3 runs of fibt in" "fibl" "its eight elements once, on four cores" \
        "fib, no server: 64 requests, C at a time (closed)" "fib, no server: C requests, all at once (burst)" \
        "Speed-up over one after another (sequential), on $(nproc) core"
    [[ $output != *"--delay"* && $output != *"delay"* && $output != *"backlog 4096"* ]]
    says "$(<"$results/latest/tables.md")" "## Speed-up over one after another"
    [[ $(sql "SELECT count(*) FROM calibration") == 0 ]] # nothing to predict from it
    run -0 "$waitbench" report --results "$results"
    page=$(<"$results/latest/report.html")
    says "$page" "Which driver completes CPU-bound work fastest" "Speed-up over one after another"
    [[ $page != *"How should a program wait"* ]]
}

@test "one core is one core" {
    command -v taskset >/dev/null || skip "taskset is missing"
    run -0 --separate-stderr taskset -c 0 "$waitbench" campaign --results "$results" --preset fib \
        --requests 64 --repetitions 3 --concurrency 8 --driver sequential,threadpool,libev --no-pictures
    says "$output" "Speed-up over one after another (sequential), on 1 core" "cores in use on average, of 1: "
}

@test "campaigns add up in one store, the latest is shown, others by name or by beginning" {
    campaign --name one && [[ $status == 0 ]]
    campaign --name two --concurrency 3 && [[ $status == 0 ]]
    [[ $(sql "SELECT count(*) FROM campaigns") == 2 ]]
    says "$("$waitbench" table --results "$results")" "libev(3)"
    says "$("$waitbench" table one --results "$results")" "libev(8)"
    says "$("$waitbench" table latest --results "$results")" "libev(3)"
    first=$(sql "SELECT id FROM campaigns WHERE name = 'one'")
    says "$("$waitbench" table "$first" --results "$results")" "libev(8)"
    says "$("$waitbench" table --markdown one --results "$results")" "# $first" "| libev"
    run -1 --separate-stderr "$waitbench" table three --results "$results"
    complains "holds no campaign 'three'"
}

@test "the same seed gives the same order, another one another" {
    order() {
        sql "SELECT group_concat(driver || arrivals || concurrency, ' ') FROM
             (SELECT * FROM run_figures WHERE campaign_id LIKE '%-$1' ORDER BY block, position)"
    }
    for name in one two three; do
        campaign --name "$name" --arrivals burst --concurrency 2,3,4,5,6,7,8 --driver libev \
            --seed "$((7 + ${#name} / 5))"
    done
    [[ $(order one) == "$(order two)" && $(order one) != "$(order three)" ]]
}

@test "a campaign names what it cannot give a figure for, and returns 3" {
    start_responding $'rubbish\n'
    campaign --driver null,libev --concurrency 4 --server "127.0.0.1:$port"
    [[ $status == 3 ]]
    says "$output" "no figure" "INVALID: closed libev(4)" "did not follow the protocol" " of null(1)"
    run -3 --separate-stderr "$waitbench" table --results "$results"
    grep -q '^libev,.*,4,.*,INVALID,' "$results/latest/cases.csv"
    [[ $(sql "SELECT count(*) FROM usage JOIN run_figures USING (run_id)
              WHERE driver = 'libev' AND side = 'client' AND value IS NOT NULL") == 0 ]]
    [[ $(sql "SELECT count(*) FROM run_figures WHERE driver = 'null' AND quality = 'INVALID'") == 0 ]]
}

@test "what no run could do is refused beforehand" {
    campaign --driver libev --concurrency 4,900000
    [[ $status == 1 ]]
    says "$stderr" "900064 descriptors are needed" "lower the concurrency"
    [[ ! -e $results/latest ]]
}

@test "hyperfine times whole processes" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    campaign --whole-process 8 --repetitions 1
    [[ $status == 0 ]]
    [[ $(sql "SELECT group_concat(driver || arrivals || concurrency || ':' || runs, ' ')
              FROM (SELECT * FROM whole_processes JOIN cases USING (case_id) ORDER BY driver)") == "libevburst8:5 sequentialclosed1:5" ]]
    [[ $(sql "SELECT count(*) FROM whole_processes WHERE min_s > 0.005 AND min_s <= median_s
              AND median_s <= max_s") == 2 ]]
    [[ $(sqlite3 :memory: "SELECT json_valid(readfile('$results/latest/hyperfine.json'))") == 1 ]]
    says "$output" "Whole processes" in-process difference
    nothing_is_left
}

@test "where hyperfine has nothing to time, it is not requested" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    campaign --driver libev --whole-process 32
    [[ $status == 0 ]]
    campaign --driver libev --whole-process 4 --arrivals closed
    [[ $status == 0 ]]
    [[ $(sql "SELECT count(*) FROM campaigns") == 2 && $(sql "SELECT count(*) FROM whole_processes") == 0 ]]
}

@test "a folder with a blank in its name is no trouble" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    mkdir "$BATS_TEST_TMPDIR/my build"
    cp "$waitbench" "$randintd" "$BATS_TEST_TMPDIR/my build"
    waitbench="$BATS_TEST_TMPDIR/my build/waitbench" results="$BATS_TEST_TMPDIR/my results"
    campaign --driver libev --repetitions 1 --whole-process 4
    [[ $status == 0 && $(sql "SELECT count(*) FROM whole_processes") == 1 ]]
}

@test "hyperfine is missing" {
    run -0 --separate-stderr env PATH="$(path_of bash)" "$waitbench" campaign --results "$results" \
        --driver libev --delay 5ms --concurrency 8 --repetitions 1 --whole-process 8
    says "$stderr" "note: whole processes are not timed: hyperfine is missing: './run.sh deps' installs it"
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
}

# ---- ended early ----

# A campaign that would last a minute, in the background, until it has kept some runs.
start_long() {
    start_waitbench campaign --results "$results" --driver libev --arrivals burst --concurrency 4,8 \
        --delay 50ms --repetitions 600 --whole-process none
    wait_until has_runs 3
}

# Each run that is there has all of its samples.
runs_are_whole() {
    [[ $(sql "PRAGMA integrity_check") == ok ]]
    [[ $(sql "SELECT count(*) FROM runs r WHERE requests <> (SELECT count(*) FROM samples WHERE run_id = r.id)
              OR (SELECT count(*) FROM usage WHERE run_id = r.id) = 0") == 0 ]]
}

@test "Ctrl-C and SIGTERM end a campaign: what was recorded is kept and shown" {
    for signal in INT TERM; do
        rm -rf "$results"
        start_long
        finish "$signal"
        [[ $status == 1 ]]
        nothing_is_left
        kept=$(sql "SELECT count(*) FROM runs")
        ((kept >= 3 && kept < 1200))
        says "$stderr" interrupted "$kept of 1200 runs are recorded"
        says "$output" " of libev(8)" "Recorded in"
        [[ $(sql "SELECT status FROM campaigns") == interrupted ]]
        runs_are_whole
        run -0 --separate-stderr "$waitbench" table --results "$results"
        says "$output" "(interrupted): $kept runs"
    done
}

@test "Ctrl-C as a terminal sends it, to all of them at once" {
    # bash lets what it puts in the background ignore SIGINT; perl gives it back, and a group.
    perl -e 'setpgrp; $SIG{INT} = "DEFAULT"; exec @ARGV' "$waitbench" campaign --results "$results" \
        --driver libev,threadpool --arrivals burst --concurrency 4 --delay 50ms --repetitions 600 \
        --whole-process none >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    waiting=$!
    started+=("$waiting")
    wait_until has_runs 3
    kill -INT -- "-$waiting"
    finish
    [[ $status == 1 ]]
    says "$stderr" interrupted "runs are recorded"
    nothing_is_left
    runs_are_whole
    # The run under way was ended from outside: it is no failure of the driver's.
    [[ $(sql "SELECT count(*) FROM runs WHERE quality = 'INVALID'") == 0 ]]
    # What was recorded is drawn, and named.
    says "$output" Summary "Recorded in $results" report.html
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    says "$output" talk.png
    [[ -s $results/latest/talk.svg && -s $results/latest/report.html ]]
}

@test "kill -9 in the middle loses the run under way at most, and leaves nobody behind" {
    start_long
    finish KILL
    nothing_is_left
    kept=$(sql "SELECT count(*) FROM runs")
    ((kept >= 3))
    runs_are_whole
    run -0 --separate-stderr "$waitbench" table --results "$results"
    says "$output" "(running): $kept runs"
    campaign # and the store goes on being used
    [[ $status == 0 && $(sql "SELECT count(*) FROM campaigns") == 2 ]]
}

@test "Ctrl-C during a single run" {
    start_waitbench run --driver libev --concurrency 4 --requests 4 --delay 30s
    wait_until are_marked 3 # the harness, the measured process, the server
    finish INT
    [[ $status == 1 && -z $output && $stderr == "waitbench: interrupted" ]]
    nothing_is_left
}

@test "a second campaign beside one that writes is refused, and does it no harm" {
    start_long
    campaign --name second
    [[ $status == 1 ]]
    complains "another campaign is writing into $results"
    finish INT
    [[ $status == 1 ]]
    [[ $(sql "SELECT count(*) FROM campaigns") == 1 ]]
    runs_are_whole
    campaign --name second
    [[ $status == 0 ]]
}

@test "a control group's CPU quota is named, and a run that it stopped is NOISY" {
    make_quota_group
    fib=(--workload fib --driver sequential --whole-process none --no-pictures --results "$results")
    run --separate-stderr bash -c 'echo $BASHPID >"$0/cgroup.procs" && exec "$@"' "$group" \
        "$waitbench" campaign "${fib[@]}" --requests 1024 --repetitions 1
    [[ $status == 0 ]]
    says "$stderr" "leaves 0.10 cores' time"
    says "$output" "throttled the run for"
    [[ $(sql "SELECT value FROM environment WHERE key = 'cpu_quota'") == 0.10 ]]
    [[ $(sql "SELECT max(value) > 50000000 FROM usage WHERE metric = 'throttled_ns'") == 1 ]]
    run --separate-stderr "$waitbench" campaign "${fib[@]}" --requests 64 --repetitions 1
    [[ $status == 0 && $stderr != *"control group"* ]]
}
