#!/usr/bin/env bats
# Short forms of the experiments in tests/trust, which say how seldom chance makes them fail; and that
# each fails on its result.

load common

trust() { # SCRIPT [ARGUMENT...]
    WAITBENCH=$waitbench "tests/trust/$1.sh" "${@:2}"
}

# A waitbench whose controls come out as told.
come_out() { # TEXT
    waitbench=$BATS_TEST_TMPDIR/waitbench
    printf '#!/bin/sh\necho "Control (told), burst libev(64) twice: %s"\n' "$1" >"$waitbench"
    chmod +x "$waitbench"
}

@test "a case is not called different from itself" {
    trust same 20 6
}

@test "a case is not called different from itself, however often one looks" {
    BUDGET=2s trust same 4 6 1%
}

@test "a doubled server delay is detected" {
    trust slower 4 100%
}

@test "measuring resource usage does not change the makespan" {
    trust usage 17 10ms 32
}

@test "kill -9 leaves a store that opens and can be resumed" {
    trust kill 2
}

@test "a driver, the harness and the server leak nothing" {
    RANDINTD=$randintd trust soak 6 threadpool
}

@test "the interval of a capacity holds it" {
    trust capacity 1 2 20 100 # others may take half of the machine
}

# Other tests that take the CPUs for seconds delay requests; what is wrong is so in each try.
@test "requests wait about as long as theory says" {
    local try
    for try in 1 2 3; do
        if trust queue 4 40 2 100; then return 0; fi # and half a millisecond
    done
    return 1
}

@test "an experiment that comes out wrong fails" {
    fails() { # PATTERN SCRIPT [ARGUMENT...]
        run -1 trust "${@:2}"
        says "$output" "FAILED: $1"
    }
    come_out "ratio 1.3000 [1.2000, 1.4000], p 1e-05: NOISY: the same case came out different"
    fails "20 of 20 called different (95% interval: 83.2% to 100.0%); chance allows 6" same 20
    fails "0 of 10 detected (95% interval: 0.0% to 30.8%); 9 are needed" slower 10
    come_out "ratio 0.7000 [0.6000, 0.8000], p 1e-05: different, the second is faster"
    fails "0 of 3 detected (95% interval: 0.0% to 70.8%); 2 are needed" slower 3
    fails "measuring changed 4 of 4 cases" usage 40
    come_out "ratio 1.0000 [1.0000, 1.0000], p 1: undecided, too few runs to tell a difference (--repetitions 6)"
    fails "that is no result" same 1
    fails "that is no result" usage 1
    come_out "ratio 1.0100 [1.0020, 1.0200], p 1e-05: different, the second is slower"
    fails "that is no result" same 1 6 1%
    fails "0 of 2 intervals hold the capacity (95% interval: 0.0% to 84.2%), 0 are at most 10% wide" capacity 2
    fails "0 of 6 mean waits are within 10% of perfect workers'" queue 1 10 "1 2"
    come_out "not measured"
    fails "that is no result" same 1
    fails "0 of 1 detected (95% interval: 0.0% to 97.5%); 1 are needed" slower 1
    fails "0 of 1 went wrong; 0 were resumed" kill 1 # there never is a store
    printf '#!/bin/sh\nexit 1\n' >"$waitbench"
    fails "no result of waitbench campaign --control same" same 1
    printf '#!/bin/sh\ntouch "$TMPDIR/leak"\nsleep 100 3>&- &\necho $! >%q\n' "$BATS_TEST_TMPDIR/left" >"$waitbench"
    RANDINTD=$randintd fails "1 of 1 drivers leaked" soak 5 libev
    kill "$(<"$BATS_TEST_TMPDIR/left")"
    says "$output" "it recorded nothing" "1 processes remain" "1 temporary files remain"
}

@test "chance is given its part" {
    come_out "ratio 0.9800 [0.9700, 0.9900], p 0.005: different, the second is faster"
    run -0 trust usage 40
    says "$output" "passed: measuring changed 0 of 4 cases"
    come_out "ratio 1.9800 [1.9700, 1.9900], p 0.005: different, the second is slower"
    run -0 trust slower 3
    says "$output" "passed: 3 of 3 detected (95% interval: 29.2% to 100.0%)"
}
