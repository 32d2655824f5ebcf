#!/usr/bin/env bats
# Open arrivals as users see them: tables, exports, the page and pictures of a campaign whose server has two
# workers, and so a known capacity of 200 requests/s.

load common

setup_file() {
    export OPEN=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    "${WAITBENCH:-build/waitbench}" campaign --results "$OPEN" --driver epoll,threadpool \
        --server-model threadpool:2 --delay 10ms --arrivals poisson --rate 100,600 --duration 1200ms \
        --concurrency 64 --repetitions 3 --whole-process none --seed 7 --name open >"$OPEN.out" 2>"$OPEN.err"
}

setup_open() { # a copy, to be changed
    cp -r "$OPEN" "$results"
}

table() {
    run -0 --separate-stderr "$waitbench" table open --results "$results" --markdown "$@"
}

# The cell of that column in a driver's row at a rate, of the tables printed last.
cell() { # DRIVER RATE COLUMN
    awk -F ' *[|] *' -v driver="$1" -v rate="$2" -v title="$3" '
        /^[|] driver/ { delete column; for (i = 2; i < NF; i++) if ($i != "" && !($i in column)) column[$i] = i; next }
        ("latency p50" in column) && (title in column) && index($2, driver " ") == 1 && $column["rate"] == rate {
            print $column[title]; exit }' <<<"$output"
}

# The cells of other tables, by a column that they alone have.
cell_of() { # TITLE DRIVER RATE COLUMN
    awk -F ' *[|] *' -v own="$1" -v driver="$2" -v rate="$3" -v title="$4" '
        /^[|] driver/ { delete column; for (i = 2; i < NF; i++) if ($i != "" && !($i in column)) column[$i] = i; next }
        (own in column) && index($2, driver " ") == 1 && $column["rate"] == rate { print $column[title]; exit }' <<<"$output"
}

audit_cell() { # DRIVER RATE COLUMN
    cell_of "lag max" "$@"
}

queue_cell() { # DRIVER RATE COLUMN
    cell_of "of perfect workers" "$@"
}

@test "rates, latencies beside service times, lag; overloaded instead of percentiles" {
    setup_open
    table
    says "$output" "server threadpool:2: poisson arrivals, C in flight at most"
    for driver in epoll threadpool; do
        [[ $(cell "$driver" 100/s "latency p50") =~ ^[0-9.]+" "(ms|s)$ ]]
        [[ $(cell "$driver" 100/s "service p50") =~ ^[0-9.]+" "(ms|s)$ ]]
        [[ $(cell "$driver" 100/s achieved) == [1-9]*/s ]]
        # Of the schedule, which is the same for both.
        [[ $(cell "$driver" 100/s offered) == "$(audit_cell epoll 100/s offered)" ]]
        [[ $(cell "$driver" 100/s offered) =~ ^[0-9.]+/s$ && $(cell "$driver" 100/s offered) != 100/s ]]
        [[ $(cell "$driver" 100/s "lag p99") =~ ^[0-9.]+" "(us|ms|s)$ ]]
        [[ $(cell "$driver" 600/s "latency p50") == overloaded && $(cell "$driver" 600/s "latency p99") == overloaded ]]
        [[ $(cell "$driver" 600/s "service p99") =~ ^[0-9.]+" "(ms|s)$ ]]
    done
    [[ $output != *makespan* && $output != *efficiency* && $output != *"per run"* ]]
    says "$output" "Limits: epoll → threadpool:2 and threadpool → threadpool:2 are overloaded from 600 requests/s on."
    says "$output" "overloaded: poisson 600/s epoll → threadpool:2(64), server delay 10 ms, backlog 4096 and poisson 600/s" \
        ": 2 workers at 10ms each serve 200 requests/s at most"
    says "$(<"$OPEN/latest/report.html")" "overloaded:</strong>" "2 workers at 10ms each serve 200 requests/s at most"
}

@test "before the first run: how long the schedule takes" {
    [[ $(<"$OPEN.err") =~ "4 cases, 3 runs of each, about 1"[0-9.]+" s, in an order from seed 7" ]]
}

