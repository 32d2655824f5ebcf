#!/usr/bin/env bats
# Somebody's HTTP service, measured by its URL: what is sent to it, which responses are correct, and what
# is refused. (tests/http_forms.py is the service; tests/unit/test_url.c has the URLs.)

load common

setup_file() {
    command -v python3 >/dev/null || skip "python3 is missing"
}

# As in http.bats.
start_form() { # FORM
    out=$(mktemp "$BATS_TEST_TMPDIR/form.XXXXXX")
    python3 tests/http_forms.py "$@" >"$out" 2>&1 3>&- &
    service=$!
    started+=("$service")
    wait_until grep -qx '[0-9]* [0-9]*' "$out"
    read -r port forms <"$out"
    url=http://127.0.0.1:$port/
}

# Those that can run here, but for other programs.
own_drivers() {
    "$waitbench" list | awk '/^server model/ { exit }
                             $2 == "yes" && !/another program/ && !/sends nothing/ { print $1 }'
}

run_url() { # [OPTION...]
    run --separate-stderr "$waitbench" run --driver epoll -c 2 -n 8 --timeout 20s --url "$url" --json "$@"
}

all_complete() { # DRIVER...
    local driver kept
    for driver; do
        for kept in --quiet --keep-alive; do
            run_url --driver "$driver" -c 1 -n "$forms" "$kept"
            [[ $status == 0 ]] || { echo "$driver $kept: $stderr" >&2; return 1; }
            says "$output" "\"completed\": $forms,"
        done
    done
}

@test "any 2xx of any length and framing is correct, with every driver" {
    local drivers
    mapfile -t drivers < <(own_drivers)
    says "${drivers[*]}" sequential threadpool prefork epoll libev
    start_form any-length
    all_complete "${drivers[@]}"
    start_form complete
    all_complete epoll
}

@test "the content of responses is counted" {
    start_form long
    run -0 --separate-stderr "$waitbench" campaign --results "$results" -d epoll,null -c 2 -n 8 -r 1 \
        --arrivals closed --whole-process none --no-pictures --url "$url"
    [[ $(sql "SELECT value FROM usage_figures WHERE driver = 'epoll' AND metric = 'content_bytes'") == 2400000 ]]
}

@test "a request is the URL's, and nothing else is sent" {
    local kept='' address
    start_form request
    address=127.0.0.1:$port
    run_url --url "http://$address/a%20b?c=d&e=%F0,'\""
    [[ $status == 0 ]]
    run_url --url "http://$address?q" --keep-alive
    [[ $status == 0 ]]
    run_url --url "http://localhost:$port" --keep-alive
    [[ $status == 0 ]]
    # With those of each warm-up.
    diff <(tail -n +2 "$out" | sort | uniq -c | awk '{ $1 = $1; print }') - <<END
40 GET / HTTP/1.1|Host: localhost:$port|User-Agent: waitbench||
40 GET /?q HTTP/1.1|Host: $address|User-Agent: waitbench||
40 GET /a%20b?c=d&e=%F0,'" HTTP/1.1|Host: $address|User-Agent: waitbench|Connection: close||
END
}

@test "another status is an error, and named" {
    local form status_of
    for status_of in not-found:404 failing:500 moved:301 not-modified:304 switching:101; do
        form=${status_of%:*}
        start_form "$form"
        run_url
        [[ $status == 3 ]]
        complains INVALID "the response had an unexpected status: HTTP ${status_of#*:}"
        [[ $form != moved ]] || complains "a redirect, which is not followed"
    done
    # After a warm-up of correct ones; 204 is one of them.
    start_form refused
    run_url -c 1 -n "$forms"
    [[ $status == 3 ]]
    complains "1 of $forms requests failed: the response had an unexpected status, HTTP 304" \
        "2 of $forms requests failed: the response had an unexpected status, HTTP 404"
}

@test "the status that is expected is the only correct one" {
    start_form not-found
    run_url --expect 404 --keep-alive
    [[ $status == 0 ]]
    says "$output" '"completed": 8,' '"expect": 404,'
    run_url --expect 200
    [[ $status == 3 ]]
    complains "unexpected status: HTTP 404"
    start_form length
    run_url --expect 404
    [[ $status == 3 ]]
    complains "unexpected status: HTTP 200"
}

@test "a response that is cut off, does not end or is none is no response" {
    start_form half-a-body
    run_url
    [[ $status == 3 ]]
    complains "the server closed the connection without a response"
    start_form another-protocol
    run_url
    [[ $status == 3 ]]
    complains "the response did not follow the protocol"
    start_form endless
    run_url --timeout 1s
    [[ $status == 3 ]]
    complains "stopped in the warm-up after 1.00 s: the server does not respond, or --timeout is too short"
}

@test "a service that is not there" {
    start_form length
    kill -KILL "$service"
    wait "$service" || true # killed
    run_url
    [[ $status == 3 ]]
    complains "127.0.0.1:$port" "Connection refused" "check that the server runs"
    campaign --url "$url" -r 8
    [[ $status == 1 ]]
    says "$stderr" "the server at $url did not respond in 3 runs in a row"
    start_form endless # that does not respond
    campaign --url "$url" -r 8 --timeout 1s
    [[ $status == 1 ]]
    says "$stderr" "the server at $url did not respond in 3 runs in a row"
}

@test "open arrivals at a URL" {
    start_form length
    run_url --arrivals poisson --rate 200 -n 40 -c 8 --keep-alive
    [[ $status == 0 ]]
    says "$output" '"completed": 40,' '"arrivals": "poisson"'
}

