#!/usr/bin/env bats
# randintd as its user sees it: nc, curl and bash's /dev/tcp on one side, its output, its account
# (GET /stats, or its memory) and its exit code on the other. Times are asserted by lower bound only.
# MODEL is the server model that is tested; models.bats tests the others.

load common
shopt -s extglob

model=${MODEL:-libev}

# Some of this is not what every model does.
unless() { # REASON PATTERN: skip for models whose names match
    # shellcheck disable=SC2053 # it is a pattern
    if [[ $model == $2 ]]; then skip "$model: $1"; fi
}
blocking='@(iterative|fork|thread|prefork|threadpool|python-threads)'
sequential='@(iterative|fork|thread|prefork|threadpool|coroutine|python-threads)'
one_by_one='iterative'
processes='@(fork|prefork|reuseport-processes)'
many='@(fork|thread|prefork|threadpool|epoll-*|reuseport*)'
programs='@(python-asyncio|python-threads|go|node)'

# What a model does differently because of its language or library, and nothing else: each is documented.
usual() { # WHAT VALUE: the value, or this model's own
    # shellcheck disable=SC2254 # they are patterns
    case $model:$1 in
    python-asyncio:backlog) echo 100 ;; # asyncio's default; start_server() calls listen() again
    go:unknown_method) echo 400 ;;      # net/http: a request line without a path and a version
    node:descriptors) echo 40 ;;        # it has about twenty of its own
    $programs:overshoots) echo 0 ;;     # in the responses with `timing` only
    $programs:stats) echo 404 ;;        # a program knows its own row, not the account
    $programs:endless) echo '/randint/9223372036854775807?delay=0s' ;; # they have no /stats
    $programs:open) echo 0 ;;           # so nothing is asked over a connection
    *) echo "$2" ;;
    esac
}

# Without a long delay unless told to.
start() { # [OPTION...]
    account=$(mktemp "$BATS_TEST_TMPDIR/account.XXXXXX")
    exec 9<>"$account"
    start_server --account-fd 9 --model "$model" --delay 1ms "$@"
    exec 9>&-
}

hold_connections() { # NUMBER: as many as can be had, in `fds`
    local n fd
    fds=()
    for ((n = 0; n < $1; n++)); do
        exec {fd}<>"/dev/tcp/127.0.0.1/$port" || break
        fds+=("$fd")
    done
}

close_connections() {
    local fd
    for fd in "${fds[@]}"; do
        exec {fd}>&-
    done
}

request() { # TEXT (printf's escapes): what comes back until the server closes
    # shellcheck disable=SC2059 # the escapes are what we want
    printf -- "$1" | timeout 5 nc 127.0.0.1 "$port"
}

get() { # PATH [CURL OPTION...]
    curl -s -m 5 "${@:2}" "http://127.0.0.1:$port$1"
}

account_json() {
    # shellcheck disable=SC2053 # it is a pattern
    if [[ $model == $programs ]]; then "${randintd%/*}/tests/account" "$account"; else get /stats; fi
}

figure() { # NAME: a figure from the account
    sqlite3 :memory: "select json_extract('$(account_json)', '\$.$1')"
}

figure_is() { # NAME VALUE
    [[ $(figure "$1") == "$2" ]]
}

request_is_served() {
    [[ $(request '0\n') == 0 ]]
}

ends() { # FD: true when the server closed it, false when there is more or nothing happens
    local rest status=0
    read -r -t 5 -u "$1" rest || status=$?
    ((status == 1)) && [[ -z $rest ]]
}

await_in_flight() { # N
    # one that serves one connection at a time cannot be asked while it does
    if [[ $model == "$one_by_one" ]]; then
        wait_until is_connected
        sleep 0.3
    else
        wait_until figure_is in_flight "$1"
    fi
}

within() { # VALUE BOUND
    [[ $1 =~ ^[0-9]+$ ]] && (($1 <= $2))
}

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

@test "a line is completed with a line, and the connection closed" {
    start
    run -0 request '20\n'
    within "$output" 20
    run -0 request '20\r\n'
    within "$output" 20
}

@test "the bound 0 has one response, and the largest bound is served" {
    start
    run -0 request '0\n'
    [ "$output" = 0 ]
    run -0 request '9223372036854775807\n'
    within "$output" 9223372036854775807
}