@test "C is a limit, of which there is one unless several are given" {
    run --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --delay 5ms --arrivals poisson \
        --rate 200 --duration 300ms --repetitions 1 --whole-process none --predict off --no-pictures
    [[ $(sql "SELECT concurrency FROM cases") == 1024 ]]
    says "$stderr" "1 case, 1 run of each, about"
    says "$output" "Campaign" "(complete): 1 run, "
    run -0 "$waitbench" campaign --help
    says "$(tr -s ' \n' ' ' <<<"$output")" "of open arrivals at most, 1024 unless given"
}

@test "tables fit a terminal, and what tells rows apart stays" {
    command -v python3 >/dev/null || skip "python3 is missing"
    setup_open
    sql "UPDATE cases SET concurrency = 32 WHERE driver = 'epoll' AND rate = 100"
    for columns in 80 100; do
        fits "$columns" "$waitbench" table open --results "$results"
        says "$output" "Waiting for a worker"
        [[ $(grep -cE "^driver +C +" <<<"$output") == 2 ]]
        [[ $(grep -cE "^epoll → threadpool:2 +32 +" <<<"$output") == 2 ]]
        fits "$columns" "$waitbench" run --driver threadpool --server-model threadpool:16 --delay 5ms \
            --arrivals poisson --rate 200 --duration 300ms
        says "$output" "Did requests start when they were to?"
    done
}

@test "a median tolerates overloaded runs, but not half of them" {
    setup_open
    overload_one() { # the slowest of the case: of the others the median stays
        sql "UPDATE runs SET overloaded = 1, latency_p50_ns = NULL, latency_p99_ns = NULL WHERE id = (
                SELECT r.id FROM runs r JOIN cases USING (case_id) WHERE driver = 'epoll' AND rate = 100
                AND NOT overloaded ORDER BY latency_p50_ns DESC LIMIT 1)"
    }
    sql "UPDATE runs SET latency_p50_ns = 1000000 * (block + 1)"
    table
    [[ $(cell epoll 100/s "latency p50") == "2.00 ms" ]]
    overload_one
    table
    [[ $(cell epoll 100/s "latency p50") == "2.00 ms" ]]
    says "$output" "1 of 3 runs were overloaded: the rate is close to the capacity"
    overload_one
    table
    [[ $(cell epoll 100/s "latency p50") == overloaded ]]
    says "$output" "epoll → threadpool:2 is overloaded from 100 requests/s on"
}

@test "the audit of each driver's starts" {
    setup_open
    table --all
    says "$output" "Did requests start when they were to?"
    for driver in epoll threadpool; do
        # The schedule is the same for both: 120 requests, in about 1.2 s.
        [[ $(audit_cell "$driver" 100/s offered) == "$(audit_cell epoll 100/s offered)" ]]
        [[ $(audit_cell "$driver" 100/s achieved) =~ ^[0-9.]+/s$ ]]
        [[ $(audit_cell "$driver" 100/s "achieved ÷ offered") =~ ^[0-9.]+%$ ]]
        for lag in "lag p50" "lag p99" "lag max"; do
            [[ $(audit_cell "$driver" 100/s "$lag") =~ ^[0-9.]+" "(ns|us|µs|ms|s)$ ]]
        done
        [[ $(audit_cell "$driver" 100/s "distance of the gaps") =~ ^0\.[0-9]{2}$ ]]
        [[ $(audit_cell "$driver" 100/s "chance of it") =~ ^[01]\.[0-9]{2}$ ]]
    done
    for file in tables.md report.html; do
        says "$(<"$OPEN/latest/$file")" "Did requests start when they were to?"
    done
}