@test "pipelined requests to a URL" {
    start_server --keep-alive --delay 1ms
    url=http://127.0.0.1:$port/randint/25
    run_url -n 30 --keep-alive --pipeline 8
    [[ $status == 0 ]]
    says "$output" '"completed": 30,'
    [[ $(curl -s "http://127.0.0.1:$port/stats") == *'"completed": 62,'*'"bad_requests": 0,'* ]]
}

@test "what is known of servers of ours is left out, and a campaign goes on" {
    start_form length
    campaign --url "$url"
    [[ $status == 0 ]]
    says "$output" "$url, new connections: 32 requests, C at a time (closed)"
    [[ $output != *"backlog "[0-9]* && $output != *"server delay"* && $output != *"Latency breakdown"* ]]
    [[ $output != *predicted* ]]
    run -0 --separate-stderr "$waitbench" export latest --results "$results" --format json
    [[ $(grep -c '"ideal_s": null, "efficiency": null' <<<"$output") == 5 ]]
    [[ $(sql "SELECT group_concat(DISTINCT url || ' ' || expect || ' ' || workload) FROM cases") == "$url 0 url" ]]
    [[ $(sql "SELECT count(*) FROM calibration") == 0 ]]
    [[ $(sql "SELECT count(*) FROM cases WHERE predicted_ns IS NOT NULL OR delay_ns") == 0 ]]
    [[ $(sql "SELECT count(*) FROM usage WHERE side = 'server' AND value IS NOT NULL") == 0 ]]
    [[ $(sql "SELECT count(*) FROM breakdown WHERE mean_ns IS NOT NULL") == 0 ]]
    sql "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE block = 1; UPDATE campaigns SET status = 'interrupted'"
    run -0 --separate-stderr "$waitbench" campaign --resume latest --results "$results" --no-pictures
    [[ $(sql "SELECT count(DISTINCT block) FROM runs") == 2 ]]
}

@test "hyperfine's processes request the URL, too" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    start_form request
    campaign --url "${url}x?y=1&z='" -d epoll -c 4 -r 1 --expect 200 --whole-process 4
    [[ $status == 0 && $(sql "SELECT count(*) FROM whole_processes") == 1 ]]
    [[ $(tail -n +2 "$out" | sort -u) == "GET /x?y=1&z=' HTTP/1.1|"* && $(tail -n +2 "$out" | sort -u | wc -l) == 1 ]]
}

@test "the limits of drivers at a URL: the first step that fails" {
    start_form length
    run -0 --separate-stderr "$waitbench" limits --results "$results" -d epoll --max 8 --time 20s --no-pictures \
        --url "$url"
    says "$output" "the most requests in flight that were all completed in time" \
        "epoll: 8 in flight; that is the last step (--max)"
    [[ $(sql "SELECT capacity || ' ' || ifnull(capacity_efficiency, 'none') FROM limits") == "8 none" ]]
    start_form not-found
    run -3 --separate-stderr "$waitbench" limits --results "$results" -d epoll --max 8 --time 20s --no-pictures \
        --url "$url"
    says "$output" "epoll: none in flight" "HTTP 404"
}

@test "all drivers but other programs" {
    start_form length
    run --separate-stderr "$waitbench" campaign --results "$results" -d all -c 2 -n 4 -r 1 --arrivals closed \
        --whole-process none --no-pictures --predict off --url "$url"
    [[ $status == 0 ]]
    says "$stderr" "left out: python-threads is another program, whose protocol has no URL: the drivers of waitbench's own take --url"
    [[ $(sql "SELECT count(*) FROM cases") == $(($(own_drivers | wc -l) + 1)) ]] # and null
}

@test "another program is refused, with the reason" {
    run --separate-stderr "$waitbench" run -d python-threads --url http://localhost:1/
    [[ $status == 2 ]]
    complains "python-threads is another program, whose protocol has no URL"
    run -0 "$waitbench" list
    says "$output" "Another program takes the workloads randint and http, and no --url."
}

@test "the capacity of a URL's service" {
    start_form length
    run -0 --separate-stderr "$waitbench" capacity --results "$results" -d epoll --max 50 --from 50 -c 8 \
        --slo 'p50<100ms' --step 10ms --budget 1m --no-pictures --url "$url"
    says "$output" "epoll: at least 50 requests/s with p50<100ms" "$url"
}

@test "what cannot be requested is refused, with what to do" {
    local row
    while read -r row; do
        run --separate-stderr "$waitbench" run -d epoll --url "${row%% => *}"
        [[ $status == 2 ]] || { echo "$row: $status" >&2; return 1; }
        complains "--url: " "${row##* => }"
    done <<'END'
https://localhost/ => speaks no TLS
localhost:8080/x => is not a URL: write http://HOST:PORT/PATH
http:///x => has no host
http://localhost:0/ => is not a port
http://localhost/a b => write it as %20
http://localhost/é => write it as %C3
http://localhost/#top => leave it out
http://me:secret@localhost/ => is not supported
END
    refuses() { # MESSAGE OPTION...
        run --separate-stderr "$waitbench" run -d epoll "${@:2}"
        [[ $status == 2 ]]
        complains "$1"
    }
    refuses "leave out --server" --url http://localhost/ --server localhost:80
    refuses "leave out --workload http" --url http://localhost/ --workload http
    refuses "leave out --database" --url http://localhost/ --database x
    refuses "add --url" --workload url
    refuses "--expect belongs to --url" --expect 200
    refuses "--expect: " --url http://localhost/ --expect 100
    run --separate-stderr "$waitbench" run -d python-threads --url http://localhost/
    [[ $status == 2 ]]
    complains "python-threads"
    run --separate-stderr "$waitbench" campaign --preset matrix --url http://localhost/
    [[ $status == 2 ]]
    complains "this preset compares servers of ours: leave out --url"
}
