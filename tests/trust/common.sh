# shellcheck shell=bash
# Shared by the trust experiments: a waitbench, a folder that goes away, a campaign with a control.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
waitbench=${WAITBENCH:-build/waitbench}
[[ -x $waitbench ]] || { echo "$waitbench is not there: run 'make'" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# control_of KIND [OPTION...]: one small campaign with that control; prints what its line says of the
# two, such as "ratio 1.0017 [0.9935, 1.0097], p 0.69: no detectable difference".
control_of() {
    local kind=$1 line
    shift
    if ! "$waitbench" campaign --results "$folder" --name trust --whole-process none --predict off \
        --backlog 4096 --control "$kind" "$@" >"$folder/out" 2>"$folder/err" ||
        ! line=$(grep '^Control' "$folder/out"); then
        cat "$folder/err" >&2
        echo "FAILED: no result of waitbench campaign --control $kind $*" >&2
        return 1
    fi
    echo "${line#*twice: }"
}

# conclude EXPRESSION TEXT: the last line, and the exit code. An experiment passes if the expression is true.
conclude() {
    if (($1)); then
        echo "passed: $2"
    else
        echo "FAILED: $2"
        exit 1
    fi
}
