#!/usr/bin/env bash
# Run a test program, or a file of bats tests, within a limit: what hangs fails, and does not hang
# `make check`. The limits are several times what a loaded machine needs.
# usage: tests/limited.sh PROGRAM [ARGUMENT...]
program_seconds=600
export BATS_TEST_TIMEOUT=180 # seconds of a single bats test

# In a process group of its own, that all of it can be ended; Ctrl-C has to be passed on to it.
timeout --kill-after=10 "$program_seconds" "$@" &
trap 'kill "$!"' INT TERM
wait "$!"
status=$?
((status != 124 && status != 137)) || echo "$1: ended after $program_seconds s, the limit of tests/limited.sh" >&2
exit "$status"
