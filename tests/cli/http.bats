#!/usr/bin/env bats
# Clients of a server that is not ours: responses in every form that HTTP/1.x permits, and in forms that
# it does not (tests/http_forms.py), what a server is told that it is called, and names with several
# addresses. (tests/unit/test_protocol.c has what the reader of the C clients does with them.)

load common

setup_file() {
    command -v python3 >/dev/null || skip "python3 is missing"
}

# A server whose responses have this form; sets $port, and $forms, how many it has in turn. What it
# prints besides is in $out.
start_form() { # FORM [HOST]
    out=$(mktemp "$BATS_TEST_TMPDIR/form.XXXXXX")
    python3 tests/http_forms.py "$@" >"$out" 2>&1 3>&- &
    started+=("$!")
    wait_until grep -qx '[0-9]* [0-9]*' "$out"
    read -r port forms <"$out"
}

# The included programs that can run here, and one driver in C: the exchange is the same in all of them.
usable_drivers() {
    "$waitbench" list | awk '$1 == "libev" || (/another program/ && $1 != "python-uvloop" && $2 == "yes") {
                                 print $1 }'
}

# A server delay would be one that this server does not keep.
at_once=(--delay 0 --time-box 0 --timeout 20s)

# A run in which each form comes once, one after another: each request ended like this.
all_end() { # FORMS EXPLANATION
    local driver kept
    for driver in $(usable_drivers); do
        for kept in --quiet --keep-alive; do
            start_form "$1"
            run --separate-stderr "$waitbench" run -w http --driver "$driver" -c 1 -n "$forms" \
                "${at_once[@]}" --usage off --server "127.0.0.1:$port" "$kept" --json
            if [[ $1 == complete ]]; then
                [[ $status == 0 ]] || { echo "$driver $kept: $stderr" >&2; return 1; }
                says "$output" "\"completed\": $forms,"
            else
                [[ $status == 3 ]]
                complains "$forms of $forms requests failed: $2"
            fi
        done
    done
}

@test "a response in any form that HTTP permits is read, in any language" {
    says "$(usable_drivers)" libev python-threads python-asyncio
    all_end complete
}

@test "a response with another status is an error, whatever it contains" {
    all_end refused "the server responded with an error"
}

@test "a response that is cut off is none" {
    all_end closed "the server closed the connection without a response"
}

@test "what cannot be a response is reported, not waited for" {
    all_end garbled "the response did not follow the protocol"
}

@test "a line that does not end is no response, in any language" {
    local driver
    for driver in $(usable_drivers); do
        start_responding "$(printf '1%.0s' {1..200})"
        run -3 --separate-stderr "$waitbench" run --driver "$driver" -c 2 -n 8 "${at_once[@]}" --usage off \
            --server "127.0.0.1:$port"
        complains INVALID "did not follow the protocol"
    done
}

@test "the Host header is the name and the port of the server" {
    local name driver
    for name in 127.0.0.1 localhost; do
        start_form host
        for driver in $(usable_drivers); do
            run -0 --separate-stderr "$waitbench" run -w http --driver "$driver" -c 4 -n 8 "${at_once[@]}" \
                --server "$name:$port"
        done
        # The requests, those of the warm-up, and GET /stats.
        [[ $(tail -n +2 "$out" | sort -u) == "$name:$port" && $(wc -l <"$out") -gt 100 ]]
    done
}

@test "the Host header of an IPv6 address has brackets" {
    start_form host ::1 || skip "no IPv6 here"
    run -0 --separate-stderr "$waitbench" run -w http --driver libev -c 4 -n 8 "${at_once[@]}" \
        --server "[::1]:$port"
    [[ $(tail -n +2 "$out" | sort -u) == "[::1]:$port" ]]
}

@test "hyperfine's processes name the server as the user did" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    start_form host
    campaign -w http --driver libev --concurrency 4 --requests 4 --repetitions 1 "${at_once[@]}" \
        --server "localhost:$port" --whole-process 4
    [[ $status == 0 && $(sql "SELECT count(*) FROM whole_processes") == 1 ]]
    [[ $(tail -n +2 "$out" | sort -u) == "localhost:$port" ]]
}

# As "$@", where the name two.test has the addresses ::1 and 127.0.0.1, in this order.
with_two_addresses() { # COMMAND [ARGUMENT...]
    printf '::1 two.test\n127.0.0.1 two.test\n' >"$BATS_TEST_TMPDIR/hosts"
    unshare --mount sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$BATS_TEST_TMPDIR/hosts" "$@"
}

@test "every address of a name is tried, and named if none accepts a connection" {
    [[ $(with_two_addresses getent ahosts two.test 2>/dev/null | awk '{ print $1 }' | sort -u) == \
        $'127.0.0.1\n::1' ]] || skip "names cannot be changed here"
    start_server --host 127.0.0.1 --delay 5ms
    for option in --quiet --keep-alive; do
        run -0 --separate-stderr with_two_addresses "$waitbench" run -w http --driver libev "${tiny[@]}" \
            --json --server "two.test:$port" "$option"
        says "$output" '"completed": 8,'
    done
    kill -KILL "$server"
    wait "$server" || true # killed
    run -3 --separate-stderr with_two_addresses "$waitbench" run --driver libev "${tiny[@]}" \
        --server "two.test:$port"
    complains INVALID "127.0.0.1:$port: Connection refused" "[::1]:$port: Connection refused" \
        "cannot connect to " ", nor to " "check that the server runs"
}
