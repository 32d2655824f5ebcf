#!/usr/bin/env bats
# A load that is divided among ranks of Open MPI: here, and on two hosts that are network namespaces. What
# is pooled is what one process would have measured; who dies is named, what was recorded stays, and no
# process is left.

load common
load ../hosts

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    programs=$(dirname "$(realpath "${WAITBENCH:-build/waitbench}")")
    [[ -x $programs/waitbench-mpi ]] || skip "waitbench-mpi is not built here"
    command -v mpirun >/dev/null || skip "Open MPI is not installed"
    hosts_names=
    if hosts_can_be_made; then
        hosts_make "$BATS_FILE_TMPDIR" head a b
    fi
    # In containers the tests run as root; and mpirun need not give ranks a second to end by themselves.
    export programs hosts_missing OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_odls_base_sigkill_timeout=0 PRTE_MCA_odls_base_sigkill_timeout=0
    # An mpirun that is killed leaves its shared memory.
    export OMPI_MCA_btl_vader_backing_directory=$BATS_FILE_TMPDIR OMPI_MCA_btl_sm_backing_directory=$BATS_FILE_TMPDIR
}

teardown_file() {
    hosts_remove
}

need_hosts() {
    [[ -z $hosts_missing ]] || skip "$hosts_missing"
}

# A small campaign in ranks.
in_ranks() { # [OPTION...]
    run --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --arrivals closed \
        --backlog 4096 --concurrency 8 --requests 64 --delay 5ms --repetitions 1 --seed 7 --no-pictures "$@"
}

pid_of() { # NAME [NUMBER]: of this test's processes that have it
    marked_processes | sed -nE "s/ ($1)\$//p" | sort -n | sed -n "${2:-1}p"
}

# A campaign whose first run is long, and under way: 25 rounds of 200 ms on each rank.
start_long() { # [OPTION...]
    start_waitbench campaign --results "$results" --driver epoll --arrivals closed --backlog 4096 \
        --concurrency 6 --requests 150 --delay 200ms --repetitions 2 --no-pictures --ranks 3 "$@"
    wait_until are_in_flight_here 6
}

are_in_flight_here() { # COUNT: at the server of this test
    find_port_of "$(pid_of randintd)" 2>/dev/null && are_in_flight "$1"
}

