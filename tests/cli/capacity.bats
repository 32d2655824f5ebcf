#!/usr/bin/env bats
# The search for a capacity as users see it: objectives that are none, one that nothing meets and one that
# everything meets, its end by time and by Ctrl-C, and what is kept of it. Whether what it finds is true is
# a question of tests/trust/capacity.sh.

load common

# Runs of 60 requests and a tenth of a second, of which half may violate the objective.
small=(--driver epoll --delay 1ms --arrivals constant --concurrency 32 --step 100ms --from 400 --max 1600 --seed 7)

capacity() { # [OPTION...]: recorded in $results
    run --separate-stderr "$waitbench" capacity --results "$results" "${small[@]}" --no-pictures "$@"
}

# Rates of the steps in their order, each as often as the search came to it: on a busy machine it takes several
# runs to go on.
rates() { # [CAMPAIGN NAME]
    sql "SELECT group_concat(rate, ' ') FROM (SELECT rate FROM capacity_steps
         WHERE campaign_id = (SELECT id FROM campaigns WHERE name = '${1-capacity}') AND ifnull(next_rate, 0) <> rate
         ORDER BY pair, step)"
}

nothing_is_recorded() {
    [[ ! -e $results/waitbench.db || $(sql "SELECT count(*) FROM campaigns") == 0 ]]
}

# Make steps of a search that never was out of one that was recorded, all at 400/s and as SQL says.
steps_become() { # COUNT ASSIGNMENTS
    sql "DELETE FROM capacity_steps WHERE step >= $1;
         UPDATE runs SET quality = 'OK', reasons = '';
         UPDATE capacity_steps SET rate = 400, next_rate = 400, counts = 1, outcome = 'met', violations = 0;
         UPDATE capacity_steps SET $2;
         UPDATE capacity_steps SET next_rate = NULL WHERE step = $1 - 1;
         UPDATE runs SET quality = 'NOISY', reasons = 'other processes were busy' WHERE block IN
             (SELECT step FROM capacity_steps WHERE NOT counts)"
}

# The picture of what they have become.
redraw() {
    "$waitbench" export --what capacity --results "$results" --output "$results/latest/capacity.csv"
    run -0 plots/draw.sh "$results/latest"
    picture=$(<"$results/latest/capacity.svg")
}

# What the tables say of them.
told() {
    run -0 --separate-stderr "$waitbench" table --results "$results" --markdown
    output=$(tr -s ' ' <<<"$output") # cells are padded
}

@test "objectives that are none" {
    for slo in p99 "p99<" "p99<0" "p99>20ms" "99<20ms" "p100<1s" "p99<20" "errors<0%" "errors<100%" ""; do
        capacity --slo "$slo"
        [[ $status == 2 && -z $output ]]
        complains --slo
    done
    nothing_is_recorded
}

@test "searches that cannot be" {
    capacity --from 2000
    [[ $status == 2 ]] && complains "--from 2000 is more than --max 1600"
    capacity --arrivals closed
    [[ $status == 2 ]] && complains "--arrivals: 'closed' is none of: constant, poisson"
    capacity --arrivals constant,poisson
    [[ $status == 2 ]] && complains "--arrivals: 'constant,poisson' is none of: constant, poisson"
    capacity --workload fib
    [[ $status == 2 ]] && complains "fib sends nothing to a server"
    capacity --max 0
    [[ $status == 2 ]] && complains --max
    capacity --rate 100
    [[ $status == 2 ]] && complains --rate
    # More requests than a run has.
    capacity --max 1M --step 3600s
    [[ $status == 2 ]] && complains "--max 1000000: a run lasts 3600 s" "lower --max to 27777"
    capacity --max 1M --slo 'p99<10s'
    [[ $status == 2 ]] && complains "20 times the limit of --slo" "lower --max to 500000"
    nothing_is_recorded
}

@test "an objective that the server's delay excludes" {
    capacity --delay 20ms --slo 'p99<10ms'
    [[ $status == 2 && -z $output ]]
    complains "p99<10ms cannot be met: the server alone takes 20ms (--delay)"
    capacity --delay 20ms --slo 'p50<20ms'
    [[ $status == 2 ]] && complains "cannot be met"
    capacity --delay 1ms --work 1ms --slo 'p50<2ms'
    [[ $status == 2 ]] && complains "the server alone takes 2ms (--delay and --work)"
    capacity --delay 0 --work 1ms --slo 'p50<1ms'
    [[ $status == 2 ]] && complains "the server alone takes 1ms (--work)"
    nothing_is_recorded
    # A running server has a delay of its own, as has the service of a URL.
    start_server --delay 0
    capacity --delay 20ms --slo 'p50<15ms' --max 400 --server "127.0.0.1:$port"
    [[ $status == 0 ]]
    capacity --delay 20ms --slo 'p50<15ms' --max 400 --url "http://127.0.0.1:$port/randint/25"
    [[ $status == 0 ]]
}