@test "it listens on 127.0.0.1 and ::1, on the same port, and says so" {
    [ -e /proc/net/if_inet6 ] && grep -q '^00000000000000000000000000000001' /proc/net/if_inet6 ||
        skip "no ::1 on this machine"
    unless "blocks in accept() on one socket" "$blocking"
    start
    [ "$(cat "$out")" = "listening on 127.0.0.1:$port
listening on [::1]:$port
ready" ]
    run -0 nc ::1 "$port" <<<7
    within "$output" 7
}

@test "--host alone decides where it listens" {
    start --host 127.0.0.1
    [ "$(cat "$out")" = "listening on 127.0.0.1:$port
ready" ]
}

@test "--ports: it listens on several, one after another or free ones, and serves on all" {
    unless "it listens on one address" "$blocking"
    start --ports 3 --host 127.0.0.1
    [[ $(grep -c '^listening on 127.0.0.1:' "$out") == 3 ]]
    local address
    for address in $(sed -n 's/^listening on //p' "$out"); do
        [[ $(curl -s "http://$address/randint/0") == 0 ]]
    done
    local port=$((20000 + RANDOM % 10000))
    start --port "$port" --ports 2 --host 127.0.0.1 || skip "another program has a port near $port"
    grep -qx "listening on 127.0.0.1:$((port + 1))" "$out"
    run -1 "$randintd" --model "$model" --port 65535 --ports 2
    says "$output" "2 ports from 65535 on: there are none above 65535"
}

@test "--host with a name listens on all its addresses" {
    start --host localhost
    for address in $(getent ahosts localhost | awk '$2 == "STREAM" { print $1 }' | sort -u); do
        if [[ $model == $blocking ]]; then break; fi # on the first of them alone
        [[ $address != *:* ]] || address="[$address]"
        grep -qxF "listening on $address:$port" "$out"
    done
    run -0 request '0\n'
    [ "$output" = 0 ]
}

@test "bad lines get an error line that says what is wrong" {
    start
    run -0 request '-5\n'
    [[ $output == "error: negative"* ]]
    run -0 request '\n'
    [[ $output == "error: empty"* ]]
    run -0 request '20x\n'
    [[ $output == "error: not a number"* ]]
    run -0 request '9223372036854775808\n'
    [[ $output == "error: too large"* ]]
    run -0 request '20 5\n'
    [[ $output == "error: bad option"* ]]
    run -0 request '2\x000\n'
    [[ $output == "error: not a number"* ]]
    run -0 request '\x00\x00\x00\n'
    [[ $output == "error: not a number"* ]]
    [ "$(figure bad_requests)" -ge 7 ]
    wait_until figure_is completed 0
}

@test "10 kB without a newline get an error that is not lost in a reset" {
    start
    head -c 10000 /dev/zero | tr '\0' 1 >"$BATS_TEST_TMPDIR/long"
    run -0 timeout 5 nc 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/long"
    [[ $output == "error: the line is too long"* ]]
    (printf 20; sleep 0.1; cat "$BATS_TEST_TMPDIR/long") | {
        run -0 timeout 5 nc 127.0.0.1 "$port"
        [[ $output == "error: the line is too long"* ]]
    }
}

@test "a line may come in pieces" {
    start
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    printf 1 >&5; sleep 0.05; printf 2 >&5; sleep 0.05; printf '\n' >&5
    read -r -t 5 -u 5 response
    within "$response" 12
}

@test "half a line, then silence: told so and closed after --idle" {
    start --idle 200ms
    before=$(milliseconds)
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    printf 20 >&5
    read -r -t 5 -u 5 response
    (($(milliseconds) - before >= 190))
    [[ $response == "error: the rest"* ]]
    ends 5
    wait_until figure_is timed_out 1
}

@test "silence: closed after --idle without a word, but delay is not idle" {
    start --idle 200ms
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    ends 5
    run -0 request '20 500ms\n'
    within "$output" 20
    wait_until figure_is timed_out 1
}

@test "a client that never reads: closed after --idle, and nothing of it is left" {
    start --idle 300ms
    (exec 5<>"/dev/tcp/127.0.0.1/$port" &&
        yes "GET $(usual endless /stats)"$' HTTP/1.1\r\nHost: x\r\n\r' >&5) 2>/dev/null 3>&- &
    client=$!
    started+=("$client")
    wait_until is_gone "$client" || wait_until is_gone "$client" # megabytes of small responses, by slow programs
    wait_until figure_is timed_out 1
    wait_until figure_is open "$(usual open 1)"
    run -0 request '0\n'
    [ "$output" = 0 ]
}

@test "half a line, then the end: told so" {
    start
    run -0 timeout 5 nc -N 127.0.0.1 "$port" < <(printf 20)
    [[ $output == "error: the connection ended"* ]]
}

@test "a client that closes its side after requesting still gets its response" {
    start --delay 100ms
    run -0 timeout 5 nc -N 127.0.0.1 "$port" <<<20
    within "$output" 20
}

@test "--keep-alive: one line after another on one connection, pipelined too" {
    start --keep-alive
    run -0 timeout 5 nc -N 127.0.0.1 "$port" < <(printf '0\n0\n0 0\n0 2ms\nx\n0\n')
    [ "${lines[*]}" = "0 0 0 0 ${lines[4]}" ]
    [[ ${lines[4]} == "error: not a number"* ]]
    wait_until figure_is completed 4
}

@test "--keep-alive: thousands of pipelined lines come back in full" {
    start --keep-alive --delay 0
    yes 0 | head -n 60000 >"$BATS_TEST_TMPDIR/requests"
    count=$(timeout 20 nc -N 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/requests" | grep -cx 0)
    [ "$count" = 60000 ]
}

@test "HTTP: an response, kept alive and pipelined" {
    start
    run -0 get /randint/0
    [ "$output" = 0 ]
    run -0 get /randint/9223372036854775807
    within "$output" 9223372036854775807
    run -0 get '/randint/[1-9]' -w 'connects: %{num_connects}\n'
    [ "$(grep -cx '[0-9]' <<<"$output")" = 9 ]
    [ "$(grep -cx 'connects: 1' <<<"$output")" = 1 ]
    request='GET /randint/0 HTTP/1.1\r\nHost: x\r\n'
    run -0 request "$request\\r\\n$request\\r\\n${request}Connection: close\\r\\n\\r\\n"
    [ "$(grep -c '^HTTP/1.1 200' <<<"$output")" = 3 ]
    [ "$(grep -cx 0 <<<"$output")" = 3 ]
    [ "$(grep -c '^Connection: close' <<<"$output")" = 1 ]
}

@test "HTTP: errors have the right status and a reason" {
    start
    status() { get "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
    [ "$(status /)" = 404 ]
    [ "$(status /randint)" = 404 ]
    [ "$(status /randint/20 -X POST)" = 405 ]
    [ "$(status /randint/-1)" = 400 ]
    [ "$(status /randint/20x)" = 400 ]
    [ "$(status '/randint/20?delay=5')" = 400 ]
    [ "$(status "/$(head -c 200 /dev/zero | tr '\0' x)")" = 414 ]
    [[ $(get /randint/20x) == "not a number"* ]]
    run -0 request 'GARBAGE\r\n\r\n'
    [[ $output == "HTTP/1.1 $(usual unknown_method 501)"* ]]
    run -0 request 'GET garbage\r\n\r\n'
    [[ $output == "HTTP/1.1 400"* ]]
    [ "$(status /randint/20)" = 200 ]
}

@test "HTTP: HEAD is GET without the content, on a kept connection too" {
    start
    run -0 request 'HEAD /randint/0 HTTP/1.1\r\nHost: x\r\n\r\nGET /randint/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    [ "$(grep -c '^HTTP/1.1 200' <<<"$output")" = 2 ]
    [ "$(grep -c '^Content-Length: 2' <<<"$output")" = 2 ]
    [ "$(grep -cx 0 <<<"$output")" = 1 ]
    run -0 get /stats -I
    [[ $output == "HTTP/1.1 $(usual stats 200)"*"Content-Length: "* && $output != *"{"* ]]
    run -0 request 'HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n'
    [[ $output == "HTTP/1.1 404"* && $output != *"not found"* ]]
}

@test "HTTP: methods that are not served, known and unknown" {
    start
    for method in POST PUT DELETE OPTIONS; do
        run -0 request "$method /randint/0 HTTP/1.1\r\nHost: x\r\n\r\n"
        [[ $output == "HTTP/1.1 405"*"Allow: GET, HEAD"*"Connection: close"* ]]
    done
    for method in FROB X get-it; do
        run -0 request "$method /randint/0 HTTP/1.1\r\nHost: x\r\n\r\n"
        [[ $method == get-it || $output == "HTTP/1.1 501"* ]]
    done
}

@test "HTTP: a request has one Host, and a version that is served" {
    start
    status_of() { request "$1" | head -n 1 | cut -d' ' -f2; }
    [ "$(status_of 'GET /randint/0 HTTP/1.1\r\n\r\n')" = 400 ]
    [ "$(status_of 'GET /randint/0 HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n')" = 400 ]
    [ "$(status_of 'GET /randint/0 HTTP/1.1\r\nHosts: a\r\n\r\n')" = 400 ]
    [ "$(status_of 'GET /randint/0 HTTP/1.1\r\nHos: a\r\n\r\n')" = 400 ]
    [ "$(status_of 'GET /randint/0 HTTP/1.0\r\n\r\n')" = 200 ]
    [ "$(status_of 'GET /randint/0 HTTP/2.0\r\nHost: x\r\n\r\n')" = 505 ]
    [ "$(status_of 'GET /randint/0 HTTP/3.7\r\nHost: x\r\n\r\n')" = 505 ]
    run -0 timeout 5 nc 127.0.0.1 "$port" < <(printf 'GET /randint/0 HTTP/1.1\r\nHo'
        sleep 0.1; printf 'sT: x\r\nConnection: close\r\n\r\n')
    [[ $output == "HTTP/1.1 200"* ]]
}

@test "HTTP: nobody waits for a word before the content, and no content is read to refuse it" {
    start
    # curl would send the content unasked after a minute, by when its limit of time is over
    [ "$(get /randint/0 -X GET -d x -H 'Expect: 100-continue' --expect100-timeout 60 -m 30)" = 0 ]
    run -0 request 'POST /randint/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx'
    [[ $output == "HTTP/1.1 405"* ]]
    [ "$(get /randint/0 -X GET -d x)" = 0 ]
}

@test "HTTP/1.0: every response says whether the connection is kept" {
    start
    local paths=(/randint/0)
    [[ $(usual stats 200) != 200 ]] || paths+=(/stats)
    for path in "${paths[@]}"; do
        run -0 get "$path" -0 -i -H 'Connection: keep-alive'
        [[ $output == *"Connection: keep-alive"* ]]
        run -0 get "$path" -0 -i
        [[ $output == *"Connection: close"* ]]
    done
    if command -v ab >/dev/null; then
        run -0 timeout 20 ab -q -k -n 4 -c 1 "http://127.0.0.1:$port/randint/0"
        [[ $output == *"Failed requests:        0"* ]]
    fi
}

@test "the account is valid JSON and adds up; GET /stats is that of models that have one" {
    start
    request '20\n'
    request '20x\n'
    get /randint/20
    json=$(account_json)
    [ "$(sqlite3 :memory: "select json_valid('$json')")" = 1 ]
    wait_until figure_is completed 2
    wait_until figure_is bad_requests 1
    wait_until figure_is in_flight 0
    [ "$(figure in_flight_max)" = 1 ]
    wait_until figure_is overshoot_count "$(usual overshoots 2)"
    [ "$(figure delay_ns)" = 1000000 ]
    [ "$(figure pid)" = "$server" ]
    most=256
    [[ $model != libuv ]] || most=$((256 + 512)) # its handles and requests
    [[ $model != coroutine ]] || most=$((512 + 256 * 1024)) # a stack, as large as sanitizers need
    [ "$(figure connection_bytes)" -le "$most" ]
    [ "$(figure overshoot_p99_ns)" -le "$(figure overshoot_max_ns)" ]
    (($(figure cpu_ns) > 0))
    [ "$(get /stats -o /dev/null -w '%{http_code}')" = "$(usual stats 200)" ]
}

@test "no response comes before its time, whoever set it" {
    start --delay 150ms
    before=$(milliseconds)
    request '20\n'
    (($(milliseconds) - before >= 149))
    before=$(milliseconds)
    request '20 300ms\n'
    (($(milliseconds) - before >= 299))
    before=$(milliseconds)
    get '/randint/20?delay=250ms'
    (($(milliseconds) - before >= 249))
}

@test "a short request is not held up by a long one" {
    unless "it is, that is the model" "$one_by_one"
    start
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    printf '0 60s\n' >&5
    run -0 request '0 5ms\n'
    [ "$output" = 0 ]
    wait_until figure_is in_flight 1
}

@test "draws are even over [0, k] and --seed repeats them" {
    unless "each worker draws its own" "$many"
    start --seed 42 --delay 0 --keep-alive
    yes 3 | head -n 4000 | nc -N 127.0.0.1 "$port" >"$BATS_TEST_TMPDIR/first"
    # shellcheck disable=SC2016 # awk's, not ours
    # 1000 of each expected, with a standard deviation of 27; the seed makes this repeatable
    run -0 awk '{ n[$1]++ } END { for (v = 0; v < 4; v++) if (n[v] < 860 || n[v] > 1140) bad = 1
        print length(n), NR; exit bad }' "$BATS_TEST_TMPDIR/first"
    [ "$output" = "4 4000" ]
    start --seed 42 --delay 0 --keep-alive
    yes 3 | head -n 4000 | nc -N 127.0.0.1 "$port" | cmp - "$BATS_TEST_TMPDIR/first"
}

@test "a port that is taken: a line that says what to do, exit 1" {
    start
    other=$model
    [[ $model != reuseport* ]] || other=epoll # they share a port on purpose
    run -1 "$randintd" --model "$other" --port "$port"
    [ "$output" = "randintd: cannot listen on 127.0.0.1:$port: Address already in use;\
 choose another with --port, or --port 0" ]
}

@test "more workers than a model has: a clear line, exit 2" {
    unless "has as many as one wants" "@($many|python-threads|go)"
    run -2 timeout 5 "$randintd" --model "$model" --port 0 --workers 2
    [ "$output" = "randintd: $model has one worker, so it cannot have 2: leave the number out" ]
}

@test "wrong usage: a clear line, exit 2" {
    run -2 "$randintd" --delay 5
    [[ $output == *"--delay: '5' is not a time"* ]]
    run -2 "$randintd" --delay 2m
    [[ $output == *"--delay: '2m' is out of range"* ]]
    run -2 "$randintd" --port 70000
    [[ $output == *"--port: '70000' is out of range"* ]]
    run -2 "$randintd" --backlog 0
    run -2 "$randintd" --idle 0
    run -2 "$randintd" --model nope
    [ "$output" = "randintd: there is no server model 'nope'; 'randintd --list' names them" ]
    run -2 "$randintd" --frobnicate
    [[ $output == "randintd: --frobnicate: there is no such option; see 'randintd --help'" ]]
    run -2 "$randintd" 8080
    [[ $output == *"'8080' was not expected"* ]]
    run -1 "$randintd" --host no.such.host.invalid --port 0
    [[ $output == *"no address for host 'no.such.host.invalid'"* ]]
    run -0 "$randintd" --help
    [[ $output == "usage: randintd"* ]]
}

@test "a backlog the kernel would cap is reported" {
    start --backlog 1000000
    grep -q 'caps the backlog of 1000000' "$out.err"
    [ "$(figure backlog)" = 1000000 ]
    [ "$(figure backlog_effective)" = "$(usual backlog "$(cat /proc/sys/net/core/somaxconn)")" ]
}

@test "SIGTERM: the request in flight is completed, nobody else is let in, exit 0" {
    start --delay 2s
    request '0\n' >"$BATS_TEST_TMPDIR/response" 3>&- &
    client=$!
    await_in_flight 1
    exec 5<>"/dev/tcp/127.0.0.1/$port" # idle, so closed at once
    kill -TERM "$server"
    ends 5
    run -1 nc -z 127.0.0.1 "$port"
    wait "$client"
    [ "$(cat "$BATS_TEST_TMPDIR/response")" = 0 ]
    wait "$server"
}

@test "SIGINT does the same, and a second signal does not wait" {
    start
    kill -INT "$server"
    wait "$server"
    start
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    printf '0 60s\n' >&5
    await_in_flight 1
    kill -TERM "$server"
    sleep 0.1
    kill -0 "$server"
    kill -TERM "$server"
    local status=0
    wait "$server" || status=$?
    [ "$status" = 1 ]
    [ "$(cat "$out.err")" = "randintd: ended with requests in flight: 1" ]
}

@test "out of descriptors: those that wait are served later" {
    [[ $model == @(thread|threadpool|coroutine|python-*|go) ]] || skip "$model has descriptors for all, or refuses"
    descriptors=$(usual descriptors 20) start
    hold_connections 30
    wait_until grep -qi 'connections have to wait .*too many open files; raise the limit' "$out.err"
    close_connections
    run -0 request '0\n'
    [ "$output" = 0 ]
}

@test "out of descriptors: refused and counted, no spinning, and it recovers" {
    unless "waits instead, or has descriptors for all" "$sequential"
    unless "waits instead" '@(python-asyncio|go)'
    unless "has twice as many" "$processes"
    descriptors=$(usual descriptors 20) start
    hold_connections 30
    wait_until grep -q 'connections are refused .*Too many open files; raise the limit' "$out.err"
    sleep 0.2 # in which one that spins says it again and again
    [ "$(grep -c refused "$out.err")" -le 3 ]
    close_connections
    wait_until figure_is open "$(usual open 1)"
    run -0 request '0\n'
    [ "$output" = 0 ]
    [ "$(figure refused)" -ge 1 ]
}

@test "out of descriptors: clients that have gone hold no place" {
    unless "waits instead, or has descriptors for all" "$sequential"
    unless "has twice as many" "$processes"
    descriptors=$(usual descriptors 20) start
    for _ in {1..30}; do
        (exec 5<>"/dev/tcp/127.0.0.1/$port" && printf '20 60s\n' >&5)
    done
    wait_until request_is_served
    [ "$(figure aborted)" -ge 10 ]
}

# Sets $as: how to be a user who may have so many threads and processes in all. Root is not limited, and
# another user's limit counts what that user runs already: take a user that nobody is.
limit_processes() { # MOST
    local user=$((100000 + $$))
    chmod go+rx "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" # the build may be where only its owner can go
    cp "$randintd" "$BATS_TEST_TMPDIR/randintd"
    randintd=$BATS_TEST_TMPDIR/randintd
    as=(setpriv --reuid "$user" --regid "$user" --clear-groups prlimit "--nproc=$1")
    (cd / && "${as[@]}" "$randintd" --help) >/dev/null 2>&1 ||
        skip "needs root, and a temporary directory that others can read"
}

@test "out of threads or processes for connections: refused and counted, and it recovers" {
    unless "starts none for a connection" '!(fork|thread)'
    limit_processes 8
    start
    hold_connections 12
    [ "${#fds[@]}" = 12 ]
    wait_until grep -q 'connections are refused .*temporarily unavailable; raise .*ulimit -u' "$out.err"
    printf '0\n' >&"${fds[0]}"
    read -r -t 5 -u "${fds[0]}" response
    [ "$response" = 0 ]
    close_connections
    wait_until figure_is open 1
    run -0 request '0\n'
    [ "$output" = 0 ]
    (($(figure refused) >= 4))
}

@test "out of threads or processes for workers: a line that says what to do, exit 1" {
    unless "starts none in advance" '!(prefork|threadpool|epoll-*|reuseport*)'
    limit_processes 8
    run -1 timeout 20 "${as[@]}" "$randintd" --model "$model" --port 0 --workers 20
    [[ $output == "randintd: cannot start worker "*" of 20 (fewer: --workers; more: ulimit -u): "*unavailable ]]
    nothing_is_left
}

@test "too few descriptors to start with: it serves, or ends with a line that says why, and 1" {
    local options=()
    # shellcheck disable=SC2053 # it is a pattern
    [[ $model != $many ]] || options=(--workers 4)
    for descriptors in 6 7 9 11 12 13; do
        local status=0 said=$BATS_TEST_TMPDIR/said
        (
            ulimit -n "$descriptors"
            # in the foreground: else timeout signals its group as well, and a second signal ends randintd at once
            exec timeout --foreground --preserve-status -k 10 3 "$randintd" --port 0 --model "$model" "${options[@]}"
        ) >/dev/null 2>"$said" 3>&- 4>&- || status=$?
        echo "with $descriptors: exit $status: $(<"$said")"
        [[ $(<"$said") != *'requests in flight'* ]] # it had not ended by itself, or had two signals
        if grep -q 'cannot serve' "$said"; then
            [ "$status" = 1 ]
            [ "$(grep -c 'cannot serve' "$said")" = 1 ]
            [ "$(tail -n 1 "$said")" = "randintd: ended because a worker could not serve" ]
        elif ((status)); then
            [ "$status" = 1 ]
            [[ $(tail -n 1 "$said") == "randintd: "* ]]
        fi
    done
}

listens() { # itself, or the program that it has started
    find_port_of "$server" || find_port_of "$(pgrep -P "$server" | head -n 1)"
}

@test "standard input, output and error closed: it serves all the same" {
    "$randintd" --port 0 --model "$model" --delay 1ms <&- >&- 2>&- 3>&- &
    server=$!
    started+=("$server")
    wait_until listens
    run -0 request '0\n'
    [ "$output" = 0 ]
    kill -TERM "$server"
    wait "$server"
}

@test "out of memory for stacks: refused and counted, and it recovers" {
    unless "its connections have no stacks that it maps" '!(coroutine)'
    start --idle 60s
    size_kb=$(awk '/^VmSize/ { print $2 }' "/proc/$server/status")
    ((size_kb < 1 << 30)) || skip "a sanitizer's memory cannot be limited"
    prlimit --pid "$server" --as=$(((size_kb + 1024) * 1024))
    hold_connections 40
    wait_until grep -q 'connections are refused .*Cannot allocate memory; .*vm.max_map_count' "$out.err"
    close_connections
    wait_until figure_is open 1
    run -0 request '0\n'
    [ "$output" = 0 ]
    [ "$(figure refused)" -ge 20 ]
}

@test "more input after the request does not destroy the response to it" {
    start --delay 200ms
    run -0 timeout 5 nc 127.0.0.1 "$port" < <(printf '0\n'; sleep 0.1; printf '1\n2\n')
    [ "$output" = 0 ]
}

@test "clients that vanish cost nobody else anything" {
    start --delay 100ms
    for _ in {1..5}; do
        (exec 5<>"/dev/tcp/127.0.0.1/$port" && printf '20 100ms\n20\n20\n' >&5)
    done
    wait_until figure_is in_flight 0
    run -0 request '0\n'
    [ "$output" = 0 ]
    wait_until figure_is open "$(usual open 1)"
}

@test "clients that reset the connection after an error: nothing is said, and nothing is left" {
    start --backlog 100
    # shellcheck disable=SC2016 # perl's, not ours
    perl -MSocket -MIO::Socket::INET -e 'for (1 .. 20) {
        my $client = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die;
        syswrite $client, $_ % 2 ? "x\n" : "1" x 10000;
        setsockopt $client, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0);
        close $client;
    }' "$port"
    wait_until request_is_served
    wait_until figure_is open "$(usual open 1)"
    [ -z "$(<"$out.err")" ]
}

@test "a program that is killed: the account shows its death, and randintd ends with a line and 1" {
    # shellcheck disable=SC2053 # it is a pattern
    [[ $model == $programs ]] || skip "$model is no program"
    start
    exec 5<>"/dev/tcp/127.0.0.1/$port"
    printf '0 60s\n' >&5
    await_in_flight 1
    kill -KILL "$(pgrep -P "$server")"
    ends 5
    local status=0
    wait "$server" || status=$?
    [ "$status" = 1 ]
    [ "$(cat "$out.err")" = "randintd: 1 of 1 workers died; the last one was killed by signal 9 (Killed)" ]
    [ "$(figure workers_died)" = 1 ]
    [ "$(figure aborted)" = 1 ]
}

@test "a program does not outlive randintd" {
    # shellcheck disable=SC2053 # it is a pattern
    [[ $model == $programs ]] || skip "$model is no program"
    start
    program=$(pgrep -P "$server")
    kill -KILL "$server"
    wait_until is_gone "$program"
}
