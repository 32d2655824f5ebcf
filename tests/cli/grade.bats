#!/usr/bin/env bats
# waitbench grade: drivers that are right pass, wrong ones are refused for what is wrong with them, and
# a program that does harm is ended. tests/trust/grade.sh has all drivers; here they take turns.

load common
load ../grade/faults

grade() { # ARGUMENT...
    local folder
    folder=$(mktemp -d) && chmod 755 "$folder"
    TMPDIR=$folder run --separate-stderr timeout 120 "$waitbench" grade --seed 7 "$@"
    rmdir "$folder" # nothing is left behind
}

# A program of a few lines, as $program, where any user can read it.
program() { # LINES
    program=$(mktemp)
    printf '#!/bin/sh\n%s\n' "$1" >"$program"
    chmod 755 "$program"
}

@test "a driver of ours passes, in turns, and its results have both forms" {
    local drivers=(poll epoll threadpool libev coroutine libuv select)
    grade "drivers/${drivers[10#$(date +%j) % ${#drivers[@]}]}.c" --checks-only \
        --gradescope "$BATS_TEST_TMPDIR/results.json" --autolab
    echo "$output"
    ((status == 0))
    says "$output" "score: 80 of 80 (seed 7)" "limits of the driver: 60 s of CPU time"
    [[ ${lines[-1]} == '{"scores": {"conformance": 28, "variants": 52}}' ]]
    python3 - "$BATS_TEST_TMPDIR/results.json" <<'PYTHON'
import json, sys
results = json.load(open(sys.argv[1]))
tests = results["tests"]
assert results["score"] == sum(t["score"] for t in tests) == 80
assert {t["status"] for t in tests} == {"passed"}
assert {t["visibility"] for t in tests} == {"visible", "after_published"}
assert all({"name", "score", "max_score", "output"} <= t.keys() for t in tests)
assert results["execution_time"] >= 0
PYTHON
}

@test "the claim is measured beside a reference, and an undecided one is no failure" {
    grade drivers/poll.c --check "the claim" --claim 1% --concurrency 4 --delay 5ms --time 10s --autolab
    echo "$output"
    ((status == 0 || status == 3)) # a busy machine may leave it undecided
    says "$output" "of the efficiency of epoll" "score: 20 of 20"
    [[ ${lines[-1]} == '{"scores": {"claim": 20}}' ]]
    grade drivers/poll.c --check "the claim" --time 1s --delay 150ms --concurrency 1
    ((status == 3))
    says "$output" "undecided: at 1 in flight" "score: 20 of 20"
}

@test "wrong drivers are refused, each for its fault, in turns" {
    local fault turn=$((10#$(date +%j) % 6)) i=0
    for fault in "${faults[@]}"; do
        ((i++ % 6 == turn)) || continue
        IFS='|' read -r name check reason <<<"$fault"
        grade "tests/grade/wrong_$name.c" --check "$check"
        echo "$name: $output"
        ((status == 1))
        says "$output" "$check: " "$reason" "Look at: " "score: 0 of "
    done
}

@test "a driver that crashes or writes without an end is ended, and its check says so" {
    grade tests/grade/hostile_crashes.c --check "small loads" --autolab
    ((status == 1))
    says "$output" "the driver was killed by signal 11 (Segmentation fault) after 'go'"
    [[ ${lines[-1]} == '{"scores": {"variants": 0}}' ]]
    grade tests/grade/hostile_writes.c --check "small loads"
    ((status == 1))
    says "$output" "the driver wrote 'no sample, and no end of them' after 'go', not 'done'"
}

@test "a source that does not compile fails with the compiler's message" {
    printf '#include "driver.h"\nconst struct driver driver_x = {.nosuch\033[31m = 1};\n' >"$BATS_TEST_TMPDIR/x.c"
    grade "$BATS_TEST_TMPDIR/x.c" --check "small loads" --gradescope "$BATS_TEST_TMPDIR/results.json"
    ((status == 1))
    says "$output" "the compiler exited with 1" "driver.c:2:" "score: 0 of 4"
    [[ $output != *$'\033'* && $output != */waitbench-* ]]
    python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["tests"][0]["status"] == "failed"' \
        "$BATS_TEST_TMPDIR/results.json"
    echo 'int main(void) { return 0; }' >"$BATS_TEST_TMPDIR/x.c"
    grade "$BATS_TEST_TMPDIR/x.c" --check "small loads"
    ((status == 1))
    says "$output" "it defines no driver"
}

@test "a program has limited rights" {
    grade tests/grade/hostile_crashes.c --check "small loads"
    [[ $output != *"not in effect"* ]] || skip "this machine does not permit all limits"
    # What it finds out is the last line of its standard error, which the reason quotes.
    program "cd /; for try in '$PWD/stolen' '$BATS_TEST_TMPDIR/stolen'; do
    (: >\$try) 2>/dev/null && wrote=\$wrote\$try; done
    kill -9 1 \$PPID 2>/dev/null
    echo \"error: [\$wrote] [\$(cd && : >mine && ls)] \$(ls -d /proc/[0-9]* | wc -l) processes, \
\$(grep -c : /proc/net/dev) interface [\$WAITBENCH_TEST_MARK]\" >&2; exit 1"
    grade "$program" --check "small loads"
    rm "$program"
    ((status == 1))
    echo "$output"
    [[ $output =~ "[] [mine] "[0-9]" processes, 1 interface []" ]]
    [[ ! -e stolen && ! -e $BATS_TEST_TMPDIR/stolen ]]
}

@test "a program that is no driver fails with what it did" {
    program 'echo hello'
    grade "$program" --check "small loads"
    rm "$program"
    ((status == 1))
    says "$output" "the driver wrote 'hello' after its start, not 'waitbench'"
}

@test "what is wrong on the command line is said in a line" {
    grade
    ((status == 2)) && complains "say what to grade"
    grade drivers/poll.c --check nosuch
    ((status == 2)) && complains "--check: there is no check 'nosuch'"
    grade drivers/poll.c --reference nosuch
    ((status == 2)) && complains "--reference: there is no driver 'nosuch'"
    grade "$BATS_TEST_TMPDIR/nosuch.c"
    ((status == 1)) && complains "cannot read"
    grade "$BATS_TEST_TMPDIR/nosuch"
    ((status == 1)) && complains "No such file or directory"
}

@test "the list names each check with its points" {
    grade --list
    ((status == 0))
    says "$output" "responses in pieces" "the claim"
    [[ $(awk '$1 ~ /^(conformance|variants|claim)$/ { match($0, /  [0-9]+  /); sum += substr($0, RSTART, RLENGTH) }
        END { print sum }' <<<"$output") == 100 ]]
}
