#!/usr/bin/env bats
# A load in parts: one driver in several processes, which together do what one would; what is refused;
# what a part that dies does to the run; and a search that is divided above what one process can have.

load common

@test "the same requests, divided among processes" {
    campaign --driver epoll,threadpool --parts 3 --concurrency 8 --requests 40 --arrivals closed
    [[ $status == 0 ]]
    [[ $(sql "SELECT DISTINCT parts, completed, failed FROM run_figures") == "3|40|0" ]]
    [[ $(sql "SELECT count(*) FROM run_figures") == 4 ]]
    says "$output" "3 processes"
    [[ $(sql "SELECT min(value) FROM usage_figures WHERE metric = 'peak_processes'") == 4 ]]
    # Slots of all parts, and no two with the same number.
    [[ $(sql "SELECT count(DISTINCT slot), max(slot) FROM request_figures WHERE driver = 'epoll'") == "8|7" ]]
    nothing_is_left
}

@test "what is in flight at once is that of the whole, whatever the arrivals" {
    for arrivals in closed burst; do
        run -0 --separate-stderr "$waitbench" run --json --driver epoll --parts 4 --arrivals $arrivals \
            --concurrency 10 --requests 50 --delay 100ms --server-model reuseport-processes:2
        [[ $output == *'"server_in_flight_max": 10,'* || $output == *'"in_flight_max": 10'* ]]
    done
    run -0 --separate-stderr "$waitbench" run --json --driver libev --parts 2 --arrivals poisson --rate 500 \
        --requests 100 --concurrency 20 --delay 5ms
    [[ $output == *'"completed": 100,'* && $output == *'"parts": 2,'* ]]
}

@test "more connections than one process can have descriptors" {
    run --separate-stderr bash -c "ulimit -n 130 && exec '$waitbench' run --driver epoll --concurrency 200 \
        --requests 200 --delay 20ms"
    [[ $status == 3 ]]
    says "$stderr" "232 descriptors are needed and the hard limit is 130" "--parts"
    run --separate-stderr bash -c "ulimit -n 130 && exec '$waitbench' run --driver epoll --concurrency 200 \
        --requests 200 --delay 200ms --keep-alive --parts 4 --server-model reuseport-processes:6 --json"
    [[ $status == 0 && $output == *'"completed": 200,'* ]]
}

@test "nothing stays in TIME_WAIT of kept connections" {
    unshare -n true 2>/dev/null || skip "a network of its own is not permitted here"
    run -0 --separate-stderr unshare -n bash -c "ip link set lo up && '$waitbench' run --driver epoll --parts 2 \
        --concurrency 50 --requests 50 --keep-alive --delay 20ms --json >/dev/null &&
        cat /proc/net/sockstat"
    # The harness asks its server nothing over a connection.
    [[ $output =~ TCP:\ inuse\ [0-9]+\ orphan\ [0-9]+\ tw\ ([0-9]+) ]]
    ((BASH_REMATCH[1] <= 2))
}

@test "what cannot be divided is refused" {
    run -2 --separate-stderr "$waitbench" run --driver epoll --parts 4 --concurrency 3
    says "$stderr" "3 requests in flight cannot be divided among 4 processes: lower --parts"
    run -2 --separate-stderr "$waitbench" run --driver sequential --parts 2
    says "$stderr" "sequential has one request in flight, which cannot be divided"
    run -2 --separate-stderr "$waitbench" run --driver epoll --parts 2 --workload fib
    says "$stderr" "--parts"
    for parts in 0 -1 257 two; do
        run -2 --separate-stderr "$waitbench" run --driver epoll --parts "$parts"
        says "$stderr" "--parts"
    done
}

a_part() { # while the run is under way: $part is the last of three
    local parent
    wait_until eval 'parent=$(pgrep -P "$waiting" -f measured-process) && [[ $(pgrep -c -P "$parent") == 3 ]]'
    sleep 0.3
    part=$(pgrep -P "$parent" | tail -n 1)
}

