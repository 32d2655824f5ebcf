#!/usr/bin/env bash
# Fuzz one target. usage: tests/fuzz/run.sh TARGET [SECONDS (FUZZ_SECONDS, 4)]
# TARGET is a file of tests/fuzz without its .c; 'make fuzz' builds them. Starts from
# tests/fuzz/corpus/TARGET and build/fuzz/corpus/TARGET, and adds inputs that reach new code to the
# latter. Prints the number of inputs tried; exits with 1 if one fails, and prints its path and the
# command that reproduces it.
set -euo pipefail
cd "$(dirname "$0")/../.."
(($# == 1 || $# == 2)) || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
target=$1 seconds=${2-${FUZZ_SECONDS-4}} program=build/fuzz/fuzzers/$1 log=build/fuzz/$1.log
[[ -x $program ]] || { echo "$program is not there: run 'make fuzz'" >&2; exit 2; }

folders=("build/fuzz/corpus/$target")
mkdir -p "${folders[0]}"
[[ ! -e tests/fuzz/corpus/$target ]] || folders+=("tests/fuzz/corpus/$target")
export ASAN_OPTIONS=quarantine_size_mb=16
if nice -n 19 "$program" -max_total_time="$seconds" -max_len=2048 -timeout=5 -rss_limit_mb=1024 \
    -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="build/fuzz/$target-" \
    "${folders[@]}" >"$log" 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") inputs, no failure"
    exit
fi
input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
grep -aE -m 3 'Assertion|ERROR:|runtime error:' "$log" || tail -n 3 "$log"
echo "$target fails with the input ${input:-(none was written)}; all that was printed is in $log."
echo "Reproduce: $program $input"
exit 1
