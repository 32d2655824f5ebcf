#!/usr/bin/env bats
# Lessons: each can be carried out and says what it found; run where its claim is false, it says so.

load common

lesson() { # NAME [OPTION...]
    # shellcheck disable=SC2086 # taskset and its words may stand in front
    run --separate-stderr $waitbench lesson --results "$results" "$@"
}

@test "lessons are listed in the order of the course" {
    lesson --list
    [[ $status == 0 ]]
    numbers=$(awk 'NR > 2 {print $1}' <<<"$output")
    [[ $numbers == "$(sort -n <<<"$numbers")" ]]
    (($(wc -l <<<"$numbers") >= 15))
    says "$output" accept-queue cpu-bound littles-law timers
}

@test "wrong usage of lessons" {
    wrong() { # PATTERN ARGUMENT...
        lesson "${@:2}"
        [[ $status == 2 ]]
        complains "$1"
    }
    wrong "there is no lesson 'nosuch'" nosuch
    wrong "say which lesson"
    wrong "one of the two" --all nagle
    wrong "applies to no variant of lesson timers" timers --with nosuch="-c 4"
    wrong "there is no driver 'nosuch'" timers --with "-d nosuch"
    wrong "variant 'epoll': --nosuch: there is no such option" timers --with "epoll=--nosuch"
    wrong "has 2 cases, not one" nagle --with "-c 2,4"
    wrong "--help was given" timers --with --help
    says "$output" "--concurrency"
    wrong "--repeat" timers --repeat 0
}

@test "a lesson says what it claims, what it found, and keeps it" {
    lesson nagle
    [[ $status == 0 ]]
    says "$output" "Lesson 12" "Question" "Claim" "Theory" "RFC 896" "median latency, two writes" \
        "at least 35.0 ms" "Recorded in"
    [[ $output =~ (HOLDS|INCONCLUSIVE|DOES NOT HOLD HERE):\ On\ a\ kept ]]
    folder=$(sed -n 's/^Recorded in //p' <<<"$output")
    [[ $(head -n 1 "$folder/evidence.csv") == words,unit,value,* ]]
    (($(wc -l <"$folder/evidence.csv") == 5))
    run -0 sqlite3 "$results/waitbench.db" "SELECT name FROM lessons"
    [[ $output == nagle ]]
    # Its tables have the evidence and the verdict; its variants are no drivers to be ranked.
    [[ $(grep -c '^## \(Evidence\|Verdict\)' "$folder/tables.md") == 2 ]]
    says "$(<"$folder/tables.md")" "## Evidence" "two writes with TCP_NODELAY" "## Verdict"
    [[ $(<"$folder/tables.md") != *"## Summary"* ]]
    sql "DELETE FROM lessons" # as after a kill -9
    run --separate-stderr "$waitbench" table --results "$results"
    says "$output" "No comparison: the variants of a lesson"
}