@test "each part sends to one of the server's ports" {
    unshare -n true 2>/dev/null || skip "a network of its own is not permitted here"
    cat >"$BATS_TEST_TMPDIR/script" <<'EOF'
ip link set lo up
"$randintd" --port 8080 --ports 2 --host 127.0.0.1 --delay 5ms >"$1" 3>&- &
server=$!
for _ in {1..200}; do
    if grep -q ready "$1"; then break; fi
    sleep 0.05
done
"$waitbench" run --json --driver epoll --parts 2 --concurrency 4 --requests 40 --delay 5ms \
    --server 127.0.0.1:8080-8081
echo "exit $?"
kill "$server"
wait "$server"
# A connection stays in TIME_WAIT (06) at its client or at the server.
awk '$4 == "06" { sub(/.*:/, "", $2); sub(/.*:/, "", $3); n[$2]++; n[$3]++ }
    END { print "ports", (n["1F90"] >= 20), (n["1F91"] >= 20) }' /proc/net/tcp
EOF
    export randintd waitbench
    run --separate-stderr timeout 60 unshare -n bash "$BATS_TEST_TMPDIR/script" "$BATS_TEST_TMPDIR/out"
    says "$output" '"completed": 40,' "exit 0" "ports 1 1"
    run -2 --separate-stderr "$waitbench" run --driver epoll --server 127.0.0.1:8080-8081
    says "$stderr" "each of the 2 ports of --server takes a process" "--parts 2"
}

@test "programs can be divided too" {
    python3 -c '' 2>/dev/null || skip "there is no python3"
    run -0 --separate-stderr "$waitbench" run --json --driver python-asyncio --parts 2 --concurrency 8 \
        --requests 20 --delay 5ms
    says "$output" '"completed": 20,'
}

@test "a part that hangs ends with the time of the run" {
    start_waitbench run --driver epoll --parts 3 --concurrency 300 --requests 300 --keep-alive --delay 1s \
        --timeout 2s --server-model reuseport-processes:2
    a_part
    kill -STOP "$part"
    finish
    [[ $status == 3 ]]
    says "$output$stderr" "stopped in the run after 3.0"
    nothing_is_left
}


@test "a part that is killed makes the run INVALID, and is named" {
    start_waitbench run --driver epoll --parts 3 --concurrency 30 --requests 30 --delay 3s
    a_part
    kill -9 "$part"
    finish
    [[ $status == 3 || $status == 1 ]]
    says "$output$stderr" "INVALID" "part 3 of 3 (process " "was killed by signal 9"
    nothing_is_left
}

@test "limits: above 65,536 both ends are divided, and each step says what it took" {
    limit=$(ulimit -Hn)
    ((limit >= 8192)) || skip "8192 descriptors are needed, and the hard limit is $limit"
    run --separate-stderr "$waitbench" limits --results "$results" --driver epoll --keep-alive --from 66k \
        --max 66k --delay 3s --timeout 60s --efficiency 1% --memory 90% --no-pictures
    [[ $status == 0 ]]
    says "$stderr" "Requests in flight, both ends on this machine" "fs.file-max" \
        "66000 in flight take" "processes at the client and"
    says "$output" "What a request in flight takes" "nearest limit"
    [[ $(sql "SELECT completed, failed, parts > 1, server_model LIKE 'reuseport-processes:%' FROM run_figures") == \
        "66000|0|1|1" ]]
    [[ $(sql "SELECT value >= 66000 FROM usage_figures WHERE metric = 'in_flight_max' AND side = 'server'") == 1 ]]
    nothing_is_left
}

@test "limits: what does not fit is said before, with what fits" {
    run --separate-stderr "$waitbench" limits --results "$results" --driver epoll --keep-alive --from 10 \
        --max 1M --delay 20ms --memory 0.001% --no-pictures
    [[ $status == 0 ]]
    says "$stderr" "1000000 do not fit: the limit is memory." "Going up to"
    run -2 --separate-stderr "$waitbench" limits --results "$results" --driver epoll --keep-alive --from 500k \
        --max 1M --memory 0.001%
    says "$stderr" "memory leaves room for" "fewer than --from 500000"
}
