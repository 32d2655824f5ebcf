#!/usr/bin/env bats
# io_uring where it is forbidden, as in many containers: reported, never replaced by another driver,
# and other drivers run.

load common

forbid() { # ERRNO ARGUMENT...: waitbench without io_uring
    run --separate-stderr "${waitbench%/*}/tests/forbid" io_uring_setup "$1" "$waitbench" "${@:2}"
}

built_in() {
    [[ $("$waitbench" list) != *"io_uring is not in this build"* ]] || skip "liburing was missing"
}

@test "io_uring forbidden by a seccomp filter: reported, and not run" {
    built_in
    for errnum in EPERM ENOSYS; do
        case $errnum in
        EPERM) reason="io_uring is forbidden, probably by a container's seccomp filter" ;;
        ENOSYS) reason="has no io_uring, or a seccomp filter blocks it" ;;
        esac
        forbid $errnum run --driver io_uring "${tiny[@]}"
        [[ $status != 0 && -z $output ]]
        complains "$reason"
        forbid $errnum list
        [[ $status == 0 ]]
        [[ $output =~ $'\n'"io_uring "+"no " ]]
        says "$output" "io_uring cannot run here: " "$reason"
    done
}

@test "io_uring forbidden: the other drivers run" {
    built_in
    forbid EPERM campaign --results "$results" --driver all --delay 5ms --concurrency 4 \
        --requests 8 --repetitions 1 --whole-process none
    [[ $status == 0 ]]
    says "$stderr" "io_uring is left out: io_uring is forbidden"
    [[ $(sql "SELECT count(*) FROM runs WHERE quality = 'INVALID'") == 0 ]]
    [[ $(sql "SELECT count(*) FROM runs WHERE completed > 0") -gt 2 ]]
}

@test "io_uring reports the features in use" {
    built_in
    "$waitbench" list | grep -q '^io_uring  *yes' || skip "io_uring cannot run here"
    run -0 --separate-stderr "$waitbench" run --driver io_uring "${tiny[@]}"
    says "$output" "io_uring ran with " _TASKRUN "direct descriptors" "linked operations"
    run -0 --separate-stderr "$waitbench" run --driver io_uring "${tiny[@]}" --keep-alive
    says "$output" "io_uring ran with " _TASKRUN "direct descriptors" " receive"
}
