#!/usr/bin/env bash
# Does `waitbench grade` pass what is right, and refuse what is wrong for what is wrong with it? Every driver in
# C that sends something, the programs that can run here, every wrong driver (tests/grade/wrong_*.c) and every
# one that does harm (tests/grade/hostile_*.c), with all checks: some ten minutes.
# usage: tests/trust/grade.sh [SEED]
set -euo pipefail
# shellcheck source=tests/trust/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/grade/faults.bash
. tests/grade/faults.bash
seed=${1-$RANDOM} wrong=0

complain() { # TEXT
    wrong=$((wrong + 1))
    echo "WRONG: $1"
    sed 's/^/    /' "$folder/out"
}

grade() { # FILE EXPECTED-STATUS
    local began=$SECONDS status=0
    timeout 300 "$waitbench" grade "$1" --checks-only --seed "$seed" >"$folder/out" 2>&1 || status=$?
    printf '%-40s %3d s  %s\n' "$1" $((SECONDS - began)) "$(grep '^score' "$folder/out" || tail -n 1 "$folder/out")"
    [[ $status == "$2" ]] || complain "exit status $status instead of $2"
}

for file in drivers/*.c programs/python_*.py programs/node.mjs build/programs/goroutines; do
    [[ -x $file ]] || grep -q '^const struct driver driver_' "$file" || continue
    [[ $file != @(drivers/null.c|drivers/external.c|drivers/absent.c) && -e $file ]] || continue
    grade "$file" 0
done
for fault in "${faults[@]}"; do
    IFS='|' read -r name check reason <<<"$fault"
    grade "tests/grade/wrong_$name.c" 1
    grep -F "$check: " "$folder/out" | grep -qF "$reason" ||
        complain "not refused by '$check' because '$reason'"
done
for file in tests/grade/hostile_*.c; do
    grade "$file" 1
    sed -n '/: /{s/ Look at:.*//p;q}' "$folder/out"
done
conclude "wrong == 0" "$wrong gradings were not as expected (seed $seed)"