@test "a lesson writes a file of latencies for each case, whatever its cases differ in" {
    for name in nagle stack-memory timers coordinated-omission head-of-line idle-connections; do
        lesson "$name" --with "-r 1 -n 32 -t 1ms" --no-pictures
        [[ $status == 0 ]]
        cases=$(sql "SELECT count(*) FROM cases JOIN campaigns ON campaigns.id = campaign_id
                     WHERE name = 'lesson-$name'")
        files=("$results"/latest/histograms/*.hgrm)
        ((cases > 1 && ${#files[@]} == cases)) || { printf '%s of %s:\n' "${#files[@]}" "$cases" "${files[@]}" >&2; return 1; }
    done
}

@test "a lesson compared with itself has as many cases as it has, each with its own runs" {
    lesson stack-memory --with "-r 5 -c 8 -t 1ms" --no-pictures
    [[ $status == 0 ]]
    run --separate-stderr "$waitbench" compare latest latest --results "$results"
    [[ $status == [03] ]] # a busy machine may spoil a run
    says "$output" "stack 65536, variant small" "stack 1048576, variant large-128" "variant loop"
    (($(grep -c " 5, 5 " <<<"$output") == 5))
}

# Settings in which the claim is false: a lesson that is only ever run where it holds proves nothing.
# HOLDS is wrong at any time. On a machine that is busy with other tests a lesson may be INCONCLUSIVE
# and is run again; one that never finds out has not denied anything.
denies() { # NAME OPTION...
    local try
    for try in 1 2 3 4; do
        lesson "$@" --no-pictures
        [[ $status == 0 ]]
        [[ $output != *$'\nHOLDS: '* ]]
        [[ $output != *$'\nDOES NOT HOLD HERE: '* ]] || return 0
        grep '^INCONCLUSIVE: ' <<<"$output"
    done
    echo "each of $try times" >&2
    return 1
}

@test "accept-queue with a large backlog on both sides does not hold" {
    denies accept-queue --with "-r 6" --with small="-b 4000 -c 256" --with large="-c 256"
}

@test "cpu-bound with one thread and one process does not hold" {
    denies cpu-bound --with "-r 6 -n 1024" --with threads="-c 1" --with processes="-c 1"
}

@test "cpu-bound on one core is INCONCLUSIVE" {
    waitbench="taskset -c 0 $waitbench" lesson cpu-bound
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "cannot be carried out here" "it needs 2 cores, but may use 1"
    [[ $output != *"Recorded in"* ]]
}

@test "nagle with the request in one piece does not hold" {
    denies nagle --with split="-w randint"
}

@test "blocked-loop without a nap does not hold" {
    denies blocked-loop --with loop="-w randint -n 256" --with threads="-n 64"
}

@test "timers with a timerfd on both sides does not hold" {
    denies timers --with epoll="-w timerfd"
}

@test "head-of-line without slow requests does not hold" {
    denies head-of-line --with pool-slow="-w randint" --with loop-slow="-w randint"
}

@test "coordinated-omission without a stall does not hold" {
    denies coordinated-omission --with closed="-w randint -n 1000" --with open="-w randint"
}

@test "stack-memory with small stacks does not hold" {
    denies stack-memory --with large="--stack 65536" --with large-128="--stack 65536"
}

@test "streaming with all requests in one round does not hold" {
    denies streaming --with stream="-c 1024" --with threads="-c 1024"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 plots/draw.sh "$(sed -n 's/^Recorded in //p' <<<"$output")"
    says "$output" "drew lesson" "drew completion"
}

@test "new-process over kept connections does not hold" {
    denies new-process --with -k
}

@test "accept-sharing with a socket each does not hold" {
    denies accept-sharing --with exclusive="-S reuseport:2"
}

# Each thread of the server sleeps.
all_wait() {
    ! sed 's/.*) \(.\).*/\1/' "/proc/$server"/task/*/stat | grep -qv S
}

# Six connections, each made when the one before is over and the workers wait again; sets $by to the
# workers that accepted them. six MODEL
six() {
    start_server --model "$1" --workers 2 --delay 0
    for _ in 1 2 3 4 5 6; do
        wait_until all_wait
        sleep 0.05
        [[ $(timeout 5 nc 127.0.0.1 "$port" <<<0) == 0 ]]
    done
    stats=$(curl -s -m 5 "http://127.0.0.1:$port/stats")
    by=$(sqlite3 :memory: "SELECT group_concat(value, '') FROM (SELECT value
        FROM json_each('$stats', '\$.last_accepted_by') ORDER BY key LIMIT 6)")
}

@test "of six connections each sharing model gives them to the workers that lesson 18 says" {
    six epoll-exclusive
    [[ $by == 000000 || $by == 111111 ]]
    six threadpool
    [[ $by == 010101 || $by == 101010 ]]
    for model in reuseport epoll-shared; do
        six "$model"
        [[ $by =~ ^[01]{6}$ ]]
    done
}

@test "accept-sharing shows who accepted which of six connections" {
    lesson accept-sharing --with "-r 1 -n 32" --no-pictures
    [[ $status == 0 ]]
    folder=$(sed -n 's/^Recorded in //p' <<<"$output")
    for row in "shared, epoll-shared:2" "exclusive, epoll-exclusive:2" "reuseport, reuseport:2" \
        "blocking, threadpool:2"; do
        [[ $(grep -Ec "^$row +([12] *){6}$" <<<"$output") == 1 ]]
        [[ $(grep -Ec "^\| $row +(\| +[12] ){6}\|$" "$folder/tables.md") == 1 ]]
    done
    says "$(<"$folder/report.html")" "Who accepted which connection"
    # It is what the account says.
    last=$(sql "SELECT json_extract(server_json, '\$.last_accepted_by') FROM run_figures WHERE variant = 'blocking'")
    [[ $(grep "^blocking, " <<<"$output" | grep -o '[12]' | tail -n 6) == \
        "$(grep -o '[01]' <<<"$last" | tail -n 6 | tr 01 12)" ]]
}

@test "server-model with a pool as large as the load does not hold" {
    denies server-model --with wait-few="-S threadpool:64"
}

@test "server-io-uring with work added to new connections of epoll does not hold" {
    "$randintd" --check --model io_uring || skip "io_uring cannot run here"
    denies server-io-uring --with "-r 7 -n 4096" --with new-epoll="--work 30us"
}

@test "open-closed without a stall does not hold" {
    denies open-closed --with closed="-n 100" --with open="-n 100" --with open-stall="-w randint"
}

@test "utilisation at the same load does not hold" {
    denies utilisation --with "--rate 200 -n 200"
}

@test "many-connections with four processes on both sides does not hold, nor where descriptors are few" {
    denies many-connections --with "-r 6 -t 100ms" --with many="-c 4500" --with few="-c 4100" --with one-process="--parts 4"
    says "$(<"$results/latest/evidence.csv")" "connections of a process with 200 descriptors,,640"
    # The kernel's objects were sampled, as so many are in flight.
    [[ $(sql "SELECT count(*) FROM usage_figures WHERE metric = 'slab_bytes' AND (value IS NOT NULL) <> (concurrency >= 4096)") == 0 ]]
    waitbench="prlimit --nofile=1500 $waitbench" lesson many-connections
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "cannot be carried out here" "RLIMIT_NOFILE is 1500"
}

@test "pool-size with two pools exchanged does not hold" {
    denies pool-size --with "-n 200" --with pool-7="-S threadpool:12" --with pool-12="-S threadpool:7"
}

# In a network of its own, of which a file of /proc/sys/net/ipv4 is set first: the machine's may be full
# of what other tests left in TIME_WAIT. alone FILE VALUE
alone() {
    unshare -rn sh -c "echo $2 >/proc/sys/net/ipv4/$1" 2>/dev/null ||
        skip "a network of its own is not permitted here"
    printf '%s\n' '#!/bin/sh' "exec unshare -rn sh -ec 'ip link set lo up
        echo $2 >/proc/sys/net/ipv4/$1; exec \"\$@\"' sh '$waitbench' \"\$@\"" >"$BATS_TEST_TMPDIR/alone"
    chmod +x "$BATS_TEST_TMPDIR/alone"
    waitbench=$BATS_TEST_TMPDIR/alone
}

@test "ports with the server closing first, and with one address, does not hold" {
    alone tcp_max_tw_buckets 65536
    denies ports --with "-r 6" --with few-client="-w few-ports"
    denies ports --with "-r 6" --with few-addresses="-w few-ports-close-first"
}

@test "ports where there are too few ports is INCONCLUSIVE" {
    alone ip_local_port_range "40000 40099"
    lesson ports
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "cannot be carried out here" "fewer than 200 ports: widen it"
}

@test "ports where TIME_WAIT overflows is INCONCLUSIVE" {
    alone tcp_max_tw_buckets 100
    lesson ports --with "-r 3"
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "were not kept in TIME_WAIT" "wait a minute"
}

@test "ports before Linux 6.3 is INCONCLUSIVE" {
    waitbench="${waitbench%/*}/tests/forbid setsockopt ENOPROTOOPT $waitbench" lesson ports
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "cannot be carried out here" "takes Linux 6.3"
}

@test "a lesson that cannot be carried out is INCONCLUSIVE, and says why" {
    run --separate-stderr bash -c "ulimit -n 64; '$waitbench' lesson streaming --with stream='-c 1000' --results '$results'"
    [[ $status == 0 ]]
    says "$output" "INCONCLUSIVE: " "cannot be carried out here" "descriptors"
}

# A run on a database that cannot serve it has no figure, and says why. messages DATABASE WORD...
messages() {
    local database=$1
    shift
    run --separate-stderr "${as[@]}" "$waitbench" run -d sequential -w messages-insert -n 4 \
        --database "$database"
    [[ $status == 3 ]]
    says "$output" "INVALID"
    says "$stderr" "$@"
}

# A database with some messages.
make_messages() { # DATABASE
    run -0 "$waitbench" run -d sequential -w messages-insert -n 4 --database "$1"
    kept=$(sqlite3 "$1" "SELECT count(*) FROM messages WHERE sender = 'me'")
    ((kept >= 4))
}

@test "a database that is nowhere, or none" {
    messages "$BATS_TEST_TMPDIR/no/such/folder.db" "unable to open"
    echo "not a database, but long enough to be told from one: $(seq 1 200)" >"$BATS_TEST_TMPDIR/text"
    messages "$BATS_TEST_TMPDIR/text" "not a database"
}

@test "a database that another process holds" {
    db=$BATS_TEST_TMPDIR/db
    make_messages "$db"
    mkfifo "$BATS_TEST_TMPDIR/until"
    { echo "BEGIN EXCLUSIVE; SELECT 'locked';" && cat "$BATS_TEST_TMPDIR/until"; } | sqlite3 "$db" \
        >"$BATS_TEST_TMPDIR/holder" 3>&- &
    holder=$!
    started+=("$holder")
    wait_until grep -q locked "$BATS_TEST_TMPDIR/holder"
    messages "$db" "locked" "another process has locked it"
    : >"$BATS_TEST_TMPDIR/until"
    wait "$holder"
    run -0 "$waitbench" run -d sequential -w messages-insert -n 4 --database "$db"
}

@test "a database that may only be read" {
    folder=$(mktemp -d) # where others may look, too: root may write anywhere
    db=$folder/db
    make_messages "$db"
    cp "$waitbench" "$folder/waitbench"
    chmod 444 "$db"
    chmod 755 "$folder"
    ((EUID != 0)) || as=(setpriv --reuid 65534 --clear-groups)
    waitbench=$folder/waitbench messages "$db" "readonly" "it is read-only" "--database"
    [[ $(sqlite3 "$db" "SELECT count(*) FROM messages WHERE sender = 'me'") == "$kept" ]]
    rm -r "$folder"
}

@test "a database on a disk that is full" {
    mount_tiny "$BATS_TEST_TMPDIR/tiny" 64k
    run -1 dd if=/dev/zero of="$BATS_TEST_TMPDIR/tiny/filler" bs=1k
    messages "$BATS_TEST_TMPDIR/tiny/db" "disk is full" "free some space"
    # Enough to begin, and too little for the first thousand.
    mount_tiny "$BATS_TEST_TMPDIR/small" 32k
    messages "$BATS_TEST_TMPDIR/small/db" "disk is full" "free some space"
}

@test "a database that is not used or is no file, a server that is not used" {
    refuses() { # PATTERN OPTION...
        run -2 --separate-stderr "$waitbench" run -d sequential -n 4 "${@:2}"
        complains "$1"
    }
    refuses "workload fib has no database" -w fib --database "$BATS_TEST_TMPDIR/db"
    refuses "workload fib uses no server" -w fib --server localhost:1
    refuses "is no file" -w messages-all --database ""
    refuses "is no file" -w messages-all --database :memory:
}

@test "somebody else's messages stay as they are" {
    db=$BATS_TEST_TMPDIR/db
    sqlite3 "$db" "CREATE TABLE messages (sender, recipient, message);
        INSERT INTO messages VALUES (NULL, NULL, NULL), ('me', 'you', 'hello')"
    messages "$db" "setup failed" "other contents" "--database"
    [[ $(sqlite3 "$db" "SELECT count(*) FROM messages; PRAGMA journal_mode") == $'2\ndelete' ]]
    sqlite3 "$db" "DROP TABLE messages; CREATE TABLE messages (a)"
    messages "$db" "setup failed" "3 values"
}

@test "too few descriptors for a connection a slot" {
    run --separate-stderr bash -c "ulimit -n 20; '$waitbench' run -w messages-rows -d threadpool -c 64 -n 512"
    [[ $status == 3 ]]
    says "$stderr" "INVALID" "Too many open files"
}