@test "waits beside those of perfect workers and of theory" {
    setup_open
    table --all
    says "$output" "Waiting for a worker, beside perfect workers with the same arrivals"
    [[ $(queue_cell epoll 100/s load) == 50.0% ]]
    [[ $(queue_cell epoll 100/s workers) == 2 ]]
    [[ $(queue_cell epoll 100/s "of perfect workers") == "$(queue_cell threadpool 100/s "of perfect workers")" ]]
    [[ $(queue_cell epoll 100/s "M/D/c") == "1.77 ms" ]] # the table of M/D/2 at 50%: 0.177 D
    [[ -z $(queue_cell epoll 600/s load) ]]              # beyond capacity there is no steady state
    # Nobody waits below capacity, where arrivals are constant.
    sql "UPDATE cases SET arrivals = 'constant'"
    table --all
    [[ $(queue_cell epoll 100/s arrivals) == constant ]]
    [[ $(queue_cell epoll 100/s "of perfect workers") == 0* ]]
    [[ $(queue_cell epoll 100/s "M/D/c") == – ]]
    # C of fewer requests are served by so many workers.
    sql "UPDATE cases SET arrivals = 'poisson', concurrency = 1, rate = 50"
    table --all
    [[ $(queue_cell epoll 50/s workers) == 1 && $(queue_cell epoll 50/s load) == 50.0% ]]
    [[ $(queue_cell epoll 50/s "M/D/c") == "5.00 ms" ]] # load D / (2 (1 - load))
    # Not all requests of these workloads have the same delay.
    for workload in slow pause idle; do
        sql "UPDATE cases SET workload = '$workload'"
        table --all
        [[ $output != *"Waiting for a worker"* ]]
        run -0 --separate-stderr "$waitbench" export open --what theory --results "$results"
        [[ ${#lines[@]} == 1 ]]
    done
}

@test "a driver that cannot keep up is named, and not the server" {
    command -v python3 >/dev/null || skip "python3 is missing"
    # One request at a time, and each 20 ms later than the last, whatever threads are free.
    sed 's/^        request.slot, request.start = /        with turn:\n            time.sleep(0.02)\n&/
         s/^class Slot/turn = threading.Lock()\n\n\n&/' programs/python_threads.py >"$BATS_TEST_TMPDIR/late"
    chmod +x "$BATS_TEST_TMPDIR/late"
    PYTHONPATH=$PWD/programs run --separate-stderr "$waitbench" campaign --results "$results" \
        --driver "exec:$BATS_TEST_TMPDIR/late" --arrivals constant --rate 200 --duration 1s --delay 5ms \
        --concurrency 64 --repetitions 1 --whole-process none --predict off --no-pictures
    [[ $status == 3 ]]
    says "$output" INVALID "the driver, not the server, was too slow for the rate: it started half of the requests" \
        "although a slot was free" "lower --rate"
    [[ $output != *"is overloaded"* ]]
    [[ $(sql "SELECT quality, completed FROM runs") == "INVALID|200" ]]
}

@test "a delay as long as the run is no overload" {
    run -0 --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --arrivals constant \
        --rate 100 --duration 1s --delay 1s --concurrency 1000 --repetitions 1 --whole-process none \
        --predict off --no-pictures
    [[ $output != *"is overloaded"* ]]
    [[ $(sql "SELECT completed, overloaded, latency_p50_ns >= 1000000000 FROM runs") == "100|0|1" ]]
}

@test "no percentiles of an overloaded case among the histograms" {
    files=("$OPEN"/latest/histograms/*.hgrm)
    ((${#files[@]} == 2))
    [[ ${files[*]} == *100* && ${files[*]} != *600* ]]
}

@test "the exports have the same" {
    setup_open
    run -0 --separate-stderr "$waitbench" export open --results "$results" --format json
    [[ ${#lines[@]} == 4 ]]
    for line in "${lines[@]}"; do
        [[ $(sqlite3 :memory: "SELECT (j ->> 'rate' = 600) = (j ->> 'overloaded'), (j ->> 'latency_p50_s' IS NULL) =
            (j ->> 'rate' = 600), j ->> 'service_p50_s' > 0.009, j ->> 'achieved_rate' > 10,
            j ->> 'efficiency' IS NULL FROM (SELECT '$line' AS j)") == "1|1|1|1|1" ]]
    done
}

@test "windows: every request is due in one, and completed in one" {
    setup_open
    [[ $(sql "SELECT count(*) FROM runs r WHERE requests <> (SELECT sum(due) FROM windows WHERE run_id = r.id)
              OR completed <> (SELECT sum(completed) FROM windows WHERE run_id = r.id)") == 0 ]]
    [[ $(sql "SELECT count(DISTINCT run_id) FROM windows") == 12 ]]
    # Beyond capacity latency grows with each window.
    [[ $(sql "SELECT count(*) FROM window_figures a JOIN window_figures b USING (run_id)
              WHERE a.rate = 600 AND a.window = 0 AND b.window = 3 AND a.latency_max_ns < b.latency_max_ns") == 6 ]]
    run -0 --separate-stderr "$waitbench" export open --what windows --results "$results"
    [[ ${lines[0]} == driver,*,variant,block,quality,overloaded,shown,begin_s,due,completed,latency_p50_s,latency_p99_s,latency_max_s ]]
    # Of each case one run is drawn.
    run -0 --separate-stderr "$waitbench" export open --what windows --results "$results" --format json
    [[ $(for line in "${lines[@]}"; do echo "$line"; done |
        sed -nE 's/.*"driver": "([^"]*)".*"rate": ([0-9]+).*"block": ([0-9]+).*"shown": 1.*/\1 \2 \3/p' | sort -u | wc -l) == 4 ]]
    # Closed arrivals have none.
    campaign --name closed
    [[ $(sql "SELECT count(*) FROM window_figures WHERE arrivals = 'closed'") == 0 ]]
}

@test "theory: the capacity of two workers, and more waiting at each load" {
    setup_open
    run -0 --separate-stderr "$waitbench" export open --what theory --results "$results" --output "$results/theory.csv"
    [[ $(sqlite3 :memory: -cmd ".mode csv" -cmd ".import $results/theory.csv t" \
        "SELECT count(DISTINCT workers), min(workers), max(abs(offered_rate - load * 200)) < 0.001,
         (SELECT count(*) FROM t a JOIN t b ON b.rowid = a.rowid + 1 WHERE b.mean_wait_s + 0 <= a.mean_wait_s + 0) FROM t") == "1,2,1,0" ]]
    # Constant arrivals are another queue.
    sql "UPDATE cases SET arrivals = 'constant'"
    run -0 --separate-stderr "$waitbench" export open --what theory --results "$results"
    [[ ${#lines[@]} == 1 ]]
}

@test "the page and its pictures" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    says "$(<"$OPEN.out")" rates.png windows.png usage.png breakdown.png
    for picture in rates windows usage breakdown; do
        [[ -s $OPEN/latest/$picture.svg && -s $OPEN/latest/$picture.png ]]
    done
    for picture in talk makespan runs latency waterfall completion predicted; do
        [[ ! -e $OPEN/latest/$picture.svg ]]
    done
    ! grep -q skipped "$OPEN.err"
    says "$(<"$OPEN/latest/report.html")" "How long does a request take when requests start at a given rate?" \
        picture-rates picture-windows "<dt>lag p99</dt>" "Limits:</strong>" overloaded
    [[ $(<"$OPEN/latest/report.html") != *"In the talk's format"* ]]
}

@test "pictures join no cases that differ in C, and say which is which" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --delay 5ms --arrivals poisson \
        --rate 400,800 --duration 500ms --concurrency 16,64 --repetitions 2 --whole-process none --predict off
    for picture in rates usage; do # within a name blanks do not break
        says "$(<"$results/latest/$picture.svg")" $'epoll, C\302\240=\302\24016' $'epoll, C\302\240=\302\24064'
    done
    says "$(<"$results/latest/windows.svg")" "Only the largest C: 64."
    [[ $(<"$results/latest/windows.svg") != *"C = 16"* ]]
    [[ $(<"$OPEN/latest/rates.svg") != *$'C\302\240='* && $(<"$OPEN/latest/windows.svg") != *"largest C"* ]]
}

@test "more than a slot serves is an overload, and nothing that the driver does" {
    run --separate-stderr "$waitbench" run --driver sequential --arrivals poisson --rate 100 --requests 100 \
        --delay 20ms --seed 7
    says "$stderr" "overloaded: poisson 100/s sequential(1)" ": C = 1 at 20ms each: 50 requests/s at most"
    [[ $stderr != *"Poisson process"* ]]
}

@test "closed and open arrivals in one campaign keep to tables and pictures of their own" {
    run -0 --separate-stderr "$waitbench" campaign --results "$results" --driver epoll,threadpool --delay 5ms \
        --arrivals closed,poisson --rate 400 --duration 500ms --requests 64 --concurrency 16 --repetitions 3 \
        --whole-process none --seed 7
    says "$output" "C at a time (closed)" "poisson arrivals, C in flight at most" "Result: at 16 in flight" \
        "Result: at 400 requests/s (poisson, 16 in flight at most" "In the talk's format"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    for picture in talk makespan runs rates windows; do
        [[ -s $results/latest/$picture.svg ]]
    done
    ! grep -q poisson "$results/latest/talk.svg"
    ! grep -q poisson "$results/latest/makespan.svg"
    grep -q poisson "$results/latest/rates.svg"
}
