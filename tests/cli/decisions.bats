#!/usr/bin/env bats
# waitbench campaign --until-decided: which pairs there are, when each is decided, and which cases get more
# blocks. That a driver is faster is never asserted of a real run, but that a doubled delay is slower.

load common

campaign() { # [OPTION...]
    run --separate-stderr "$waitbench" campaign --results "$results" --name decide --predict off \
        --whole-process none --no-pictures --arrivals burst --backlog 4096 "$@"
    [[ $status == [03] ]] || { echo "$stderr" >&2; return 1; } # a busy machine may spoil a run
}

blocks() { # WHERE
    sql "SELECT count(*) FROM all_runs WHERE $1"
}

# What the tables say of all pairs.
decisions() {
    "$waitbench" table decide --results "$results" --markdown >"$BATS_TEST_TMPDIR/tables" || [[ $? == 3 ]]
    grep -E '^\| (epoll|threadpool|control) .*\b(faster|slower|equivalent|undecided|INVALID)' \
        "$BATS_TEST_TMPDIR/tables"
}

# Runs whose figures do not depend on this machine: libev takes 100 ms in each block, the others some other
# times, by an SQL expression of `block` and `driver`.
steady() { # MILLISECONDS
    sql "UPDATE runs SET quality = 'OK', reasons = '', completed = requests, makespan_ns = 1e6 * (
         SELECT iif(driver = 'libev' AND control = '', 100, $1) FROM cases WHERE case_id = runs.case_id)"
}

# A campaign whose budget is spent after its repetitions.
recorded() { # REPETITIONS [OPTION...]
    campaign --driver null,libev,epoll --concurrency 4 --delay 1ms --repetitions "$1" --until-decided 1% \
        --budget 3ms "${@:2}"
    [[ $(blocks "driver = 'epoll'") == "$1" ]]
}

@test "a campaign goes on until a difference is found, and only with the cases concerned" {
    campaign --driver null,libev --concurrency 4 --delay 50ms --repetitions 3 --until-decided 1% \
        --control 100% --budget 2m
    says "$output" "Decisions" "control" "slower" "different, the second is slower"
    says "$stderr" "3 runs of each and more until all pairs are decided"
    grep -q "Decisions" "$results/latest/report.html"
    # Ten blocks on one side are the fewest that can tell at 1%.
    (($(blocks "control <> ''") >= 10))
    [[ $(blocks "control <> ''") == $(blocks "driver = 'libev' AND control = ''") ]]
    [[ $(blocks "driver = 'null'") == 3 ]]
    [[ $(sql "SELECT margin, decided_pairs FROM campaigns") == "0.01|1" ]]
}

@test "faster, slower, equivalent and undecided" {
    recorded 10
    [[ $(sql "SELECT decided_pairs FROM campaigns") == 1 ]]
    steady 110
    says "$(decisions)" "slower"
    says "$("$waitbench" compare decide --drivers libev,epoll --results "$results")" \
        "epoll is 1.10 times slower" "valid at any time; corrected for the campaign's 1 pair)"
    steady 90
    says "$(decisions)" "faster"
    steady "100 + block / 20.0"
    says "$(decisions)" "equivalent"
    # Nine of ten are evidence of 9.5 only.
    steady "iif(block, 110, 90)"
    says "$(decisions)" "undecided, the budget is spent"
    says "$("$waitbench" compare decide --drivers libev,epoll --results "$results")" "undecided in 1."
    "$waitbench" export decide --results "$results" --what runs --output "$BATS_TEST_TMPDIR/runs.csv"
    says "$("$waitbench" compare "$BATS_TEST_TMPDIR/runs.csv" --drivers libev,epoll)" \
        "undecided in 1." "the campaign's 1 pair)"
    says "$("$waitbench" compare "$BATS_TEST_TMPDIR/runs.csv" decide --results "$results")" \
        "A ended when its pairs were decided" "B ended when its pairs were decided"
}

@test "a case goes on as long as one of its pairs is undecided" {
    recorded 11 --driver libev,epoll,threadpool
    [[ $(sql "SELECT decided_pairs FROM campaigns") == 3 ]]
    # Of libev and threadpool nobody can tell; epoll is slower than both, in eleven blocks of eleven.
    steady "iif(driver = 'epoll', 120, iif(block % 2, 98, 102))"
    [[ $(decisions | grep -c "undecided") == 1 ]]
    sql "UPDATE campaigns SET status = 'interrupted', arguments = replace(arguments, '3ms', '100ms')"
    run --separate-stderr "$waitbench" campaign --resume decide --results "$results" --no-pictures
    [[ $status == [03] ]]
    [[ $(blocks "driver = 'epoll'") == 11 ]]
    (($(blocks "driver = 'libev'") > 11 && $(blocks "driver = 'threadpool'") > 11))
}

@test "a campaign that is resumed goes on where something is undecided, and not where all is decided" {
    recorded 10 --control same
    [[ $(sql "SELECT decided_pairs FROM campaigns") == 2 ]]
    # Evidence of 180 against one of two pairs is not enough: that takes 200.
    steady 110
    says "$(decisions)" "undecided, the budget is spent"
    sql "UPDATE campaigns SET status = 'interrupted', arguments = replace(arguments, '3ms', '100ms')"
    resume() {
        run --separate-stderr "$waitbench" campaign --resume decide --results "$results" --no-pictures
        [[ $status == [03] ]]
    }
    resume
    (($(blocks "driver = 'epoll'") > 10))
    [[ $(blocks "driver = 'null'") == 10 ]]
    sql "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE block > 10"
    steady 110
    [[ $(decisions | grep -c slower) == 2 ]]
    sql "UPDATE campaigns SET status = 'interrupted'"
    resume
    [[ $(blocks "driver = 'epoll'") == 11 ]]
}

@test "of a case with an INVALID run nothing is decided, and it gets no more runs" {
    recorded 10
    sql "UPDATE runs SET quality = 'INVALID', reasons = 'told' WHERE id = (SELECT min(run_id) FROM all_runs
         WHERE driver = 'epoll')"
    says "$(decisions)" "INVALID: no ratio"
    sql "UPDATE campaigns SET status = 'interrupted', arguments = replace(arguments, '3ms', '10s')"
    run -3 --separate-stderr "$waitbench" campaign --resume decide --results "$results" --no-pictures
    [[ $(blocks "driver = 'epoll'") == 10 ]]
}

@test "without a pair there is nothing to decide, and --precision is no more" {
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --driver libev --until-decided 1%
    complains "no two do the same here" "--control same"
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --driver libev \
        --arrivals poisson --rate 100 --until-decided 1%
    complains "no two do the same here: name two with --driver, or add --control same"
    [[ $stderr != *closed* ]] # pairs of open arrivals are decided, too
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --driver libev --precision 2%
    complains "--precision is no longer there" "--until-decided"
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --until-decided 0
    complains "--until-decided: '0' is not a share above 0"
    [[ $("$waitbench" campaign --help) != *"--precision"* ]]
}

@test "a campaign of an earlier version that had --precision is resumed and ends with its repetitions" {
    campaign --driver libev --concurrency 4 --delay 1ms --repetitions 2
    sql "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE block = 1;
         UPDATE campaigns SET status = 'interrupted', precision = 0.0001,
         arguments = arguments || '--precision' || char(10) || '0.01%' || char(10)"
    run --separate-stderr "$waitbench" campaign --resume decide --results "$results" --no-pictures
    [[ $status == [03] && $(blocks 1) == 2 ]]
    says "$output" "NOISY: burst libev(4)" "the precision of 0.01% needs an interval"
}
