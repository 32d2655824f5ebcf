#!/usr/bin/env bats
# What waitbench has from others: signals that are ignored, rights that it lacks, locks that a file system
# has not, programs that are missing, fail or never end, a parent that dies. And what it leaves to others:
# files that are whole, commands that can be typed again.

load common

small() { # [OPTION...]: a campaign of a second, in the background
    start_waitbench campaign --results "$results" --driver libev --arrivals burst --concurrency 4 \
        --delay 50ms --repetitions 20 --whole-process none --no-pictures --predict off "$@"
}

# ---- signals ----

@test "an ignored signal stays ignored" {
    for signal in HUP INT TERM; do
        rm -rf "$results"
        env --ignore-signal=$signal "$waitbench" campaign --results "$results" --driver libev --arrivals burst \
            --concurrency 4 --delay 50ms --repetitions 20 --whole-process none --no-pictures --predict off \
            >/dev/null 2>&1 3>&- &
        waiting=$!
        started+=("$waiting")
        wait_until has_runs 2
        kill -$signal "$waiting"
        wait "$waiting"
        [[ $(sql "SELECT status, (SELECT count(*) FROM runs) FROM campaigns") == "complete|20" ]]
    done
}

# The signals that the client found ignored, without 32 and 33: these are the C library's own, make starts
# its children with them ignored, and no program can change that.
ignored_by_client() {
    local mask
    mask=$(sed -n 's/^SigIgn:[[:space:]]*//p' "$BATS_TEST_TMPDIR/ignored")
    printf '%x' $((0x$mask & ~0x180000000))
}

@test "programs that it starts get the signals as it got them" {
    # Of an external driver, the signals that are ignored; SIGPIPE is not, though waitbench handles it.
    printf '#!/bin/sh\ngrep SigIgn /proc/self/status >%q\nexit 3\n' "$BATS_TEST_TMPDIR/ignored" >"$BATS_TEST_TMPDIR/client"
    chmod +x "$BATS_TEST_TMPDIR/client"
    run -3 env --default-signal "$waitbench" run --driver "exec:$BATS_TEST_TMPDIR/client" "${tiny[@]}"
    [ "$(ignored_by_client)" = 0 ]
    run -3 env --default-signal --ignore-signal=HUP,PIPE "$waitbench" run --driver "exec:$BATS_TEST_TMPDIR/client" "${tiny[@]}"
    [ "$(ignored_by_client)" = 1001 ]
}

@test "a reader that has read enough is no failure" {
    campaign
    for command in "export --what requests --results $results" "table --all --results $results" "lesson --list" "--help"; do
        # shellcheck disable=SC2016,SC2086 # expanded by the inner shell; several words
        run -0 --separate-stderr bash -c '"$0" "$@" | true; exit "${PIPESTATUS[0]}"' "$waitbench" $command
        [[ -z $output && -z $stderr ]]
    done
}

# ---- the locale ----

@test "a decimal comma is no matter to the comparison with bare programs" {
    [[ -x build/baselines/bare_epoll && $waitbench == "$PWD/build/waitbench" ]] || skip "takes 'make all baselines'"
    command -v localedef >/dev/null || skip "localedef is missing"
    mkdir "$BATS_TEST_TMPDIR/locales"
    localedef -i de_DE -f UTF-8 "$BATS_TEST_TMPDIR/locales/de_DE.UTF-8" 2>/dev/null || skip "there are no locales here"
    LOCPATH=$BATS_TEST_TMPDIR/locales LC_ALL=de_DE.UTF-8 run -0 baselines/compare.sh -d epoll -r 4 -c 4
    says "$output" "1 case compared"
}

@test "kill -9 of the comparison with bare programs: nobody goes on" {
    [[ -x build/baselines/bare_epoll ]] || skip "takes 'make all baselines'"
    baselines/compare.sh -d epoll -r 200 -c 4 >/dev/null 2>&1 3>&- &
    waiting=$!
    started+=("$waiting")
    wait_until are_running randintd
    kill -KILL "$waiting"
    wait "$waiting" || true # killed
    nothing_is_left
}

# ---- rights ----

# Somebody else, who may read and not write: sets `as`, and a waitbench that they can execute.
as_somebody_else() {
    as=(setpriv --reuid 54321 --regid 54321 --clear-groups)
    chmod go+rx "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
    cp "$waitbench" "${waitbench%/*}/randintd" "$BATS_TEST_TMPDIR"
    waitbench=$BATS_TEST_TMPDIR/waitbench
    cd /
    "${as[@]}" "$waitbench" list >/dev/null || skip "needs root, and a temporary directory that others can read"
}

