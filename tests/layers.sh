#!/usr/bin/env bash
# The arrows of DESIGN.md, checked over the #include lines: lib <- server,
# lib <- engine <- workloads, drivers <- bench <- lessons; the directories of bench/, each of which
# includes only those before it; ranks/, which includes up to bench/run; manual/, which describes all programs; and no cycle between modules (a .c
# file and its header).
# Prints each line that goes against them.
set -euo pipefail
cd "$(dirname "$0")/.."

# directory: the directories that it may include, itself among them
declare -A allowed=(
    [lib]='lib' [server]='lib server' [server/models]='lib server server/models' [engine]='lib engine' [workloads]='lib engine workloads'
    [drivers]='lib engine drivers' [baselines]='lib engine drivers baselines'
)
below='lib engine workloads drivers'
for directory in base plan run keep judge predict drive show grade cli; do
    below+=" bench/$directory"
    allowed[bench/$directory]=$below
    [[ $directory != run ]] || allowed[ranks]="$below ranks"
done
allowed[lessons]="$below lessons"
allowed[manual]="$below server manual"

# Every directory with code of ours has a row above.
unlisted() {
    local file
    for file in *.c */*.[ch] */*/*.[ch]; do
        [[ ! -e $file || $file == @(build|tests)/* || -n ${allowed[${file%/*}]-} ]] ||
            echo "$file: ${file%/*} is not in tests/layers.sh"
    done
}

# "FILE:LINE: TARGET" for each #include of a file of ours; a bare name is one of the same directory.
includes() {
    local directories=("${!allowed[@]}")
    grep -nE '^#include "' "${directories[@]/%//}" -rs --include='*.[ch]' |
        sed -nE 's|^(([^:]*)/[^/:]+):([0-9]+):#include "([^"/]+)".*|\1:\3: \2/\4|p
                 s|^([^:]+):([0-9]+):#include "([^"]+/[^"]+)".*|\1:\2: \3|p'
}

against_the_arrows() {
    local place target directory
    while read -r place target; do
        directory=${place%/*}
        [[ " ${allowed[$directory]} " == *" ${target%/*} "* ]] ||
            echo "$place $directory must not include $target"
    done
}

# tsort names the members of a cycle; a module's pair with itself is no edge.
cycles() {
    sed -E 's/\.[ch]:[0-9]+: / /; s/\.h$//' | awk '$1 != $2' | { tsort 2>&1 >/dev/null || true; } |
        sed 's/^tsort: -: input contains a loop:/a cycle between modules:/; s/^tsort: /  /'
}

found=$(
    unlisted
    includes | against_the_arrows
    includes | cycles
)
[[ -z $found ]] || {
    printf '%s\n' "$found"
    exit 1
}
