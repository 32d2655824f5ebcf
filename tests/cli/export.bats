#!/usr/bin/env bats
# Exports: every kind in both formats, as other programs read them.

load common

setup_file() {
    # One campaign for all of these tests.
    export EXPORTED=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    "${WAITBENCH:-build/waitbench}" campaign --results "$EXPORTED" --name 'for-export' \
        --driver null,libev --delay 5ms --concurrency 4,8 --requests 32 --repetitions 3 --seed 7 \
        --whole-process none --no-pictures >/dev/null 2>&1
}

kinds=(cases runs requests usage failures environment latency waterfall completion)

exported() { # KIND FORMAT
    run -0 --separate-stderr "$waitbench" export --results "$EXPORTED" --what "$1" --format "$2"
    [[ -z $stderr ]]
}

@test "every kind is CSV that a reader takes, each row as wide as the header" {
    for kind in "${kinds[@]}"; do
        exported "$kind" csv
        printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/$kind.csv"
        rows=$(sqlite3 :memory: ".mode csv" ".import '$BATS_TEST_TMPDIR/$kind.csv' t" \
            "SELECT count(*) FROM t" 2>"$BATS_TEST_TMPDIR/complaints")
        [[ ! -s $BATS_TEST_TMPDIR/complaints ]] || { cat "$BATS_TEST_TMPDIR/complaints" >&2; return 1; }
        [[ $kind == failures || $rows -gt 0 ]]
    done
}