@test "a store that may only be read is read" {
    campaign
    as_somebody_else
    runs=$(sql "SELECT count(*) FROM runs")
    chmod -R a-w,a+rX "$results"
    for command in "table" "export --what runs" "compare latest latest" "explain libev"; do
        # shellcheck disable=SC2086 # several words
        run --separate-stderr "${as[@]}" "$waitbench" $command --results "$results"
        [[ $status == 0 && $output != *"cannot be"* && $stderr != *"cannot be"* ]] || { echo "$command: $output $stderr" >&2; return 1; }
    done
    run -0 "${as[@]}" "$waitbench" table --results "$results"
    says "$output" ": $runs runs"
    run -1 --separate-stderr "${as[@]}" "$waitbench" report --results "$results"
    complains "$results" "Permission denied"
    run -1 --separate-stderr "${as[@]}" "$waitbench" campaign --driver libev --results "$results"
    complains "$results" "Permission denied"
    chmod 000 "$results/waitbench.db"
    run -1 --separate-stderr "${as[@]}" "$waitbench" table --results "$results"
    complains "cannot read the store" "Permission denied"
}

@test "the last runs of a killed campaign are seen, or it is said that they cannot be" {
    small
    wait_until has_runs 3
    finish KILL
    as_somebody_else
    [[ -s $results/waitbench.db-wal ]]
    chmod -R a-w,a+rX "$results"
    run -0 --separate-stderr "${as[@]}" "$waitbench" table --results "$results"
    [[ $output =~ \(running\):\ ([0-9]+)\ runs ]] && ((BASH_REMATCH[1] >= 3))
    nothing_but_noise
    rm "$results/waitbench.db-shm"
    run --separate-stderr "${as[@]}" "$waitbench" table --results "$results"
    says "$stderr" "waitbench.db-wal holds runs" "which are not shown" "copy the folder"
    # Whoever may write sees them again.
    run -0 --separate-stderr "$waitbench" table --results "$results"
    [[ $output =~ \(running\):\ ([0-9]+)\ runs ]] && ((BASH_REMATCH[1] >= 3))
}

@test "a store on a full disk is read" {
    mount_tiny "$results" 20m
    campaign
    [[ $status == 0 ]]
    run -1 bash -c 'cat /dev/zero >"$0"' "$results/filler"
    run -0 --separate-stderr "$waitbench" table --results "$results"
    says "$output" ": 10 runs"
}

# ---- descriptors that are closed ----

@test "standard output closed: said, and no file of ours is written in its place" {
    tiny=(--results "$results" --driver libev --concurrency 4 --requests 8 --delay 1ms --arrivals closed
        --repetitions 1 --whole-process none --predict off --no-pictures)
    status=0
    "$waitbench" campaign "${tiny[@]}" >&- 2>"$BATS_TEST_TMPDIR/said" || status=$?
    [[ $status == 1 && ! -s $results/lock ]]
    grep -q "standard output could not be written whole: Bad file descriptor" "$BATS_TEST_TMPDIR/said"
}

@test "standard input and error closed: nothing is missing" {
    "$waitbench" run --json --driver libev --concurrency 4 --requests 8 --delay 1ms --arrivals closed \
        <&- 2>&- >"$BATS_TEST_TMPDIR/run"
    [[ $(sqlite3 :memory: "SELECT json_extract(readfile('$BATS_TEST_TMPDIR/run'), '$.completed')") == 8 ]]
}

# ---- locks ----

@test "a file system without locks is not another campaign" {
    run -1 --separate-stderr "${waitbench%/*}/tests/forbid" flock ENOLCK "$waitbench" campaign --results "$results" \
        --driver libev "${tiny[@]}"
    complains "cannot lock $results/lock" "No locks available" "--results"
    [[ $stderr != *"another campaign"* ]]
}

@test "an old store is brought up to date by whoever holds the lock, and by nobody else" {
    mkdir "$results"
    sqlite3 "$results/waitbench.db" <tests/unit/schema_8.sql
    sql "PRAGMA application_id = 0x77616974; PRAGMA user_version = 8"
    before=$(md5sum <"$results/waitbench.db")
    exec 9>"$results/lock"
    flock 9
    campaign
    [[ $status == 1 ]]
    complains "another campaign is writing into $results"
    [[ $(md5sum <"$results/waitbench.db") == "$before" && ! -e $results/waitbench.db-wal ]]
    exec 9>&-
    campaign
    [[ $status == 0 && $(sql "PRAGMA user_version") -gt 8 ]]
}

