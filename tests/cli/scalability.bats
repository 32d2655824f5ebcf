#!/usr/bin/env bats
# The Universal Scalability Law in the tables of a campaign. Whether it is fitted well is tested in
# tests/unit/test_scalability.c.

load common

points() { # [OPTION...]: four values of C to fit and one to forecast
    run --separate-stderr "$waitbench" campaign --results "$results" --driver epoll --workload randint \
        --arrivals closed --backlog 4096 --delay 1ms --concurrency 4,8,16,32,256 --requests 256 --repetitions 1 \
        --whole-process none --predict off --no-pictures "$@"
}

@test "a table of what is fitted up to 128 in flight, and of what was forecast" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    points
    [[ $status -eq 0 ]]
    says "$output" "Universal Scalability Law, fitted on C up to 128" "The law is closest for "
    run -0 "$waitbench" table --results "$results" --all
    says "$output" "Universal Scalability Law, fitted on C up to 128" "Forecasts of the Universal Scalability Law"
    grep -Eq '^\| epoll +\| closed, 256 requests, server delay 1 ms +\| +4 \| +[0-9.]+ ± [0-9.]+ \|' \
        "$results/latest/tables.md"
    grep -Eq '^\| epoll +\| closed, 256 requests, server delay 1 ms +\| 256 \|( +[-+0-9.]+%? \|){5}$' "$results/latest/tables.md"
    grep -q '<h3>Universal Scalability Law' "$results/latest/report.html"
}

@test "too few points to fit, or nothing to forecast: there is no such table" {
    points --concurrency 8,16,32,256
    [[ $status -eq 0 && $output != *Scalability* ]]
    points --concurrency 4,8,16,32,128
    [[ $status -eq 0 && $output != *Scalability* ]]
}

@test "without gnuplot a line says so" {
    points
    mkdir "$BATS_TEST_TMPDIR/empty"
    run -0 env PATH="$BATS_TEST_TMPDIR/empty" "$waitbench" table --results "$results" --all
    [[ $output != *"fitted on C up to 128"* ]]
    says "$output" "No fit of the Universal Scalability Law to epoll: gnuplot is missing: './run.sh deps' installs it"
}
