#!/usr/bin/env bats
# The breaking point: the steps that are made and kept, which limit is named when one is hit for real
# (descriptors, threads, ports), that time and memory bound it, and what an interrupt leaves. How far a
# driver gets on this machine is no question here: a share of 1% lets nothing end for being slow.

load common

limits() { # [OPTION...]: recorded in $results
    run --separate-stderr "$waitbench" limits --results "$results" --delay 20ms --efficiency 1% \
        --seed 7 --no-pictures "$@"
}

of() { # DRIVER COLUMNS: from what was found out
    sql "SELECT $2 FROM limit_figures WHERE driver = '$1'
         AND campaign_id = (SELECT id FROM campaigns ORDER BY rowid DESC LIMIT 1)"
}

@test "each driver is raised by steps, and every run is kept" {
    limits --driver libev,threadpool --max 40
    [[ $status == 0 ]]
    says "$output" "40 in flight at" "that is the last step (--max)" "Recorded in $results/"
    says "$stderr" "2 drivers" "seed 7"
    for driver in libev threadpool; do
        [[ $(sql "SELECT group_concat(concurrency, ' ') FROM (SELECT concurrency FROM run_figures
                  WHERE driver = '$driver' ORDER BY block)") == "1 2 4 8 16 32 40" ]]
        [[ $(of "$driver" "capacity, worked, ended, ended_at, server_in_flight") == "40|40|top||"[1-9]* ]]
        [[ $(of "$driver" "client_bytes > 0 AND client_cpu_ns > 0 AND capacity_efficiency > 0.01") == 1 ]]
    done
    # A round gives each a run.
    [[ $(sql "SELECT count(DISTINCT driver) FROM run_figures GROUP BY block" | sort -u) == 2 ]]
    [[ $(sql "SELECT status, name FROM campaigns") == "complete|limits" ]]
    [[ $(sql "SELECT count(*) FROM runs WHERE quality = 'INVALID'") == 0 ]]
    [[ $(sql "SELECT count(*) FROM samples") == 0 ]]
    nothing_is_left
}

@test "a folder, tables, exports and comparisons, as of any campaign" {
    limits --driver libev --max 4 --name one
    limits --driver libev --max 4 --keep-alive --workload http --name two
    [[ $status == 0 ]]
    [[ $(readlink "$results/latest") == *-two ]]
    for file in limits.csv cases.csv runs.csv usage.csv environment.csv tables.md environment.txt; do
        [[ -s $results/latest/$file ]] || { echo "no $file" >&2; return 1; }
    done
    [[ ! -e $results/latest/waterfall.csv && ! -e $results/latest/histograms ]]
    grep -q '^libev,http,,0,burst,0,1,1,0.02,4096,.*,0.01,4,' "$results/latest/limits.csv"
    says "$(cat "$results/latest/tables.md")" "## Capacity" "| libev" "http, kept alive"
    run -0 --separate-stderr "$waitbench" table one --results "$results"
    says "$output" "Capacity: " "libev: 4 in flight"
    run -0 --separate-stderr "$waitbench" export one --what limits --format json --results "$results"
    [[ $(sqlite3 :memory: "SELECT json_extract('${output//\'/\'\'}', '\$.capacity')") == 4 ]]
    run -0 --separate-stderr "$waitbench" compare one one --results "$results"
    says "$output" "libev"
}

@test "the table as JSON" {
    limits --driver libev,threadpool --max 2 --json
    [[ $status == 0 && ${#lines[@]} == 2 ]]
    for line in "${lines[@]}"; do
        [[ $(sqlite3 :memory: "SELECT json_extract('${line//\'/\'\'}', '\$.ended')") == top ]]
    done
    says "$stderr" "Recorded in $results/"
}

@test "a driver that is too slow has ended, and that is no failure" {
    limits --driver libev --efficiency 100% --repetitions 1
    [[ $status == 0 ]]
    says "$output" "libev: none in flight at 100% efficiency; at 1 the efficiency is "
    [[ $(of libev "capacity IS NULL, worked, ended, ended_at") == "1|1|slow|1" ]]
    [[ $(sql "SELECT count(*) FROM runs") == 2 ]] # one slow run may be the machine's fault
}

@test "descriptors run out: EMFILE, the limit, its value, and how to raise it" {
    run --separate-stderr bash -c "ulimit -n 200; exec '$waitbench' limits --results '$results' \
        --driver libev,threadpool --delay 20ms --efficiency 1%"
    [[ $status == 0 ]]
    for driver in libev threadpool; do
        says "$output" "$driver: 168 in flight" "at 256: 288 descriptors are needed (EMFILE)"
        [[ $(of "$driver" "capacity, ended, ended_at, limit_name, limit_value") == "168|failed|256|RLIMIT_NOFILE|200" ]]
    done
    says "$output" "The limit: RLIMIT_NOFILE 200; to raise it: 'ulimit -Hn"
    [[ $(sql "SELECT count(*) FROM run_figures WHERE quality = 'INVALID' AND concurrency <> 256") == 0 ]]
}

# As a user who may have so many processes and threads: root has no such limit.
@test "threads run out: EAGAIN, the limit, and the driver beside it goes on" {
    ((EUID == 0)) && command -v setpriv >/dev/null || skip "takes root, and setpriv"
    mkdir "$results" "$BATS_TEST_TMPDIR/bin"
    cp "$waitbench" "$randintd" "$BATS_TEST_TMPDIR/bin"
    chmod 777 "$results"
    chmod o+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
    # A user that nobody else is, so that nobody else's threads count.
    local user=$((60000 + BASHPID % 5000)) as
    as=(setpriv --reuid "$user" --regid "$user" --clear-groups)
    "${as[@]}" test -x "$BATS_TEST_TMPDIR/bin/waitbench" || skip "$BATS_TEST_TMPDIR is root's"
    run --separate-stderr "${as[@]}" bash -c "ulimit -u 100; exec '$BATS_TEST_TMPDIR/bin/waitbench' \
        limits --results '$results' --driver libev,threadpool --max 256 --delay 20ms --efficiency 1%"
    [[ $status == 0 ]]
    says "$output" "threadpool: " "Resource temporarily unavailable (EAGAIN). The limit: RLIMIT_NPROC 100"
    [[ $(of threadpool "ended, limit_name, limit_value, errnum, capacity BETWEEN 64 AND 99") == "failed|RLIMIT_NPROC|100|11|1" ]]
    [[ $(of libev "capacity, ended") == "256|top" ]]
}

@test "local ports run out: EADDRNOTAVAIL and their range" {
    unshare -n true 2>/dev/null || skip "a network of its own is not permitted here"
    run --separate-stderr unshare -n bash -c "ip link set lo up &&
        echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range || exit 77
        exec '$waitbench' limits --results '$results' --driver libev,threadpool --delay 20ms --efficiency 1%"
    [[ $status != 77 ]] || skip "its ports cannot be set here"
    [[ $status == 0 ]]
    for driver in libev threadpool; do
        [[ $(of "$driver" "ended, limit_name, limit_value, capacity BETWEEN 32 AND 100") == "failed|net.ipv4.ip_local_port_range|100|1" ]]
    done
    says "$output" "(EADDRNOTAVAIL). The limit: net.ipv4.ip_local_port_range 100"
}

@test "its time bounds it" {
    limits --driver libev,threadpool --delay 200ms --time 1s
    [[ $status == 0 ]]
    for driver in libev threadpool; do
        [[ $(of "$driver" "ended, ended_at IS NOT NULL") == "time|1" ]]
    done
    says "$output" "more than its share of the remaining time"
    [[ $(sql "SELECT count(*) FROM runs WHERE quality = 'INVALID'") == 0 ]]
}

@test "its share of the memory bounds it" {
    limits --driver threadpool --memory 0.001%
    [[ $status == 0 ]]
    [[ $(of threadpool ended) == memory ]]
    says "$output" "--memory"
    # Of the first step only the samples' memory is known: then the run is ended, unless other
    # programs free as much meanwhile as it takes.
    for try in {1..20}; do
        limits --driver threadpool --from 128 --max 128 --delay 500ms --memory 0.001%
        [[ $status == 0 ]]
        [[ $(of threadpool ended) == top ]] || break
    done
    [[ $(of threadpool "capacity IS NULL, ended, ended_at") == "1|memory|128" ]]
    says "$output" "the available memory fell to"
    nothing_is_left
}

@test "a run that does not end is ended, and counts as too slow" {
    # No run is over within its delay and a nanosecond.
    limits --driver libev --timeout 1ns
    [[ $status == 0 ]]
    says "$output" "libev: none in flight" "did not end within"
    [[ $(of libev "ended, ended_at, worked IS NULL") == "slow|1|1" ]]
    nothing_is_left
}

@test "another server model: it serves, and the tables say so" {
    limits --driver libev --max 4 --server-model prefork:8
    [ "$(sql "SELECT DISTINCT server_model FROM cases")" = prefork:8 ]
    says "$(<"$results/latest/tables.md")" "server prefork:8"
    nothing_is_left
}

@test "wrong usage" {
    wrong() { # PATTERN OPTION...
        local pattern=$1
        shift
        run -2 --separate-stderr "$waitbench" limits --results "$results" "$@"
        complains "$pattern"
    }
    wrong "nothing to raise" --driver sequential,null
    wrong "no driver 'nosuch'" --driver nosuch
    wrong "--from 8 is more than --max 4" --from 8 --max 4
    wrong "--delay" --delay 0
    wrong "--time" --time 0
    wrong "--efficiency" --efficiency 2
    wrong "--memory" --memory 0%
    wrong "--backlog" --backlog 10,100
    wrong "--server-model: one, not 2" --server-model epoll,libev
    wrong "fib sends nothing to a server" --workload fib
    wrong "no such option" --concurrency 4
    wrong "no such option" --arrivals closed
    wrong "was not expected" word
    [[ ! -e $results ]]
    run -0 "$waitbench" limits --help
    says "$output" "--efficiency SHARE" "(1s)" "Safe on a machine"
}

@test "what cannot be started at all is a failure" {
    cp "$waitbench" "$BATS_TEST_TMPDIR/waitbench"
    waitbench=$BATS_TEST_TMPDIR/waitbench
    limits --driver libev
    [[ $status == 1 ]]
    says "$stderr" "randintd"
    run -1 --separate-stderr "$waitbench" limits --results /proc/nowhere --driver libev
    complains /proc/nowhere
}

@test "Ctrl-C: what was found out is kept and shown, and cannot be resumed" {
    start_waitbench limits --results "$results" --driver libev,threadpool --delay 300ms --time 1h
    wait_until has_runs 3
    finish INT
    [[ $status == 1 ]]
    nothing_is_left
    says "$stderr" interrupted
    says "$output" "libev: " "interrupted there" "Recorded in"
    [[ $(sql "SELECT status FROM campaigns") == interrupted ]]
    [[ $(of libev "ended, capacity >= 1") == "interrupted|1" ]]
    [[ $(sql "PRAGMA integrity_check") == ok ]]
    run -1 --separate-stderr "$waitbench" campaign --resume latest --results "$results"
    complains "waitbench limits" "start it again"
}

@test "kill -9 leaves what was found out until then" {
    start_waitbench limits --results "$results" --driver libev --delay 200ms
    wait_until has_runs 3
    finish KILL
    nothing_is_left
    run -0 --separate-stderr "$waitbench" table --results "$results"
    says "$output" "Capacity: " "(running)"
    [[ $(of libev "ended, capacity >= 2") == "ramping|1" ]]
}

@test "its picture is drawn, and no others" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    limits --driver libev,threadpool --max 32
    run -0 plots/draw.sh "$results/latest"
    says "$output" "drew limits"
    [[ $output != *talk* ]]
    svg=$results/latest/limits.svg png=$results/latest/limits.png
    (($(wc -c <"$svg") > 5000 && $(wc -c <"$png") > 5000))
    says "$(cat "$svg")" libev threadpool "</svg>"
    # One whose first step broke has nothing to draw; another has.
    run --separate-stderr bash -c "ulimit -n 60; exec '$waitbench' limits --results '$results' \
        --driver libev --from 32 --delay 20ms --efficiency 1%"
    [[ $status == 3 ]]
    says "$output" "RLIMIT_NOFILE 60"
    run -4 plots/draw.sh "$results/latest"
    says "$output" "skipped limits"
}