# ---- optional parts ----

@test "an INVALID driver takes nothing from the others, hyperfine's part included" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    printf '#!/bin/sh\nexit 3\n' >"$BATS_TEST_TMPDIR/bad"
    chmod +x "$BATS_TEST_TMPDIR/bad"
    campaign --driver "libev,exec:$BATS_TEST_TMPDIR/bad" --concurrency 4 --whole-process 4
    [[ $status == 3 ]]
    [[ $stderr != *interrupted* && $stderr != *resume* ]]
    says "$output" "Whole processes" "no figure"
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
    [[ $(sql "SELECT group_concat(driver) FROM whole_processes JOIN cases USING (case_id)") == libev ]]
    run -1 --separate-stderr "$waitbench" campaign --resume latest --results "$results"
    complains "is complete: there is nothing to resume"
}

# A hyperfine that does this, first in PATH.
false_hyperfine() { # COMMANDS
    mkdir -p "$BATS_TEST_TMPDIR/false"
    printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/false/hyperfine"
    chmod +x "$BATS_TEST_TMPDIR/false/hyperfine"
    PATH=$BATS_TEST_TMPDIR/false:$PATH
}

@test "a hyperfine that fails takes nothing from the campaign" {
    for does in "exit 7" "kill -9 \$\$" "exit 0" 'while [ "$1" != --export-json ]; do shift; done; echo "{" >"$2"'; do
        rm -rf "$results"
        (
            false_hyperfine "$does"
            campaign --driver libev --concurrency 4 --whole-process 4
            [[ $status == 1 ]]
            says "$stderr" "No times of whole processes: "
            [[ $stderr != *interrupted* ]]
            says "$output" " of libev(4)" "Recorded in"
            [[ $(sql "SELECT status FROM campaigns") == complete ]]
            [[ ! -e $results/latest/hyperfine.json && -z $(find "$results" -name '.*') ]]
        )
    done
}

@test "kill -9 during hyperfine's part: nobody goes on" {
    # A hyperfine that starts others, which start others, in a session of their own and with their own group.
    false_hyperfine "(setsid sh -c 'echo \$\$ >>$BATS_TEST_TMPDIR/pids; sleep 60 & echo \$! >>$BATS_TEST_TMPDIR/pids; wait' &)
        echo \$\$ >>$BATS_TEST_TMPDIR/pids; sleep 60"
    small --repetitions 1 --whole-process 4
    wait_until is_begun 3
    finish KILL
    mapfile -t pids <"$BATS_TEST_TMPDIR/pids"
    for pid in "${pids[@]}"; do
        wait_until is_gone "$pid"
    done
    [[ $(sql "SELECT status FROM campaigns") == running ]]
    nothing_is_left
}

is_begun() { # COUNT
    [[ $(wc -l 2>/dev/null <"$BATS_TEST_TMPDIR/pids") == "$1" ]]
}

@test "kill -9 during hyperfine's part: nor does what the real one times" {
    command -v hyperfine >/dev/null || skip "hyperfine is missing"
    start_waitbench campaign --results "$results" --driver libev --arrivals burst --concurrency 4 --delay 500ms \
        --repetitions 1 --whole-process 4 --no-pictures --predict off
    wait_until are_running hyperfine
    finish KILL
    nothing_is_left
    run -0 --separate-stderr "$waitbench" campaign --resume latest --results "$results" --no-pictures
    [[ $(sql "SELECT (SELECT count(*) FROM whole_processes), status FROM campaigns") == "1|complete" ]]
}

@test "kill -9 while pictures are drawn: nobody goes on, and nothing is left" {
    campaign
    mkdir "$BATS_TEST_TMPDIR/slow" "$BATS_TEST_TMPDIR/tmp"
    printf '#!/bin/sh\necho $$ >>%q\nexec sleep 60\n' "$BATS_TEST_TMPDIR/pids" >"$BATS_TEST_TMPDIR/slow/gnuplot"
    chmod +x "$BATS_TEST_TMPDIR/slow/gnuplot"
    TMPDIR=$BATS_TEST_TMPDIR/tmp PATH=$BATS_TEST_TMPDIR/slow:$PATH start_waitbench draw --results "$results"
    wait_until is_begun 3 # an SVG and a PNG, and the SVG with the other axis
    finish KILL
    mapfile -t pids <"$BATS_TEST_TMPDIR/pids"
    for pid in "${pids[@]}"; do
        wait_until is_gone "$pid"
    done
    wait_until is_empty "$BATS_TEST_TMPDIR/tmp"
    [[ -z $(find "$results" -name '.*') ]]
}