@test "objectives that no run could decide" {
    for slo in "errors<0.000001%" "errors<0.0000000000000000001%"; do
        capacity --slo "$slo"
        [[ $status == 2 && -z $output ]]
        complains "'$slo' cannot be decided" "0.00003% is the smallest share"
    done
}

@test "its help" {
    run -0 "$waitbench" capacity --help
    says "$output" "a quarter of them in the first run"
    [[ $output != *closed* && $output != *burst* ]]
}

@test "an objective that everything meets ends at --max" {
    capacity --slo 'errors<50%'
    [[ $status == 0 ]]
    says "$output" "epoll: at least 1600 requests/s with errors<50%; no rate that was tried violated it: raise --max"
    [[ $(rates) == "400 800 1600"* ]]
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
    nothing_is_left
}

@test "an objective that nothing meets: down to where time ends it" {
    # On a loaded machine a few runs may take longer.
    for budget in 3s 10s 40s; do
        rm -rf "$results"
        capacity --delay 0 --slo 'p50<1us' --budget "$budget"
        ((status)) || break
    done
    [[ $status == 0 ]]
    says "$output" "epoll: p50<1us was violated at every rate that was tried so far, down to "
    [[ $(sql "SELECT count(*) FROM capacity_steps WHERE outcome = 'met'") == 0 ]]
    [[ $(sql "SELECT max(rate) FROM capacity_steps") == 400 ]]
    [[ $(sql "SELECT min(rate) < 400 FROM capacity_steps") == 1 ]]
}

