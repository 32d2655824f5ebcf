#!/usr/bin/env bats
# waitbench compare: campaigns, their exports, two drivers in one. That a driver is faster is never
# asserted of a real run: where a difference is needed, an export is altered.

load common

setup_file() {
    # Two campaigns and their exports for all of these tests. What the checks delay of this machine is
    # not at stake: all runs are called OK.
    export COMPARED=$BATS_FILE_TMPDIR
    cd "$BATS_TEST_DIRNAME/../.." || return
    local program=${WAITBENCH:-build/waitbench} name
    for name in one two; do
        "$program" campaign --results "$COMPARED/results" --name "$name" --seed 7 \
            --driver libev,threadpool --delay 5ms --concurrency 4,8 --requests 32 \
            --arrivals closed --repetitions 7 --whole-process none >/dev/null 2>&1
        sql_compared "UPDATE runs SET quality = 'OK', reasons = ''"
        "$program" export "$name" --results "$COMPARED/results" --what runs \
            --output "$COMPARED/$name.csv"
        "$program" export "$name" --results "$COMPARED/results" --what runs --format json \
            --output "$COMPARED/$name.json"
    done
}

sql_compared() { # QUERY
    sqlite3 -bail "$COMPARED/results/waitbench.db" "$1"
}

compare() { # [ARGUMENT...]
    run --separate-stderr "$waitbench" compare --results "$COMPARED/results" "$@"
}

# one.csv with columns set by an SQL expression, in $BATS_TEST_TMPDIR like all that a test writes.
altered() { # FILE ASSIGNMENT [WHERE]
    cd "$BATS_TEST_TMPDIR" || return
    rm -f altered.db
    sqlite3 altered.db ".mode csv" ".import '$COMPARED/one.csv' t" \
        "UPDATE t SET $2 WHERE ${3:-1}" ".headers on" "SELECT * FROM t" >"$1"
}

# The same with makespans that do not depend on this machine: 100 ms in block 0, 101 ms in block 1 …
steady() { # FILE FACTOR [WHERE]: where the factor applies
    altered "$1" "makespan_s = (100 + block) * iif(${3:-1}, $2, 1) / 1000.0"
}

@test "a campaign that is not complete says so" {
    compare one two
    [[ $status == 0 && $output != *"not complete"* ]]
    cp -r "$COMPARED/results" "$results"
    sql "UPDATE campaigns SET status = 'interrupted' WHERE name = 'two'"
    run --separate-stderr "$waitbench" compare one two --results "$results"
    says "$output" "B is not complete (interrupted): its figures are those of the runs that were made."
    [[ $output != *"A is not"* ]]
    run --separate-stderr "$waitbench" compare two --drivers libev,threadpool --results "$results"
    says "$output" "The campaign is not complete (interrupted)"
    run --separate-stderr "$waitbench" compare one "$COMPARED/two.csv" --results "$results"
    [[ $status == 0 && $output != *"not complete"* ]]
}

@test "a campaign does not differ from itself, by every name it has" {
    for other in two latest "$(sql_compared "SELECT id FROM campaigns WHERE name = 'two'")"; do
        compare two "$other"
        ((status == 0))
        [[ -z $stderr ]]
        says "$output" "libev closed 4 " "threadpool closed 8 " "1.000"
        # A noisy machine's intervals are wider than the margin.
        [[ $output =~ "faster in 0, slower in 0, equivalent in "([0-4])", undecided in "([0-4])\. ]]
        ((BASH_REMATCH[1] + BASH_REMATCH[2] == 4))
    done
}

