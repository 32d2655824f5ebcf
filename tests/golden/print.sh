#!/usr/bin/env bash
# Load a golden store, let waitbench upgrade it, and print what it holds: tables, exports and comparisons,
# a folder for each campaign. The golden output was made by this script with the waitbench of schema 10,
# and golden.bats prints with it today. To be called in the repository's top folder.
#   tests/golden/print.sh WAITBENCH VERSION RESULTS OUT
set -euo pipefail
waitbench=$1 version=$2 results=$3 out=$4
golden=tests/golden

mkdir -p "$results"
sqlite3 -bail "$results/waitbench.db" ".read $golden/store_$version.sql"
campaigns=$(sqlite3 "$results/waitbench.db" "SELECT name FROM campaigns ORDER BY rowid")

# Whatever is recorded next upgrades a store.
"$waitbench" campaign --results "$results" --name upgrade --driver null --shape fixed --concurrency 1 \
    --requests 1 --repetitions 1 --predict off --whole-process none >/dev/null 2>&1 || [[ $? == 3 ]]

print() { # FILE COMMAND...
    "$waitbench" "${@:2}" --results "$results" >"$out/$1" || [[ $? == 3 ]]
}

# Exports, by the names that their kinds had, or else by those that they have now.
print_exports() { # CAMPAIGN KIND...
    local campaign=$1 kind
    for kind in "${@:2}"; do
        print "$campaign/$kind.csv" export "$campaign" --what "$kind" 2>/dev/null ||
            print "$campaign/$kind.csv" export "$campaign" --what "$(sed -E -f "$golden/renames.sed" <<<"$kind")"
    done
}

for campaign in $campaigns; do
    mkdir -p "$out/$campaign"
    print "$campaign/table.md" table "$campaign" --markdown
    print_exports "$campaign" cases runs ledger blame
    case $campaign in
    plain) print_exports plain environment ;;
    kept | failing | interrupted) print_exports "$campaign" requests failures latency waterfall completion ;;
    pipelined) print_exports pipelined requests ledger-runs ;;
    limits) print_exports limits limits ;;
    lesson-*) print_exports "$campaign" evidence ;;
    esac
done

# Not of 'invalid', whose runs have no makespan, and not of lessons: their cases differ in more than what
# cases were paired by.
for campaign in plain kept pipelined interrupted limits; do
    print "$campaign/compare.md" compare "$campaign" "$campaign" --markdown
done
print plain/compare-drivers.md compare plain --drivers libev,threadpool --markdown
print kept/compare-drivers.md compare kept --drivers epoll,libev --markdown
print kept/compare-export.md compare "$golden/exports/kept_$version.csv" kept --markdown
