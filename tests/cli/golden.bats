#!/usr/bin/env bats
# Stores and exports of older versions: what is printed of them today has the figures that it had before
# (tests/golden). The words may have changed: renames.sed says which.

load common

golden=tests/golden

in_todays_words() { # FOLDER
    find "$1" -type f -exec sed -E -i -f "$golden/renames.sed" {} +
}

# What was printed into $now has all that golden output has.
is_the_same() { # GOLDEN
    cp -r "$1" "$BATS_TEST_TMPDIR/golden"
    in_todays_words "$BATS_TEST_TMPDIR/golden"
    in_todays_words "$now"
    "$golden/same.py" "$BATS_TEST_TMPDIR/golden" "$now"
}

prints_the_same() { # VERSION
    now=$BATS_TEST_TMPDIR/now
    "$golden/print.sh" "$waitbench" "$1" "$results" "$now"
    is_the_same "$golden/$1"
    [[ $(sql "PRAGMA integrity_check; PRAGMA foreign_key_check") == ok ]]
}

@test "a store of version 8" {
    prints_the_same 8
}

@test "a store of version 9" {
    prints_the_same 9
}

@test "a store of version 10" {
    prints_the_same 10
}

@test "pictures of an older store say what its tables say" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$results"
    sql ".read $golden/store_10.sql"
    # Whatever is recorded next upgrades a store.
    run "$waitbench" campaign --results "$results" --name upgrade --driver null -s closed -c 1 -n 1 -r 1 --predict off \
        --whole-process none --no-pictures
    folder=$BATS_TEST_TMPDIR/plain
    mkdir "$folder"
    for kind in cases runs usage breakdown; do
        "$waitbench" export plain --what "$kind" --results "$results" >"$folder/$kind.csv"
    done
    "$waitbench" table plain --all --markdown --results "$results" >"$folder/tables.md"
    for picture in talk makespan usage breakdown predicted; do
        gnuplot -c plots/picture.gp "$picture" "$folder" svg "$folder/$picture.svg"
    done
    run -0 "$golden/agree.py" "$folder"
    [[ $output == "43 figures" ]]
}

@test "runs that older versions exported, as CSV and as JSON" {
    for format in csv jsonl; do
        now=$BATS_TEST_TMPDIR/$format
        mkdir "$now"
        for pair in 8-9 8-10 9-10; do
            run -0 --separate-stderr "$waitbench" compare --markdown \
                "$golden/exports/kept_${pair%-*}.$format" "$golden/exports/kept_${pair#*-}.$format"
            echo "${output//.$format/.csv}" >"$now/$pair.md"
        done
        is_the_same "$golden/compared"
        rm -r "$BATS_TEST_TMPDIR/golden"
    done
}

@test "a campaign that an older version did not finish goes on" {
    mkdir "$results"
    sql ".read $golden/store_8.sql"
    # Of its 50 repetitions the sixth was under way.
    sql "UPDATE campaigns SET repetitions = 7, arguments = replace(arguments, '-r' || char(10) || '50',
         '-r' || char(10) || '7') WHERE name = 'interrupted'"
    run --separate-stderr "$waitbench" campaign --resume interrupted --results "$results" --no-pictures
    [[ $status == [03] ]] # a busy machine may spoil a run
    [[ $(sql "SELECT status FROM campaigns WHERE name = 'interrupted'") == complete ]]
    [[ $(sql "SELECT count(*), count(DISTINCT case_id) FROM runs JOIN cases USING (case_id)
              WHERE campaign_id LIKE '%-interrupted'") == "14|2" ]]
}

@test "a rename leaves the new words as they are" {
    cp -r "$golden/10" "$BATS_TEST_TMPDIR/once"
    in_todays_words "$BATS_TEST_TMPDIR/once"
    cp -r "$BATS_TEST_TMPDIR/once" "$BATS_TEST_TMPDIR/twice"
    in_todays_words "$BATS_TEST_TMPDIR/twice"
    diff -r "$BATS_TEST_TMPDIR/once" "$BATS_TEST_TMPDIR/twice"
}

# A file of golden output and the same after a change: files of one name in two folders.
change() { # FILE COMMAND...: reads the file
    mkdir -p "$BATS_TEST_TMPDIR"/{old,new}
    rm -f "$BATS_TEST_TMPDIR"/{old,new}/*
    cp "$golden/10/plain/$1" "$BATS_TEST_TMPDIR/old"
    "${@:2}" <"$golden/10/plain/$1" >"$BATS_TEST_TMPDIR/new/$1"
}

is_noticed() { # FILE SED-SCRIPT PATTERN
    change "$1" sed -E "$2"
    run -1 "$golden/same.py" "$BATS_TEST_TMPDIR"/{old,new}
    says "$output" "$1: " "$3"
}

@test "every change of a figure, a case, a run or a column is noticed" {
    is_noticed table.md '/^\| libev +\| fixed +\| +4 /s/[0-9.]+ ms/1.23 ms/' "and is '1.23 ms'"
    is_noticed table.md '/^3 runs of libev/s/[0-9.]+ msec/1.23 msec/' \
        "no line holds the figures of: 3 runs of libev"
    is_noticed table.md '/^## /s/backlog 100\b/backlog 101/' "backlog 101"
    is_noticed table.md '/^\| driver/s/makespan/span/' "no column 'makespan'"
    is_noticed compare.md '/^\| libev fixed 4,/d' "no row libev fixed 4,"
    is_noticed cases.csv '1s/,efficiency,/,,/' "no column 'efficiency'"
    is_noticed cases.csv '2p' "one row more: null"
    is_noticed runs.csv '2d' "no row "
    is_noticed runs.csv '2s/,OK,/,NOISY,/' "verdict was 'OK' and is 'NOISY'"
    is_noticed ledger.csv '2s/\.0$/.5/' "median was"
    rm "$BATS_TEST_TMPDIR/new/ledger.csv"
    run -1 "$golden/same.py" "$BATS_TEST_TMPDIR"/{old,new}
    [[ $output == "ledger.csv: it is not there" ]]
}

@test "a further column and another order of rows are no change" {
    change cases.csv awk 'NR == 1 { print $0 ",column"; next } { print $0 ",more" | "sort" }'
    "$golden/same.py" "$BATS_TEST_TMPDIR"/{old,new}
}
