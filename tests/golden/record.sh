#!/usr/bin/env bash
# Record a golden store with a build of waitbench, of whatever version: small campaigns of every kind.
# Writes store_VERSION.sql, and the runs of campaign 'kept' as this build exports them, into exports/.
#   tests/golden/record.sh BUILD VERSION
# Stores 8, 9 and 10 are of revisions 3a7fe32, 0ec1667 and efaa246.
set -euo pipefail
build=$(realpath "$1") version=$2
golden=$(realpath "$(dirname "$0")")
export PATH=$build:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

campaign() { # NAME OPTION...
    waitbench campaign --name "$1" --whole-process none "${@:2}" || [[ $? == 3 ]]
}

campaign plain -d null,sequential,threadpool,libev -c 4,128 -n 128 -s fixed,gather -b 4096,100 \
    --overflow-shape gather -t 5ms -r 3 --seed 801 --whole-process 4
campaign kept -d epoll,libev -c 8 -n 16 -s fixed -k -w http -t 5ms -r 5 --control same --seed 802
campaign pipelined -d threadpool,libev -c 4 --pipeline 4 -k -n 16 -s fixed -t 5ms -r 3 --seed 803

printf '#!/bin/sh\nexit 3\n' >exits-3
chmod +x exits-3
campaign invalid -d libev,exec:./exits-3 -c 4 -n 8 -s fixed -t 5ms -r 2 --predict off --seed 804

# A server that is killed while four requests wait for it.
randintd --port 0 --think 1s >listening &
server=$!
until grep -qx ready listening; do sleep 0.02; done
port=$(sed -n '1s/.*:\([0-9]*\)$/\1/p' listening)
campaign failing -d libev -c 4 -n 10 -s fixed -t 1s -r 1 --predict off --seed 805 \
    --server "127.0.0.1:$port" &
until [[ $(curl -s "http://127.0.0.1:$port/stats") == *'"in_flight": 4'* ]]; do sleep 0.02; done
kill -KILL $server
wait $!

timeout -s INT 0.3 waitbench campaign -d null,libev -c 4 -n 8 -s fixed -t 20ms -r 50 --predict off \
    --seed 806 --name interrupted --whole-process none || [[ $? == 124 ]]
waitbench limits -d threadpool,libev --max 6 -t 50ms --seed 807
waitbench lesson nagle --with '-n 64'
[[ $version == 8 ]] || waitbench lesson stack-memory

mkdir -p "$golden/exports"
waitbench export kept --what runs --output "$golden/exports/kept_$version.csv"
waitbench export kept --what runs --format json --output "$golden/exports/kept_$version.jsonl"

# What is too much to keep.
sqlite3 -bail results/waitbench.db "PRAGMA foreign_keys = ON;
    DELETE FROM samples WHERE run_id IN (SELECT r.id FROM runs r JOIN cases c ON c.id = r.case_id
        JOIN campaigns m ON m.id = c.campaign_id WHERE m.name = 'plain' OR m.name LIKE 'lesson-%');"

# One INSERT for all rows of a table that follow each other.
dump() { # .dump's OPTION
    sqlite3 results/waitbench.db ".dump $1" | awk '
        match($0, /^INSERT INTO [a-z_]+ VALUES/) {
            into = substr($0, 1, RLENGTH)
            row = substr($0, RLENGTH + 1, length($0) - RLENGTH - 1)
            printf "%s%s", into == last ? "," : last ? ";\n" into : into, "\n" row
            last = into
            next
        }
        last { print ";" }
        { last = ""; print }
        END { if (last) print ";" }'
}
{
    cat <<END
-- A store of schema $version, recorded by tests/golden/record.sh with the waitbench of that time. It is whole
-- but for the samples: those of campaign 'plain' and of lessons were deleted, for their size, before the
-- golden output was made.
END
    if [[ $version == 8 ]]; then
        echo '.read tests/unit/schema_8.sql'
        dump --data-only
    else
        dump ''
    fi
    sqlite3 results/waitbench.db 'PRAGMA application_id; PRAGMA user_version' | {
        read -r application
        read -r schema
        echo "PRAGMA application_id = $application;"
        echo "PRAGMA user_version = $schema;"
    }
} >"$golden/store_$version.sql"
