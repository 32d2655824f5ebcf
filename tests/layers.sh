#!/usr/bin/env bash
# The arrows of the house, checked over the #include lines: lib <- server, lib <- workloads,
# lib <- drivers <- bench. Prints each line that goes against them.
set -euo pipefail
cd "$(dirname "$0")/.."

# folder: the folders of ours that it may include, itself among them
declare -A allowed=(
    [lib]='lib' [server]='lib server' [workloads]='lib workloads' [drivers]='lib drivers'
    [bench]='lib workloads drivers bench' [baselines]='lib drivers baselines'
    [lessons]='lib bench lessons'
)

bad=0
for folder in "${!allowed[@]}"; do
    while IFS=: read -r file line text; do
        path=${text#*\"}
        path=${path%%\"*}
        # A bare name is a file of the same folder.
        target=$folder
        [[ $path != */* ]] || target=${path%%/*}
        if [[ " ${allowed[$folder]} " != *" $target "* ]]; then
            echo "$file:$line: $folder must not include $path"
            bad=1
        fi
    done < <(grep -nE '^#include "' "$folder"/*.[ch] || true)
done
exit $bad