@test "its table, exports, page and picture" {
    # Two workers of 10 ms serve 200 requests a second.
    run -0 --separate-stderr "$waitbench" capacity --results "$results" --driver epoll,threadpool --server-model threadpool:2 \
        --delay 10ms --concurrency 64 --slo 'p50<100ms' --step 500ms --from 50 --budget 40s --seed 7 --width 50%
    says "$output" "Capacity: the highest rate of poisson arrivals with p50<100ms" "Recorded in"
    run -0 --separate-stderr "$waitbench" table --results "$results" --markdown
    says "$output" "| epoll" "| threadpool:2" "met at" "violated at" "epoll → threadpool:2: "
    # Two workers of 10 ms.
    says "$output" " c/d |"
    [[ $output =~ "| threadpool:2 | 64 |"[^|]*"|"[^|]*"| 200/s |" ]]
    run -0 --separate-stderr "$waitbench" export --what capacity --results "$results"
    [[ ${#lines[@]} == $(($(sql "SELECT count(*) FROM runs") + 1)) ]]
    [[ ${lines[0]} == *,slo,limit_s,violations,latency_s,outcome,counts,* && ${lines[1]} == *,p50\<100ms,0.1,* ]]
    # The interval stands in each row of its pair.
    [[ $(sed 1d <<<"$output" | awk -F, '{ print $1, $(NF - 1), $NF }' | sort -u | wc -l) == 2 ]]
    says "$(<"$results/latest/report.html")" "Up to which rate does each driver and server model meet the objective?"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    says "$(<"$results/latest/report.html")" picture-capacity
    for picture in svg png; do [[ -s $results/latest/capacity.$picture ]]; done
    grep -qF 'p50&lt;100ms' "$results/latest/capacity.svg"
    [[ ! -e $results/latest/talk.svg && ! -e $results/latest/rates.svg ]]
}

@test "Ctrl-C keeps what is known, and --resume goes on to where the search would have ended" {
    long=(--slo 'errors<50%' --from 100 --step 1s)
    capacity "${long[@]}" --name whole
    [[ $status == 0 ]]
    start_waitbench capacity --results "$results" "${small[@]}" --no-pictures "${long[@]}" --name cut
    wait_until has_tried cut 2
    finish INT
    [[ $status == 1 ]]
    nothing_is_left
    says "$stderr" interrupted "runs are recorded; this goes on from there:" "waitbench capacity --resume"
    says "$output" "epoll: at least "
    [[ $(sql "SELECT status FROM campaigns WHERE name = 'cut'") == interrupted ]]
    says "$(<"$results/latest/report.html")" "build/waitbench capacity --resume"
    before=$(rates cut)
    [[ $(rates whole) == "$before"* && $(rates whole) != "$before" ]]
    run --separate-stderr "$waitbench" capacity --resume cut --results "$results" --no-pictures
    [[ $status == 0 ]]
    [[ $(rates cut) == "$(rates whole)" ]]
    [[ $(sql "SELECT status FROM campaigns WHERE name = 'cut'") == complete ]]
    says "$output" "epoll: at least 1600 requests/s with errors<50%"
    run --separate-stderr "$waitbench" capacity --resume cut --results "$results" --no-pictures
    [[ $status == 1 ]]
    complains "is complete: there is nothing to resume"
}

has_tried() { # CAMPAIGN RATES
    [[ -e $results/waitbench.db && $(rates "$1" 2>/dev/null | wc -w) -ge $2 ]]
}

@test "a spent budget ends a search, what is known then is reported, and --resume goes on with as much" {
    capacity --slo 'errors<50%' --from 100 --step 1s --budget 4s
    [[ $status == 0 ]]
    says "$stderr" "the budget was spent before the search was over" "waitbench capacity --resume"
    says "$output" "epoll: at least " "requests/s so far with errors<50%."
    [[ $output != *"raise --max"* ]]
    [[ $(sql "SELECT status FROM campaigns") == interrupted ]]
    # No fourth run of a second fits.
    [[ $(sql "SELECT count(*) BETWEEN 1 AND 3 FROM capacity_steps") == 1 ]]
    [[ $(sql "SELECT next_rate > 0 FROM capacity_steps ORDER BY step DESC LIMIT 1") == 1 ]]
    for _ in {1..12}; do
        run --separate-stderr "$waitbench" capacity --resume capacity --results "$results" --no-pictures
        [[ $status == 0 ]]
        [[ $(sql "SELECT status FROM campaigns") == interrupted ]] || break
    done
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
    [[ $(rates) == "100 200 400 800 1600" ]]
    says "$output" "epoll: at least 1600 requests/s with errors<50%; no rate that was tried violated it: raise --max."
}

@test "a budget that is too short for the first run, of any driver" {
    capacity --slo 'errors<50%' --step 10s --budget 2s
    [[ $status == 2 ]]
    complains "a run of 4000 requests at 400 requests/s takes 10." "--budget is 2.00 s: start again with a longer one"
    # One at a time, each 100 ms.
    capacity --driver epoll,sequential --slo 'errors<50%' --delay 100ms --budget 2s
    [[ $status == 2 ]]
    complains "a run of 40 requests at 400 requests/s takes 4."
    nothing_is_recorded
}

@test "a driver that is left out is named" {
    capacity --driver null,epoll --slo 'errors<50%' --max 400
    [[ $status == 0 ]]
    says "$stderr" "note: null is left out of open arrivals: it sends no requests" "1 pair of a driver"
    [[ $output != *null* ]]
}

@test "a resumed search keeps its options, and so does a campaign" {
    for option in "--slo=p50<5ms" "--budget 3s" "--driver libev" "-d libev"; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$waitbench" capacity --resume capacity --results "$results" $option
        [[ $status == 2 ]]
        complains "a resumed search keeps its options: leave out all others but --results, --all and --no-pictures"
    done
    run --separate-stderr "$waitbench" campaign --resume latest --results "$results" --delay 5ms
    [[ $status == 2 ]]
    complains "a resumed campaign keeps its options"
    nothing_is_recorded
}

@test "of the NOISY runs of a rate none decides alone, and the result says that they decided" {
    capacity --slo 'p50<20ms' --from 400
    [[ $(sql "SELECT count(*) >= 4 FROM capacity_steps") == 1 ]]
    # The last of three was lucky.
    steps_become 4 "rate = iif(step, 800, 400), counts = step = 0, outcome = iif(step IN (1, 2), 'violated', 'met'),
                    latency_ns = 1e6 * (10 + step)"
    told
    says "$output" "| p50 where met |" "| 400/s | 800/s |" "| 10.0 ms | 4 | 3 | 0 | NOISY |" \
        "between 400 and 800 requests/s with p50<20ms. NOISY: 3 of 4 runs were disturbed: other processes were busy."
    run -0 --separate-stderr "$waitbench" export --what capacity --results "$results" --format json
    says "$output" '"counts": 1' '"violated_share": 0.0'
    [[ $output != *'"counts": 0'* ]]
    # No majority.
    steps_become 4 "rate = iif(step, 800, 400), counts = step = 0,
                    outcome = CASE step WHEN 1 THEN 'violated' WHEN 2 THEN 'unclear' ELSE 'met' END"
    told
    says "$output" "at least 400 requests/s with p50<20ms" "NOISY: 3 of 4 runs"
    # Two decide nothing where others count, and the latency is that of those.
    steps_become 4 "counts = step IN (0, 3), outcome = iif(step IN (0, 3), 'met', 'violated'),
                    latency_ns = 1e6 * (step * step + 9)"
    told
    says "$output" "at least 400 requests/s with p50<20ms" "| 13.5 ms | 4 | 2 | 0 | OK |"
    [[ $output != *"NOISY: "*"were disturbed"* ]]
}

@test "a NOISY run says what is known so far of an objective that nothing meets" {
    capacity --slo 'p50<20ms' --max 400
    steps_become 1 "counts = 0, outcome = 'violated', violations = requests"
    sql "UPDATE capacity_steps SET next_rate = 400"
    told
    says "$output" "epoll: p50<20ms was violated at every rate that was tried so far, down to 400 requests/s. NOISY: 1 of 1 runs"
    [[ $output != *"quieter machine"* ]]
}

@test "the figure that the objective is about: in the table, and in the picture with its limit" {
    capacity --slo 'errors<50%'
    says "$output" "errors where met"
    told
    says "$output" "| errors where met |" "| 0% |"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 plots/draw.sh "$results/latest"
    picture=$(<"$results/latest/capacity.svg")
    says "$picture" "Share of failed requests of each run" "failed requests" "errors&lt;50%" ">20%<"
    [[ $picture != *latency* ]]
    steps_become 1 "violations = requests"
    redraw
    says "$picture" ">100%<"
    capacity --slo 'p90<30ms' --max 400
    says "$output" "p90 where met"
    run -0 plots/draw.sh "$results/latest"
    picture=$(<"$results/latest/capacity.svg")
    says "$picture" "p90 latency from the intended start of each run" "p90&lt;30ms"
    [[ $picture != *p99* ]]
}

@test "the picture shows runs that were discarded, and which were NOISY" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    capacity --slo 'p50<20ms' --from 400
    steps_become 4 "latency_ns = 5e6"
    redraw
    [[ $picture != *"grey: "* && $picture != *"ring: "* ]]
    points=$(grep -o "<use " <<<"$picture" | wc -l)
    sql "UPDATE capacity_steps SET counts = 0 WHERE step IN (1, 2);
         UPDATE runs SET quality = 'NOISY' WHERE block IN (1, 2)"
    redraw
    says "$picture" "grey: those discarded; ring: NOISY"
    # Two in grey in place of the driver's colour, and two rings.
    [[ $(grep -o "<use " <<<"$picture" | wc -l) == $((points + 2)) ]]
}

@test "a terminal is told what is known, and how much of the budget is left" {
    command -v python3 >/dev/null || skip "python3 is missing"
    TERM=xterm run -0 tests/cli/on_terminal.py 100 "$waitbench" capacity --results "$results" "${small[@]}" --no-pictures \
        --slo 'errors<50%' --budget 1m </dev/null
    says "$output" "[1] capacity not known yet, " " s of the budget left; epoll" "capacity at least 400/s, "
}

@test "a service that is not there is no noise" {
    start_server
    url=http://127.0.0.1:$port/randint/25
    kill -KILL "$server"
    wait "$server" || true # killed
    capacity --slo 'errors<10%' --url "$url"
    [[ $status == 1 ]]
    says "$stderr" "the server at $url did not respond in 3 runs in a row: check that it runs"
    says "$output" "epoll: no result: the server did not respond: " "Connection refused" "(3 of 3 runs)."
    [[ $output != *"quieter machine"* ]]
    told
    says "$output" "| no result |" "| 3 | 0 | 3 | no result |"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -4 plots/draw.sh "$results/latest"
    says "$output" "skipped capacity: nothing to draw: capacity.csv has no row with counts=1"
    [[ $output != *delays* ]]
}

@test "each try of a rate has arrivals of its own, the same for all drivers" {
    capacity --driver epoll,libev --slo 'errors<50%' --from 1600 --arrivals poisson
    [[ $status == 0 ]]
    offered() { # DRIVER: of each run, in their order
        sql "SELECT group_concat(due, ' ') FROM (SELECT w.due FROM windows w JOIN runs r ON r.id = w.run_id
             JOIN cases c USING (case_id) WHERE c.driver = '$1' AND w.window = 0 ORDER BY r.block LIMIT 2)"
    }
    [[ $(offered epoll) == "$(offered libev)" ]]
    read -r first second <<<"$(offered epoll)"
    [[ $first != "$second" ]]
}

@test "a service that is killed in the middle is no capacity, and --resume goes on when it is back" {
    start_server
    url=http://127.0.0.1:$port/randint/25
    start_waitbench capacity --results "$results" --driver epoll --arrivals constant --concurrency 32 --step 1s --from 100 \
        --max 1600 --seed 7 --no-pictures --slo 'errors<10%' --url "$url"
    wait_until has_tried capacity 2
    kill -KILL "$server"
    finish
    [[ $status == 1 ]]
    nothing_is_left
    says "$stderr" "the server at $url did not respond in 3 runs in a row: check that it runs" "waitbench capacity --resume"
    says "$output" "epoll: at least " "requests/s so far with errors<10%; " " runs had no result: "
    [[ $(sql "SELECT status FROM campaigns") == failed ]]
    [[ $(sql "SELECT count(*) FROM capacity_steps WHERE outcome = 'violated' OR counts AND outcome <> 'met'") == 0 ]]
    [[ $(sql "SELECT count(*) FROM capacity_steps") == $(sql "SELECT count(*) FROM all_runs") ]]
    [[ $(sql "SELECT count(*) >= 3 FROM capacity_steps WHERE outcome = 'none' AND NOT counts AND violations = 0") == 1 ]]
    start_server --port "$port"
    run --separate-stderr "$waitbench" capacity --resume capacity --results "$results" --no-pictures
    [[ $status == 0 ]]
    [[ $(rates) == "100 200 400 800 1600" ]]
    says "$output" "epoll: at least 1600 requests/s with errors<10%; "
}

@test "a rate that the driver itself cannot offer is no capacity of the server" {
    command -v python3 >/dev/null || skip "python3 is missing"
    mkdir "$BATS_TEST_TMPDIR/programs"
    cp programs/waitbench_client.py programs/python_threads.py "$BATS_TEST_TMPDIR/programs"
    # Each request starts 20 ms after its time, although slots are free.
    late=$BATS_TEST_TMPDIR/programs/late.py
    sed 's/^\( *\)request.slot, request.start = /\1__import__("time").sleep(0.02)\n&/' programs/python_threads.py >"$late"
    chmod +x "$late"
    run -1 cmp -s programs/python_threads.py "$late"
    capacity --driver "exec:$late" --slo 'p50<10ms' --from 50 --max 400
    [[ $status == 1 ]] # nothing is known
    says "$output" "p50<10ms was met at no rate that was tried; at 50 requests/s the driver, not the server, was the limit: "
    says "$output" "late"
    [[ $(sql "SELECT group_concat(DISTINCT rate || ' ' || outcome || ' ' || counts) FROM capacity_steps") == "50 invalid 0" ]]
    [[ $(sql "SELECT count(*), max(latency_ns IS NOT NULL) FROM capacity_steps") == "3|0" ]]
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
    # Nor is it where the budget ends the search before that is clear.
    capacity --driver "exec:$late" --slo 'p50<10ms' --from 50 --max 400 --step 1s --budget 2500ms
    [[ $status == 1 ]]
    says "$stderr" "the budget was spent before the search was over"
}

@test "a search whose options give other drivers now is not resumed" {
    capacity --driver epoll,libev --slo 'errors<50%' --from 100 --step 1s --budget 4s
    [[ $(sql "SELECT status FROM campaigns") == interrupted ]]
    sql "UPDATE campaigns SET arguments = replace(arguments, 'epoll,libev', 'libev,epoll')"
    before=$(sql "SELECT count(*) FROM all_runs")
    run --separate-stderr "$waitbench" capacity --resume capacity --results "$results" --no-pictures
    [[ $status == 1 ]]
    says "$stderr" "belong to other drivers or server models than its options give now: start it again"
    [[ $(sql "SELECT count(*) FROM all_runs") == "$before" ]]
}
