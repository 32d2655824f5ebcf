#!/usr/bin/env bats
# The comparisons of baselines/: their options, their statistics, and the bare servers.

load common

scripts=(compare servers_compare server_vs_nginx client_vs_wrk)

setup_file() {
    [[ -x $BATS_TEST_DIRNAME/../../build/baselines/bare_server_epoll ]] || skip "takes 'make all baselines'"
}

@test "wrong usage is refused with the reason" {
    for script in "${scripts[@]}"; do
        run -2 --separate-stderr "baselines/$script.sh" -q
        complains "$script: -q is no option" "-h shows the usage"
        run -2 --separate-stderr "baselines/$script.sh" extra
        complains "$script: 'extra' is no option"
        run -2 --separate-stderr "baselines/$script.sh" -r 0
        complains "$script: ROUNDS '0' is not a whole number from 1 to"
        run -0 "baselines/$script.sh" -h
        says "$output" "usage: baselines/$script.sh" "about"
    done
    for script in "${scripts[@]:1}"; do
        run -2 --separate-stderr "baselines/$script.sh" -c 32,x
        complains "CONNECTIONS 'x'"
        run -2 --separate-stderr "baselines/$script.sh" -k kept
        complains "MODES 'kept' is not keep-alive or close"
        run -2 --separate-stderr "baselines/$script.sh" -l ''
        complains "LOADS '' is not a list"
    done
    run -2 --separate-stderr baselines/servers_compare.sh -l epoll -r 100 -t 60
    complains "take hours"
    run -1 --separate-stderr baselines/servers_compare.sh -l epoll -m libev
    complains "libev: it has no yardstick: one of thread,epoll,io_uring"
    GCANNON=/nowhere/gcannon run -1 --separate-stderr baselines/servers_compare.sh -l gcannon
    complains "gcannon is missing"
}

runs() { # NAME VALUE...: a run of each, its CPU time twice the value
    local value
    for value in "${@:2}"; do
        echo "run close 8 wrk $1 $value $((value * 2))"
    done
}

@test "ratios are paired by round, with an interval by order statistics" {
    pair="pair close 8 wrk yardstick wrk ours"
    run -0 awk -v side=server -f baselines/ratios.awk <(
        runs yardstick 100 200 100 200 100 200 100 200 100
        runs ours 110 260 90 240 105 190 130 230 70
    ) <(echo "$pair")
    # sorted: 0.70 0.90 0.95 1.05 1.10 1.15 1.20 1.30 1.30
    says "$output" "close          8  wrk yardstick" "1.100 [0.900, 1.300]" "interval: coverage 96.1%" "of the server"
    says "$output" "    100       130" "200.00  260.00"
    run -0 awk -v side=client -f baselines/ratios.awk <(
        runs yardstick 100 100 100 100 100
        runs ours 110 120 90 100 130
    ) <(echo "$pair")
    says "$output" "1.100 [0.900, 1.300]" "range: coverage 93.8%" "of the client"
}

@test "a bare server keeps connections or closes them, as it is told" {
    for program in build/baselines/bare_server_*; do
        "$randintd" --model "${program##*bare_server_}" --check >/dev/null 2>&1 || continue # not here
        for mode in keep-alive close; do
            start_bare "$program" "$mode"
            run -0 curl -s --max-time 5 -o /dev/null -o /dev/null -w '%{http_code} %{num_connects}\n' \
                "http://$address/randint/20" "http://$address/randint/20"
            [[ ${lines[0]} == "200 1" ]]
            [[ ${lines[1]} == "200 $([[ $mode == close ]] && echo 1 || echo 0)" ]]
        done
        run -2 "$program" extra
        says "$output" "usage: $program [keep-alive]"
    done
}

start_bare() { # PROGRAM MODE: sets `address`
    local out word=()
    out=$(mktemp "$BATS_TEST_TMPDIR/bare.XXXXXX")
    [[ $2 == close ]] || word=(keep-alive)
    "$1" "${word[@]}" >"$out" 3>&- &
    started+=("$!")
    wait_until grep -q ready "$out"
    address=$(sed -n 's/^listening on //p' "$out")
}

@test "a model is compared with its bare program" {
    run -0 baselines/servers_compare.sh -m epoll -l epoll -c 4 -k close -r 1
    [[ $output =~ close\ +4\ +epoll\ bare_epoll\ +epoll\ epoll\ +[0-9]+\ +[0-9]+\ +[0-9.]+\ \[ ]]
}

@test "kill -9 of a comparison over HTTP: nobody goes on" {
    baselines/servers_compare.sh -m epoll -l epoll -c 4 -k close -r 100 -t 10 >/dev/null 2>&1 3>&- &
    waiting=$!
    started+=("$waiting")
    wait_until are_running waitbench
    kill -KILL "$waiting"
    wait "$waiting" || true # killed
    nothing_is_left
}