@test "a load in ranks is recorded as one run, with what each rank did" {
    in_ranks --ranks 3
    [[ $status == 0 ]]
    [[ $(sql "SELECT completed, requests FROM runs") == "64|64" ]]
    [[ $(sql "SELECT group_concat(requests), sum(completed), sum(concurrency) FROM ranks") == "22,21,21|64|8" ]]
    # Every request has a place and every slot a number; all times are on one clock, as far as it is known.
    [[ $(sql "SELECT count(*), max(request), count(DISTINCT slot), max(slot) FROM samples WHERE outcome = 'ok'") == \
        "64|63|8|7" ]]
    [[ $(sql "WITH known AS (SELECT max(clock_uncertainty_ns) AS within FROM ranks)
        SELECT count(*) FROM samples, runs, known WHERE start_ns < 0 OR end_ns - start_ns < 5000000 OR
        end_ns > makespan_ns OR received_ns < start_ns - within OR received_ns > end_ns + within") == 0 ]]
    # The whole ends with the last of them.
    [[ $(sql "SELECT max(k.makespan_ns) = r.makespan_ns FROM ranks k, runs r") == 1 ]]
    [[ $(sql "SELECT min(cpu_ns) > 0, min(clock_uncertainty_ns) > 0, min(start_lag_ns) >= 0 FROM ranks") == "1|1|1" ]]
    [[ $(sql "SELECT value FROM environment WHERE key = 'ranks'") == "3 ($(hostname), "* ]]
    run -0 --separate-stderr "$waitbench" table --results "$results" --all
    says "$output" "Ranks (medians" "clock offset"
    run -0 --separate-stderr "$waitbench" export --results "$results" --what ranks
    [[ ${#lines[@]} == 4 && ${lines[0]} == *,rank,host,* ]]
    nothing_is_left
}

@test "the requests are those of one process, at the same intended starts" {
    in_ranks --arrivals poisson --rate 2000
    in_ranks --arrivals poisson --rate 2000 --ranks 4 --name ranks
    [[ $status == 0 ]]
    [[ $(sql "SELECT count(*) FROM samples a JOIN samples b USING (request, intended_ns)
        WHERE a.run_id = 1 AND b.run_id = 2") == 64 ]]
    # No rank begins one earlier.
    [[ $(sql "SELECT count(*) FROM samples WHERE start_ns < intended_ns") == 0 ]]
}

@test "a serial driver has one rank" {
    in_ranks --driver sequential,epoll --ranks 2 --time-box 20ms
    [[ $status == 0 ]]
    [[ $(sql "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM ranks GROUP BY run_id ORDER BY n)") == "1,2" ]]
}

@test "of very many requests histograms come back" {
    run -0 --separate-stderr "$waitbench" run --driver null --requests 2100000 --ranks 2 --json
    says "$output" '"completed": 2100000,' '"latency_p99_low_s": null'
    [[ $output =~ '"latency_p50_s": '[0-9] ]]
}

@test "ranks on two hosts, whose clocks are ahead" {
    need_hosts
    echo "0 5000000" >"$BATS_FILE_TMPDIR/a.clock"
    echo "0 500000000" >"$BATS_FILE_TMPDIR/b.clock"
    run --separate-stderr on_head "$waitbench" campaign --results "$results" --driver epoll --arrivals closed \
        --backlog 4096 --concurrency 8 --requests 64 --delay 20ms --repetitions 2 --no-pictures \
        --hosts a,b --ranks 4 --server-host "$hosts_network.1"
    [[ $status == 0 ]]
    [[ $(sql "SELECT DISTINCT group_concat(host) FROM ranks GROUP BY run_id") == "a,a,b,b" ]]
    # Found within what is printed; and the time namespaces were there.
    [[ $(sql "SELECT count(*) FROM ranks WHERE abs(clock_offset_ns -
        CASE host WHEN 'a' THEN 5000000 ELSE 500000000 END) <= clock_uncertainty_ns") == 8 ]]
    # Latencies do not change, and starts and ends are on the clock of the server.
    [[ $(sql "SELECT count(*), sum(outcome = 'ok') FROM samples") == "128|128" ]]
    [[ $(sql "SELECT count(*) FROM samples s, runs r ON r.id = s.run_id WHERE end_ns - start_ns < 20000000
        OR start_ns < 0 OR end_ns > makespan_ns") == 0 ]]
    nothing_is_left
}

@test "an unreachable host" {
    need_hosts
    run --separate-stderr on_head "$waitbench" run --driver epoll "${tiny[@]}" --hosts a,nowhere \
        --server-host "$hosts_network.1"
    [[ $status == 1 ]]
    complains "no ranks: mpirun exited with" "nowhere"
    nothing_is_left
}

@test "a rank of another version is refused by its number" {
    revision=$("$waitbench" env | sed -n 's/^revision *//p')
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp "$waitbench" "$programs"/{randintd,waitbench-mpi} "$BATS_TEST_TMPDIR/bin"
    REVISION=$revision perl -0777 -pe 's/\x00\Q$ENV{REVISION}\E\x00/"\0" . "x" x length($ENV{REVISION}) . "\0"/ge' \
        "$programs/waitbench-mpi" >"$BATS_TEST_TMPDIR/bin/other"
    mv "$BATS_TEST_TMPDIR"/bin/{waitbench-mpi,same}
    cat >"$BATS_TEST_TMPDIR/bin/waitbench-mpi" <<'SH'
#!/bin/sh
[ "$OMPI_COMM_WORLD_RANK" = 2 ] && exec "${0%/*}/other" "$@"
exec "${0%/*}/same" "$@"
SH
    chmod +x "$BATS_TEST_TMPDIR"/bin/*
    run --separate-stderr "$BATS_TEST_TMPDIR/bin/waitbench" run --driver epoll "${tiny[@]}" --ranks 2
    [[ $status == 1 ]]
    complains "rank 2 on $(hostname) is of another version of waitbench, xxx" "$revision"
    nothing_is_left
}

@test "no mpirun, another implementation's, or none for root" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" "$waitbench" run --driver epoll "${tiny[@]}" --ranks 2
    [[ $status == 1 ]]
    complains "there is no mpirun here: install the package openmpi-bin"
    printf '#!/bin/sh\necho "HYDRA build details:"\n' >"$BATS_TEST_TMPDIR/bin/mpirun"
    chmod +x "$BATS_TEST_TMPDIR/bin/mpirun"
    run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin:$PATH" "$waitbench" run --driver epoll "${tiny[@]}" --ranks 2
    [[ $status == 1 ]]
    complains 'mpirun is not of Open MPI (it says "HYDRA build details:")' openmpi-bin
    if ((EUID == 0)); then
        unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
        run --separate-stderr "$waitbench" run --driver epoll "${tiny[@]}" --ranks 2
        [[ $status == 1 ]]
        complains "refuses to start programs of root" OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
    cp "$waitbench" "$programs/randintd" "$BATS_TEST_TMPDIR/bin"
    run --separate-stderr "$BATS_TEST_TMPDIR/bin/waitbench" run --driver epoll "${tiny[@]}" --ranks 2
    [[ $status == 1 ]]
    complains "waitbench-mpi was not built" "run.sh deps"
}

@test "srun's command line" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/srun" <<'SH'
#!/bin/sh
[ "$1 $2 $3 $4" = "--ntasks 3 --cpu-bind=none --kill-on-bad-exit=1" ] || exit 9
shift 4
exec mpirun -n 3 --host localhost:3 --bind-to none "$@"
SH
    chmod +x "$BATS_TEST_TMPDIR/bin/srun"
    run -0 --separate-stderr "$waitbench" run --driver epoll "${tiny[@]}" --ranks 2 \
        --launcher "$BATS_TEST_TMPDIR/bin/srun"
    says "$output" "Ranks (medians"
}

@test "wrong options" {
    local -A wrong=(
        ["--hosts a,b"]="--server-host"
        ["--hosts a:2 --server-host 127.0.0.1"]="'a:2' is not the name of a host"
        ["--hosts -a --server-host 127.0.0.1"]="is not the name of a host"
        ["--hosts a,,b"]="an item of the list is empty"
        ["--hosts a,b --ranks 1 --server-host 127.0.0.1"]="leaves hosts without one: there are 2"
        ["--ranks 0"]="--ranks"
        ["--ranks 5"]="cannot be divided among 5 processes: lower --ranks"
        ["--ranks 2 --workload fib"]="leave out --ranks"
        ["--ranks 2 --server-host 0.0.0.0"]="no address to connect to"
        ["--launcher mpirun"]="add --hosts or --ranks"
    )
    for options in "${!wrong[@]}"; do
        # shellcheck disable=SC2086 # they are words
        run --separate-stderr "$waitbench" run --driver epoll "${tiny[@]}" $options
        [[ $status == 2 ]] || { echo "$options: $status" >&2; return 1; }
        complains "${wrong[$options]}"
    done
}

# The run under way is INVALID by that reason, and the campaign cannot go on.
is_lost() { # REASON
    [[ $status == 1 ]] || { echo "exit code $status: $stderr" >&2; return 1; }
    says "$stderr" "$1" "--resume"
    [[ $(sql "SELECT quality || ': ' || reasons FROM runs") == "INVALID: $1 in the middle of the run"* ]]
    [[ $(sql "SELECT status FROM campaigns") == failed ]]
    nothing_is_left
}

@test "a rank is killed, and the one that leads, and mpirun" {
    for victim in "waitbench-mpi 3:rank 2 on $(hostname) was killed by signal 9 (Killed)" \
        "waitbench-mpi 1:rank 0 on $(hostname) was killed by signal 9 (Killed)" \
        "mpirun|prterun:mpirun was killed by signal 9 (Killed)"; do
        start_long
        # shellcheck disable=SC2086 # a name and a number
        kill -KILL "$(pid_of ${victim%%:*})"
        finish
        is_lost "${victim#*:}"
        rm -r "$results"
    done
}

# Ticks of CPU time that the ranks have used so far.
ticks_of_ranks() {
    local pid sum=0 fields
    for pid in $(marked_processes | sed -n 's/ waitbench-mpi$//p'); do
        read -r -a fields <"/proc/$pid/stat"
        sum=$((sum + fields[13] + fields[14]))
    done
    echo "$sum"
}

@test "a measured process is killed, and the server: the campaign goes on" {
    start_long
    kill -KILL "$(pid_of waitbench 2)" # the first is the harness
    wait_until has_runs 1
    [[ $(sql "SELECT quality || ': ' || reasons FROM runs") =~ ^"INVALID: the run failed: rank "[1-3]" on $(hostname)"\
": the measured process was killed by signal 9 (Killed)" ]]
    wait_until are_in_flight_here 6
    kill -KILL "$(pid_of randintd)"
    finish
    [[ $status == 3 ]]
    [[ $(sql "SELECT reasons FROM runs WHERE id = 2") == *"the server was killed by signal 9 (Killed) in the middle"* ]]
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
    nothing_is_left
}

@test "ranks wait for a run without using the CPU; Ctrl-C, and a harness that is killed" {
    start_long
    before=$(ticks_of_ranks)
    sleep 1
    # MPI's own waiting would take all there is: 200 ticks on two cores.
    (($(ticks_of_ranks) - before < 20))
    finish INT
    [[ $status == 1 ]]
    says "$stderr" "interrupted"
    [[ $(sql "SELECT count(*) FROM runs") == 0 ]]
    nothing_is_left
    rm -r "$results"
    export TMPDIR=$BATS_TEST_TMPDIR/scratch
    mkdir "$TMPDIR"
    unset OMPI_MCA_odls_base_sigkill_timeout PRTE_MCA_odls_base_sigkill_timeout
    start_long
    finish KILL
    nothing_is_left
    wait_until rmdir "$TMPDIR" # which is empty
}