is_empty() { # FOLDER
    [[ -z $(ls -A "$1") ]]
}

# ---- limits on time ----

@test "a server that takes connections and never responds is given up" {
    start_silent
    campaign --driver libev,threadpool --concurrency 4,8 --repetitions 4 --timeout 1s --server "127.0.0.1:$port"
    [[ $status == 1 ]]
    says "$stderr" "the server at 127.0.0.1:$port did not respond in 3 runs in a row" "3 of 32 runs are recorded"
    says "$output" INVALID "stopped in the warm-up after 1.0"
    [[ $(sql "SELECT status FROM campaigns") == failed ]]
}

@test "a server that is not there is given up, one that comes back is not" {
    start_server
    kill -KILL "$server"
    wait "$server" || true # killed
    campaign --driver null,libev --concurrency 4 --repetitions 6 --server "127.0.0.1:$port"
    [[ $status == 1 ]]
    complains_of_it() { says "$stderr" "the server at 127.0.0.1:$port did not respond in 3 runs in a row"; }
    complains_of_it
    [[ $(sql "SELECT count(*) FROM runs JOIN cases USING (case_id) WHERE driver = 'libev'") == 3 ]]
    start_responding '' # it responds with nothing, but it is there
    campaign --driver libev --concurrency 4 --repetitions 5 --server "127.0.0.1:$port"
    [[ $status == 3 ]]
}

# Accepts and says nothing; sets $port.
start_silent() {
    local out
    out=$(mktemp "$BATS_TEST_TMPDIR/silent.XXXXXX")
    perl -MIO::Socket::INET -e '
        $| = 1;
        my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 64) or die;
        print $listener->sockport, "\n";
        push @all, $listener->accept while 1;' >"$out" 2>&1 3>&- &
    started+=("$!")
    wait_until test -s "$out"
    port=$(<"$out")
}

# ---- files ----

@test "a page is whole, whenever its writer is killed" {
    campaign
    for ms in 002 005 010 015 020 030 040 060; do
        start_waitbench report --results "$results"
        sleep "0.$ms"
        kill -KILL "$waiting" 2>/dev/null || true # it may have ended
        wait "$waiting" || true
        for page in "$results/latest/report.html" "$results/index.html"; do
            [[ $(tail -n 1 "$page") == *"</html>" ]]
        done
    done
    run -0 "$waitbench" report --results "$results"
}

@test "what does not fit on the disk leaves what was there before, with the reason" {
    mount_tiny "$BATS_TEST_TMPDIR/small" 20m
    results=$BATS_TEST_TMPDIR/small/r
    campaign
    [[ $status == 0 ]]
    run -0 "$waitbench" export --results "$results" --what requests --output "$results/mine.csv"
    folder=$results/$(readlink "$results/latest")
    if command -v gnuplot >/dev/null; then
        run -0 plots/draw.sh "$folder"
    fi
    before=$(find "$results" -type f ! -name 'waitbench.db*' -exec md5sum {} + | sort)
    run -1 bash -c 'cat /dev/zero >"$0"' "$BATS_TEST_TMPDIR/small/filler"
    run -1 --separate-stderr "$waitbench" report --results "$results"
    complains "report.html could not be written whole: No space left on device"
    run -1 --separate-stderr "$waitbench" export --results "$results" --what requests --output "$results/mine.csv"
    complains "could not be written whole: No space left on device"
    if command -v gnuplot >/dev/null; then
        run -1 plots/draw.sh "$folder"
        says "$output" "failed talk: " "No space left on device"
    fi
    [[ $(find "$results" -type f ! -name 'waitbench.db*' -exec md5sum {} + | sort) == "$before" ]]
}

