# shellcheck shell=bash
# Shared by the trust experiments: a waitbench, a folder that goes away, a campaign with a control.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
waitbench=${WAITBENCH:-build/waitbench}
[[ -x $waitbench ]] || { echo "$waitbench is not there: run 'make'" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# control_of KIND [options]: one small campaign with that control; prints its line, which begins
# with "Control (KIND)".
control_of() {
    local kind=$1
    shift
    "$waitbench" campaign --results "$folder" --name trust --whole-process none --predict off \
        --backlog 4096 --control "$kind" "$@" 2>/dev/null | grep '^Control'
}