@test "campaigns and their exports compare the same, from either format and elsewhere" {
    compare one two
    ((status == 0))
    table=${output#*$'\n\n'}
    for one in "$COMPARED/one.csv" "$COMPARED/one.json" one; do
        for two in "$COMPARED/two.csv" "$COMPARED/two.json" two; do
            compare "$one" "$two"
            ((status == 0))
            [[ ${output#*$'\n\n'} == "$table" ]]
        done
    done
    run --separate-stderr "$waitbench" compare --results "$BATS_TEST_TMPDIR/none" \
        "$COMPARED/one.csv" "$COMPARED/two.json"
    ((status == 0))
    [[ ${output#*$'\n\n'} == "$table" ]]
}

@test "what is slower, what is faster and what is the same is said in words" {
    steady a.csv 1
    steady b.csv 1.31 "driver = 'libev'"
    compare a.csv b.csv
    ((status == 0))
    says "$output" "B is 1.31 times slower" "1.310" "0.0023" "undecided" \
        "4 cases compared: B faster in 0, slower in 2, equivalent in 0, undecided in 2."
    compare b.csv a.csv
    says "$output" "B is 1.31 times faster" "0.763" \
        "4 cases compared: B faster in 2, slower in 0, equivalent in 0, undecided in 2."
}

@test "the margin tells equivalent from undecided, and from a difference" {
    steady a.csv 1
    steady b.csv 1.31 "driver = 'libev'"
    # Of equal cases the interval is from 100 / 106 to 106 / 100; of the others 1.31 times that.
    compare a.csv b.csv --margin 7%
    ((status == 0))
    says "$output" "equivalent" "B is 1.31 times slower" "a ratio at least 7% from it" \
        "whole interval within 7% of 1" "slower in 2, equivalent in 2, undecided in 0."
    compare a.csv b.csv --margin 5.9%
    says "$output" "slower in 2, equivalent in 0, undecided in 2."
    compare a.csv b.csv --margin 32%
    says "$output" "slower in 0, equivalent in 2, undecided in 2."
    compare a.csv b.csv --margin 40%
    says "$output" "slower in 0, equivalent in 4, undecided in 0."
    # Block by block there is no noise at all.
    compare a.csv --drivers libev,threadpool
    says "$output" "equivalent in 2, undecided in 0." "whole interval within 1% of 1"
    compare a.csv b.csv --margin 0
    ((status == 2))
    complains "'0' is not a share above 0"
}

@test "two drivers of one campaign pair by everything else" {
    steady a.csv 0.5 "driver = 'libev'"
    compare a.csv --drivers threadpool,libev
    ((status == 0))
    says "$output" "threadpool" "closed 4 " "closed 8 " "libev is 2.00 times faster" \
        "2 cases compared: libev faster in 2,"
    compare a.csv --drivers libev,threadpool
    says "$output" "threadpool is 2.00 times slower"
    compare --drivers libev,threadpool
    ((status == 0))
    says "$output" "-two: threadpool to libev" "2 cases compared"
    altered lesson.csv "variant = driver" # a lesson has another name for each
    compare lesson.csv --drivers libev,threadpool
    ((status == 0))
    says "$output" "2 cases compared"
    compare lesson.csv one
    ((status == 1))
    says "$output" "Only in A: libev closed 4, variant libev"
}

@test "--fail-if-slower requests for the whole interval beyond it" {
    steady a.csv 1
    steady b.csv 1.31 "driver = 'libev' AND concurrency = 4"
    compare a.csv b.csv --fail-if-slower 5%
    ((status == 1))
    says "$output" "B slower by more than 5%: libev closed 4"
    [[ $output != *"more than 5%: libev closed 8"* && $output != *"more than 5%: thread"* ]]
    compare b.csv a.csv --fail-if-slower 5%
    ((status == 0))
    compare a.csv b.csv --fail-if-slower 40%
    ((status == 0))
    # 1.31 is more than 30%, its interval's lower end is not.
    compare a.csv b.csv --fail-if-slower 30%
    ((status == 0))
}

@test "too few runs are said to be too few, and a limit warns of them" {
    altered few.csv "of_runs = 12"
    sqlite3 :memory: ".mode csv" ".import few.csv t" ".headers on" \
        "SELECT * FROM t WHERE CAST(block AS INTEGER) < 3" >few3.csv
    compare few3.csv few3.csv --fail-if-slower 5%
    ((status == 0))
    says "$output" "undecided: too few runs" "undecided in 4 (too few runs: 4)" \
        "Too few runs: 5 on either side can show a difference among 4"
    complains "too few runs to tell whether 4 of the cases are slower"
}

@test "one run a side has no interval" {
    altered few.csv "of_runs = 4"
    sqlite3 :memory: ".mode csv" ".import few.csv t" ".headers on" \
        "SELECT * FROM t WHERE block = '0'" >single.csv
    compare single.csv single.csv
    ((status == 0))
    says "$output" "–" "too few runs"
}

@test "a case with an INVALID run has no ratio, and the exit code is 3" {
    altered bad.csv "quality = 'INVALID', reasons = 'the server, in \"words\", fell over'" \
        "driver = 'libev' AND concurrency = '4' AND block = '2'"
    compare one bad.csv
    ((status == 3))
    says "$output" "INVALID: no ratio" \
        'INVALID: libev closed 4, 1 of 7 runs of B: the server, in "words", fell over' "1 INVALID"
    compare bad.csv --drivers libev,threadpool
    ((status == 3))
    says "$output" "1 of 7 runs of libev"
    # What was requested for goes first.
    steady a.csv 1
    altered b.csv "makespan_s = (200 + block) / 1000.0, quality = iif(driver = 'libev', 'INVALID', 'OK')"
    compare a.csv b.csv --fail-if-slower 5%
    ((status == 1))
}

@test "a run without a makespan is INVALID, and the other cases are compared" {
    printf '#!/bin/sh\nexit 3\n' >"$BATS_TEST_TMPDIR/exits-3"
    chmod +x "$BATS_TEST_TMPDIR/exits-3"
    campaign --driver "libev,exec:$BATS_TEST_TMPDIR/exits-3" --concurrency 4 --arrivals closed \
        --predict off
    sql "UPDATE runs SET quality = 'OK' WHERE makespan_ns > 0"
    run --separate-stderr "$waitbench" compare latest latest --results "$results"
    ((status == 3))
    [[ -z $stderr ]]
    says "$output" "INVALID: no ratio" "INVALID: exec:$BATS_TEST_TMPDIR/exits-3 closed 4, 2 of 2 runs of A" \
        "2 cases compared" "1 INVALID"
    [[ $output =~ libev\ closed\ 4\ .*\ 1\.000\  ]]
    local table=$output format
    for format in csv json; do
        "$waitbench" export --results "$results" --what runs --format "$format" --output "$results/runs"
        run --separate-stderr "$waitbench" compare "$results/runs" "$results/runs"
        ((status == 3))
        [[ -z $stderr && ${output#*$'\n\n'} == "${table#*$'\n\n'}" ]]
    done
}

# Columns of the case that exports had before: the rest is taken together.
@test "what one side does not tell of its cases is said, and does not tell the other's apart" {
    altered old.csv "stack_bytes = iif(driver = 'libev', '65536', '0')"
    cp "$COMPARED/one.csv" new.csv
    compare new.csv old.csv
    ((status == 0))
    says "$output" "Only in A: libev closed 4" "Only in B: libev closed 4, stack 65536" "2 cases compared"
    sqlite3 altered.db ".headers on" ".mode csv" "ALTER TABLE t DROP COLUMN stack_bytes" \
        "ALTER TABLE t DROP COLUMN database" "SELECT * FROM t" >older.csv
    compare new.csv older.csv
    ((status == 0))
    says "$output" "stack_bytes, database are not in B" "4 cases compared"
    [[ $output != *"Only in"* ]]
    sqlite3 altered.db ".headers on" ".mode csv" "ALTER TABLE t DROP COLUMN backlog" \
        "UPDATE t SET driver = 'libev'" "SELECT * FROM t" >pooled.csv
    compare pooled.csv pooled.csv
    ((status == 0))
    says "$output" "2 cases compared" " 14, 14 "
}

@test "cases without a partner are named, with what tells them apart" {
    altered b.csv "backlog = '100'" "driver = 'libev'"
    compare one b.csv
    ((status == 0))
    says "$output" "Only in A: libev closed 8, backlog 4096" "Only in B: libev closed 8, backlog 100" \
        "2 cases compared" "4 without a partner"
}

@test "nothing to compare is a failure, with what there is" {
    altered b.csv "delay_s = '0.006'"
    compare one b.csv
    ((status == 1))
    says "$output" "Only in A: libev closed 4, server delay 5 ms" "Only in B: libev closed 4, server delay 6 ms" \
        "0 cases compared"
    complains "no case has a partner"
}

@test "runs that were cut off by a time box are compared by their requests" {
    # Half of the requests in half of the time is no difference.
    steady a.csv 1
    altered b.csv "makespan_s = (100 + block) / 2000.0, completed = '16'"
    compare a.csv b.csv
    ((status == 0))
    says "$output" " each" "equivalent in 0, undecided in 4"
    altered b.csv "completed = '0'" "driver = 'libev'"
    compare a.csv b.csv
    ((status == 0))
    says "$output" "no figure" "2 without a figure"
}

@test "--markdown is a table of Markdown" {
    compare one two --markdown
    ((status == 0))
    says "$output" "| case " "|-----"
}

@test "an export that was cut short is recognised wherever it was cut" {
    cd "$BATS_TEST_TMPDIR"
    local file size cut
    for file in one.csv one.json; do
        size=$(stat -c %s "$COMPARED/$file")
        for cut in 1 10 300 $((size / 2)) $((size - 1)); do
            # At the end of a line it would be another fault: the next one tests that.
            [[ -n $(head -c "$cut" "$COMPARED/$file" | tail -c 1) ]] || cut=$((cut - 1))
            head -c "$cut" "$COMPARED/$file" >"cut"
            compare two cut
            ((status == 1))
            complains "cut, line " "truncated"
        done
        head -n 7 "$COMPARED/$file" >"cut"
        compare cut two
        ((status == 1))
        complains "cut was cut short" "of its 28 runs"
    done
}

@test "an export without runs is said to be empty" {
    cd "$BATS_TEST_TMPDIR"
    : >empty
    compare one empty
    ((status == 1))
    complains "empty holds no runs"
    head -n 1 "$COMPARED/one.csv" >empty
    compare one empty
    ((status == 1))
    complains "empty holds no runs"
}

@test "further columns, another order and line ends of another system do not matter" {
    cd "$BATS_TEST_TMPDIR"
    compare one two
    ((status == 0))
    table=${output#*$'\n\n'}
    sqlite3 :memory: ".mode csv" ".import '$COMPARED/two.csv' t" ".headers on" \
        "SELECT 'new,' || char(10) || '\"one\"' AS further, reasons, makespan_s, delay_s, quality, backlog,
         completed, keep_alive, requests, of_runs, block, arrivals, workload, concurrency, driver FROM t" |
        sed 's/$/\r/' >other.csv
    compare one other.csv
    ((status == 0))
    [[ ${output#*$'\n\n'} == "$table" ]]
}

malformed() { # SED-SCRIPT FILE PATTERN...
    sed "$1" "$COMPARED/$2" >malformed
    compare one malformed
    ((status == 1)) || { echo "taken: $1" >&2; return 1; }
    complains "malformed, line " "${@:3}"
}

@test "malformed exports are complained of with file and line" {
    cd "$BATS_TEST_TMPDIR"
    malformed '1s/of_runs/ofruns/' one.csv "line 1:" "no column 'of_runs'"
    malformed '3s/OK/FINE/' one.csv "line 3:" "quality is 'FINE'"
    malformed '4s/,/,,/' one.csv "line 4:" "fields, and the header has"
    malformed '5s/,28,/,29,/' one.csv "line 5:" "not one export"
    malformed '6s/,32,/,-32,/' one.csv "line 6:" "requests is '-32'"
    malformed '7s/,0.005,/,nan,/' one.csv "line 7:" "delay_s is 'nan'"
    malformed '8s/^[a-z]*/'"$(printf 'x%.0s' {1..2048})"'/' one.csv "line 8:" "not a name"
    malformed '3s/^{/{{/' one.json "line 3:" "malformed JSON"
    malformed '4s/"driver"/"drover"/' one.json "line 4:" "there is no 'driver'"
    malformed '5s/"OK"/null/' one.json "line 5:" "quality is '', which is not OK, NOISY or INVALID"
    malformed '6s/.*/[1, 2]/' one.json "line 6:" "there is no 'driver'"
    malformed '2s/.*/7/' one.json "line 2:" "there is no 'driver'"
    cat "$COMPARED/one.json" "$COMPARED/two.json" >malformed
    compare one malformed
    ((status == 1))
    complains "malformed holds 56 runs and announces 28"
    compare one "$COMPARED/results/waitbench.db"
    ((status == 1))
    complains "waitbench.db, line 1" "no column 'driver'"
}

@test "what is not there is complained of" {
    compare one nowhere
    ((status == 1))
    complains "'nowhere' is not a file" "holds no campaign 'nowhere'"
    run --separate-stderr "$waitbench" compare --results "$BATS_TEST_TMPDIR/none" one two
    ((status == 1))
    complains "'one' is not a file" "no store at"
    compare one --drivers libev,nobody
    ((status == 1))
    complains "has no case of a driver 'nobody'"
}

@test "wrong usage is 2" {
    for arguments in "" "one" "one two one" "one two --drivers libev,threadpool" \
        "one --drivers libev" "one --drivers libev,libev" "one --drivers libev,null,threadpool" \
        "one --drivers libev,," "one two --fail-if-slower 5" "one two --fail-if-slower -5%" \
        "one two --fail-if-slower inf%" "one two --fail-if-slower %" "one two --nothing"; do
        # shellcheck disable=SC2086 # words
        compare $arguments
        ((status == 2)) || { echo "$status: $arguments" >&2; return 1; }
        ((${#stderr_lines[@]} == 1))
    done
    compare --help
    ((status == 0))
    says "$output" "usage: waitbench compare A B" "--fail-if-slower" "1.05"
}

@test "pipelined cases are other cases" {
    altered piped.csv "pipeline = 4"
    compare one piped.csv
    ((status == 1))
    altered some.csv "pipeline = 4" "concurrency = 8"
    compare one some.csv
    ((status == 0))
    says "$output" "2 cases compared"
    compare some.csv some.csv
    ((status == 0))
    says "$output" "4 cases compared" "closed 8, pipeline 4"
}

@test "open arrivals compare by the p99 latency, and an overloaded run has none" {
    altered open.csv "arrivals = 'constant', rate = 100, latency_p99_s = 0.010, makespan_s = 9"
    altered slow.csv "arrivals = 'constant', rate = 100, latency_p99_s = 0.020, makespan_s = 1"
    compare open.csv slow.csv
    ((status == 0))
    says "$output" "10.0 ms  20.0 ms  2.000" "B is 2.00 times slower"
    # One overloaded run of seven is slower than any; with half of them there is no median.
    altered some.csv "arrivals = 'constant', rate = 100, makespan_s = 1,
        latency_p99_s = CASE block WHEN '0' THEN '' ELSE 0.010 END, overloaded = block = '0'"
    compare open.csv some.csv
    ((status == 0))
    says "$output" "10.0 ms  10.0 ms  1.000  [1.000, inf] (96.9%)"
    altered over.csv "arrivals = 'constant', rate = 100, makespan_s = 1,
        latency_p99_s = CASE WHEN block < '4' THEN '' ELSE 0.010 END, overloaded = block < '4'"
    compare open.csv over.csv
    ((status == 0))
    says "$output" "overloaded: no ratio" "4 without a figure"
}