@test "an export into a link, a pipe or a device goes where it leads" {
    campaign
    ln -s target "$BATS_TEST_TMPDIR/link"
    run -0 "$waitbench" export --results "$results" --output "$BATS_TEST_TMPDIR/link"
    [[ -L $BATS_TEST_TMPDIR/link && -s $BATS_TEST_TMPDIR/target ]]
    run -0 "$waitbench" export --results "$results" --output /dev/stdout
    [[ $output == "$(<"$BATS_TEST_TMPDIR/target")" ]]
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    cat "$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/read" 3>&- &
    reader=$!
    run -0 "$waitbench" export --results "$results" --output "$BATS_TEST_TMPDIR/pipe"
    wait "$reader" # and not for what bats itself has in the background
    [[ $(<"$BATS_TEST_TMPDIR/read") == "$output$(<"$BATS_TEST_TMPDIR/target")" ]]
}

# ---- commands ----

@test "a recorded command can be typed again, whatever is in it and however long it is" {
    results="$BATS_TEST_TMPDIR/it's my \`dir\` \$x"
    mkdir "$results"
    long=$(printf '/.%.0s' {1..300})
    run -0 --separate-stderr "$waitbench" campaign --results "$results$long" --driver libev "${tiny[@]}" --repetitions 1 \
        --whole-process none --no-pictures --predict off
    command=$(sed -n '3s/^``\(.*\)``$/\1/p' "$results/latest/tables.md")
    [[ $command == "waitbench campaign --results "* ]]
    PATH=${waitbench%/*}:$PATH run -0 --separate-stderr bash -c "$command"
    [[ $(sql "SELECT count(*) FROM campaigns") == 2 ]]
    # The page's, with all that it says besides.
    command=$(sed -n 's/&#39;/'"'"'/g; s/.*<pre><code>build\/\(.*\)<\/code><\/pre>.*/\1/p' "$results/latest/report.html")
    says "$command" "--seed"
    PATH=${waitbench%/*}:$PATH run -0 --separate-stderr bash -c "$command"
    [[ $(sql "SELECT count(*) FROM campaigns") == 3 ]]
    [[ $(sql "SELECT count(DISTINCT seed) FROM campaigns") == 2 ]]
    run -2 --separate-stderr "$waitbench" campaign --results "$results" --driver libev --backlog "100$(printf ',100%.0s' {1..2100})"
    complains "the command is too long to be recorded"
    run -1 --separate-stderr "$waitbench" campaign --results "$results$(printf '/.%.0s' {1..500})" --driver libev
    complains "is too long"
}

@test "a lesson's command has its options, its folder and their quotes" {
    results="$BATS_TEST_TMPDIR/a b"
    run --separate-stderr "$waitbench" lesson stack-memory --with='-c 16' --results "$results" --no-pictures
    [[ $(sed -n 3p "$results/latest/tables.md") == "\`waitbench lesson stack-memory --with '-c 16' --results '$results'\`" ]]
}

@test "what goes on with a campaign is said with its folder" {
    results="$BATS_TEST_TMPDIR/a b"
    small --repetitions 60
    wait_until has_runs 2
    finish TERM
    command=$(grep -- '--resume' <<<"$stderr")
    says "$(<"$results/latest/report.html")" "--results &#39;$results&#39;</code> continues it"
    PATH=${waitbench%/*}:$PATH run -0 --separate-stderr bash -c "$command"
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
}

# ---- numbers ----

@test "a damaged case is named, and nothing is computed from it" {
    campaign
    for value in 0 -1 4611686018427387904; do
        sql "UPDATE cases SET concurrency = $value"
        for command in table report export; do
            run -1 --separate-stderr "$waitbench" "$command" --results "$results"
            complains "a case of campaign" "concurrency is"
        done
    done
    campaign --name fresh
    sed 's/^\(libev,randint,[^,]*,[^,]*,closed,[^,]*,32\),4,/\1,0,/' "$results/latest/runs.csv" >"$BATS_TEST_TMPDIR/zero.csv"
    run -1 --separate-stderr "$waitbench" compare "$BATS_TEST_TMPDIR/zero.csv" "$BATS_TEST_TMPDIR/zero.csv"
    complains "concurrency is 0, which is not within 1 and 1000000"
}

@test "a campaign of centuries has its time left, not less than none" {
    command -v python3 >/dev/null || skip "python3 is missing"
    TERM=xterm timeout 60 tests/cli/on_terminal.py 100 "$waitbench" run -d libev -c 1 -n 100M -t 60s -r 3 \
        </dev/null >"$BATS_TEST_TMPDIR/shown" 3>&- &
    started+=("$!")
    wait_until grep -qF "[1/3] about 300000000:00 left" "$BATS_TEST_TMPDIR/shown"
    kill "$!"
    wait "$!" || true # killed
    nothing_is_left
}