@test "every kind is JSON, an object a line, with as many rows as the CSV" {
    for kind in "${kinds[@]}"; do
        exported "$kind" csv
        rows=$((${#lines[@]} - 1))
        [[ $kind != runs ]] || rows=15
        exported "$kind" json
        ((${#lines[@]} == rows)) || { echo "$kind: ${#lines[@]} objects, $rows rows" >&2; return 1; }
        printf '%s\n' "${lines[@]}" >"$BATS_TEST_TMPDIR/$kind.json"
        invalid=$(sqlite3 :memory: "CREATE TABLE t(a)" ".mode ascii" ".separator \"\\001\" \"\\n\"" \
            ".import '$BATS_TEST_TMPDIR/$kind.json' t" "SELECT count(*) FROM t WHERE NOT json_valid(a)")
        [[ $invalid == 0 ]]
    done
}

@test "cases: a row each, with figures" {
    exported cases csv
    [[ ${#lines[@]} == 6 ]]
    says "${lines[0]}" median_s low_s high_s best3_s efficiency latency_p50_s quality
    says "${lines[1]}" "null,randint,,0,closed,0,32,1,1,0,1,0.0,4096"
    awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) column[$i] = i; next}
             $1 == "libev" {
                 if ($column["median_s"] < $column["ideal_s"] || $column["low_s"] > $column["median_s"] ||
                     $column["high_s"] < $column["median_s"] || $column["min_s"] > $column["best3_s"] ||
                     $column["efficiency"] > 1 || $column["runs"] != 3 || $column["completed"] < 4)
                     exit 1
                 seen++
             }
             END {exit seen != 4}' <<<"$output"
}

@test "every kind of figures begins with what tells its case" {
    case_columns=driver,workload,url,expect,arrivals,rate,requests,concurrency,parts,keep_alive,pipeline,delay_s
    case_columns+=,backlog,time_box_s,stack_bytes,database,work_s,server_model,variant,
    for kind in cases runs requests usage usage-runs breakdown failures latency waterfall completion; do
        exported "$kind" csv
        [[ ${lines[0]} == "$case_columns"* ]] || { echo "$kind: ${lines[0]}" >&2; return 1; }
    done
    exported limits csv # of all of a driver's cases
    says "${lines[0]}" driver,workload,url,expect,arrivals,rate,keep_alive,pipeline,delay_s,backlog,time_box_s,stack_bytes
}

@test "cases: what does not exist is empty, not 0" {
    exported cases csv
    # A 99th percentile of 32 requests; the efficiency of a driver whose ideal is 0.
    awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) column[$i] = i; next}
             $column["latency_p99_s"] != "" {exit 1}
             $1 == "null" && $column["efficiency"] != "" {exit 1}' <<<"$output"
    exported cases json
    says "${lines[0]}" '"driver": "null"' '"efficiency": null' '"latency_p99_s": null'
}

@test "latency, waterfall and completion show one whole run a case" {
    exported latency csv
    [[ ${#lines[@]} == 33 ]] # 32 requests of libev at 8; null has no delay
    [[ ${lines[32]} == libev,randint,,0,closed,0,32,8,1,0,1,0.005,4096,0.0,0,,0.0,libev,,1.0,* ]]
    exported waterfall csv
    [[ ${#lines[@]} == 33 ]]
    [[ ${lines[1]} == libev,randint,,0,closed,0,32,8,*,libev,,0,* && ${lines[32]} == libev,randint,,0,closed,0,32,8,*,libev,,31,* ]]
    exported completion csv # 32 requests at 4: eight rounds are nearer to sixteen than four
    [[ ${#lines[@]} == 33 ]]
    [[ ${lines[1]} == libev,randint,,0,closed,0,32,4,*,libev,,1,0.03125,* && ${lines[32]} == libev,randint,,0,closed,0,32,4,*,libev,,32,1.0,* ]]
}

@test "a campaign by name, by beginning, the latest; and into a file" {
    exported cases csv
    expected=$output
    id=$(readlink "$EXPORTED/latest")
    for name in latest for-export "$id" "${id:0:10}"; do
        [[ $("$waitbench" export "$name" --results "$EXPORTED") == "$expected" ]]
    done
    run -0 "$waitbench" export --results "$EXPORTED" -o "$BATS_TEST_TMPDIR/file"
    [[ -z $output && $(cat "$BATS_TEST_TMPDIR/file") == "$expected" ]]
    [[ $(cat "$EXPORTED/latest/cases.csv") == "$expected" ]]
}

@test "runs in two modes: their medians and numbers in cases, and a caveat with the same" {
    run "$waitbench" campaign --results "$results" --name modes -d libev -s burst -c 8 -t 5ms -r 4 --whole-process none \
        --predict off --no-pictures
    [[ $status == [03] ]] # a loaded machine may make a run INVALID
    sql "UPDATE runs SET quality = 'OK', makespan_ns = iif(block < 2, 8000000, 1000000000) + 1000000 * block"
    run -0 --separate-stderr "$waitbench" export modes --results "$results"
    [[ ${lines[0]} == *,two_modes,fast_runs,fast_s,fast_per_request_s,slow_runs,slow_s,slow_per_request_s ]]
    [[ ${lines[1]} == *,1,2,0.0085,0.0010625,2,1.0025,0.1253125 ]]
    run -0 "$waitbench" table modes --results "$results"
    says "$output" "two modes: burst libev(8), " "(8.50 ms in 2 runs, 1.00 s in 2)"
    exported cases csv
    [[ ${lines[3]} == *,0,3,*,0,, ]]
    # Of runs that completed 8, 7, 6 and 5 requests, resource usage is divided by what the tables divide by.
    sql "UPDATE runs SET completed = 8 - block"
    run -0 --separate-stderr "$waitbench" export modes --results "$results" --what usage
    [[ $(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "completed") c = i; next } { print $c }' <<<"$output" | sort -u) == 6 ]]
}

@test "kinds by their names in earlier versions" {
    for names in usage:ledger usage-runs:ledger-runs breakdown:blame; do
        run -0 --separate-stderr "$waitbench" export --results "$EXPORTED" --what "${names#*:}"
        [[ ${#lines[@]} -gt 1 && $output == "$("$waitbench" export --results "$EXPORTED" --what "${names%:*}")" ]]
    done
}

@test "what cannot be exported" {
    run -1 --separate-stderr "$waitbench" export nosuch --results "$EXPORTED"
    complains "holds no campaign 'nosuch'"
    run -2 --separate-stderr "$waitbench" export --what nosuch --results "$EXPORTED"
    complains "there is no 'nosuch' to export" waterfall
}
