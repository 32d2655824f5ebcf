#!/usr/bin/env bats
# Every server model survives what the default survives: server.bats, once for each. They run at the
# same time, because most of their time is waiting.

load common

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    local model
    for model in $("${RANDINTD:-build/randintd}" --list | cut -f1); do
        (
            status=0
            MODEL=$model timeout 150 bats tests/cli/server.bats \
                >"$BATS_FILE_TMPDIR/$model" 2>&1 || status=$?
            echo "$status" >"$BATS_FILE_TMPDIR/$model.status"
        ) 3>&- &
    done
    wait
}

survives() { # MODEL
    grep -v '^ok ' "$BATS_FILE_TMPDIR/$1" || true
    [ "$(cat "$BATS_FILE_TMPDIR/$1.status")" = 0 ]
}

@test "each model is tested here" {
    [ "$("$randintd" --list | cut -f1 | sort)" = "$(
        { echo libev; sed -n 's/^@test "model \(.*\)" .*/\1/p' "$BATS_TEST_FILENAME"; } | sort)" ]
}

@test "model iterative" {
    survives iterative
}

@test "model fork" {
    survives fork
}

@test "model thread" {
    survives thread
}

@test "model prefork" {
    survives prefork
}

@test "model threadpool" {
    survives threadpool
}

@test "model select" {
    survives select
}

@test "model poll" {
    survives poll
}

@test "model epoll" {
    survives epoll
}

@test "model io_uring" {
    survives io_uring
}

@test "model epoll-shared" {
    survives epoll-shared
}

@test "model epoll-exclusive" {
    survives epoll-exclusive
}

@test "model reuseport" {
    survives reuseport
}

@test "model reuseport-processes" {
    survives reuseport-processes
}
