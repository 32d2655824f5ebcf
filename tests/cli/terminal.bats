#!/usr/bin/env bats
# What a person at a terminal sees: it fits, nothing is lost where there is no terminal, and pictures are
# drawn and named whatever happens.

load common

setup_file() {
    command -v python3 >/dev/null || skip "python3 is missing"
    export RECORDED=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    # Two backlogs, one of which is made to look too short; a driver with a long name, and one whose runs are
    # cut off by the time box.
    for name in one two; do
        "${WAITBENCH:-build/waitbench}" campaign --results "$RECORDED" --name "$name" --delay 5ms \
            --concurrency 4,64 --driver null,sequential,thread-per-request,libev --backlog 4096,32 --requests 128 \
            --repetitions 2 --whole-process none --no-pictures >/dev/null 2>&1
    done
    sqlite3 "$RECORDED/waitbench.db" "UPDATE usage SET value = 7 * (run_id IN (SELECT run_id FROM run_figures
        WHERE backlog = 32)) WHERE metric IN ('syn_retransmits', 'listen_overflows')"
}

@test "nothing is wider than the terminal" {
    for columns in 100 80; do
        for command in --help "campaign --help" list env "lesson --list"; do
            # shellcheck disable=SC2086 # words
            fits "$columns" "$waitbench" $command
            [[ $status == 0 ]]
        done
        for command in table "explain thread-per-request" "compare one two" "compare one --drivers libev,thread-per-request"; do
            # shellcheck disable=SC2086 # words
            fits "$columns" "$waitbench" $command --results "$RECORDED"
            [[ $status == 0 ]]
        done
        fits "$columns" "$waitbench" run --driver thread-per-request "${tiny[@]}"
        [[ $status == 0 ]]
        fits "$columns" "$waitbench" limits --results "$results" --driver thread-per-request --max 8 --delay 20ms \
            --no-pictures
        [[ $status == 0 ]]
        fits "$columns" "$waitbench" campaign --results "$results" --driver libev,thread-per-request "${tiny[@]}" \
            --repetitions 1 --whole-process none
        [[ $status == 0 ]]
        says "$output" "Summary" "Recorded in $results" "report.html" "talk.png"
    done
    fits 40 "$waitbench" list
}

@test "a terminal gets the columns that matter, and the order is: what ran, tables, caveats, summary" {
    fits 100 "$waitbench" table one --results "$RECORDED"
    says "$output" "C  makespan" "requests/s" "efficiency" "SYN rtx  overflows" \
        "SYN rtx: SYN retransmissions; overflows: accept-queue overflows" " of 128 "
    [[ $output != *"Resource usage ("* && $output != *errors* && $output != *predicted* ]]
    # A table in which the kernel counted nothing has no column for it.
    [[ $(grep -c "^driver .*makespan" <<<"$output") == 4 && $(grep -c "SYN rtx  overflows" <<<"$output") == 2 ]]
    order=$(grep -oE '^(Campaign |In the talk|randint, |Caveats|Summary|Result)' <<<"$output" | uniq)
    [[ $order == $'Campaign \nIn the talk\nrandint, \nCaveats\nSummary\nResult' ]]
}

@test "a range is called a range, by the title of its column or by itself" {
    "$waitbench" campaign --results "$results" --driver libev --delay 2ms --concurrency 4,8 --requests 16 \
        --arrivals closed --repetitions 6 --whole-process none --no-pictures >/dev/null 2>&1
    fits 100 "$waitbench" table --results "$results"
    says "$output" " interval (coverage) " "] 97% "
    [[ $output != *range* ]]
    sql "DELETE FROM runs WHERE block >= 3 AND case_id = (SELECT min(case_id) FROM cases)"
    fits 100 "$waitbench" table --results "$results"
    says "$output" " interval (coverage) " " range ["
    [[ $output =~ "  range ["[^$'\n']+"] 75% " && $output =~ "  ["[^$'\n']+"] 97% " ]]
    sql "DELETE FROM runs WHERE block >= 3"
    fits 100 "$waitbench" table --results "$results"
    says "$output" " range (coverage) " "] 75% "
    [[ $output != *interval* && $output != *"range ["* ]]
}

@test "the evidence of a lesson fits: a line of it wraps in its own column" {
    "$waitbench" lesson nagle --results "$results" --no-pictures >/dev/null 2>&1
    fits 80 "$waitbench" table --results "$results"
    [[ $(sed -n '/^Evidence/,/^Verdict/p' <<<"$output" | grep -cE '(HOLDS|HERE|INCONCLUSIVE) *$') == 4 ]]
    # A finding stands in the line of its figure.
    [[ $(sed -n '/^Evidence/,/^Verdict/p' <<<"$output" | grep -cE '\] 97% .* (HOLDS|HERE|INCONCLUSIVE) *$') == 4 ]]
}

@test "without a terminal everything is printed, as with --all on one" {
    for command in list "explain libev --results $RECORDED" "table one --results $RECORDED" \
        "compare one two --results $RECORDED"; do
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr "$waitbench" $command
        piped=$output
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr tests/cli/on_terminal.py 80 "$waitbench" $command --all </dev/null
        [[ $output == "$piped" ]]
        # shellcheck disable=SC2086 # words
        [[ $("$waitbench" $command --all) == "$piped" ]]
    done
    says "$("$waitbench" table one --results "$RECORDED")" " p99 " "time per request" "Resource usage (" \
        "Latency breakdown"
}

@test "no escape sequences where the terminal has none, or is none" {
    for term in dumb ''; do
        TERM=$term fits 100 "$waitbench" campaign --results "$results" --driver libev "${tiny[@]}" --repetitions 1 \
            --whole-process none --no-pictures
        [[ $status == 0 && $output != *$'\e'* && $output != *$'\r'* ]]
    done
    TERM=xterm fits 100 "$waitbench" campaign --results "$results" --driver libev "${tiny[@]}" --repetitions 1 \
        --whole-process none --no-pictures
    [[ $output == *$'\r\e[K[1/2] '*"libev closed 4"* ]]
    run -0 bash -c '"$@" 2>&1' - "$waitbench" campaign --results "$results" --driver libev "${tiny[@]}" \
        --repetitions 1 --whole-process none --no-pictures
    [[ $output != *$'\e'* && $output != *$'\r'* ]]
}

# What somebody else's store, export or path holds is text, not a command to the terminal.
@test "nobody else's escape sequences reach a terminal or a file" {
    mkdir "$results"
    cp "$RECORDED/waitbench.db" "$results"
    sql "PRAGMA ignore_check_constraints = ON;
        UPDATE cases SET driver = char(27) || '[31m' || driver;
        UPDATE runs SET reasons = char(27) || '[5mboo', quality = 'NOISY', active = char(27) || 'way';
        UPDATE campaigns SET command = char(27) || 'command';
        UPDATE environment SET value = char(27) || 'value'"
    for command in "table one" "table one --markdown" "export one --what runs" "compare one one" "compare one two" \
        "report one" "export one --what environment"; do
        # shellcheck disable=SC2086 # words
        run tests/cli/on_terminal.py 100 "$waitbench" $command --results "$results" </dev/null
        [[ $status == 0 && -n $output && $output != *$'\e'* ]]
    done
    run -1 grep -rl $'\e' "$results"/*.html "$results"/*/
    "$waitbench" export one --what runs --results "$results" | sed '2s/OK\|NOISY/\x1b[31m/' >"$BATS_TEST_TMPDIR/runs.csv"
    run -1 tests/cli/on_terminal.py 100 "$waitbench" compare "$BATS_TEST_TMPDIR/runs.csv" latest --results "$results" </dev/null
    [[ $output == *"quality is '?[31m'"* && $output != *$'\e'* ]]
}

@test "pictures are drawn and named, or not wanted, or gnuplot is missing" {
    campaign --repetitions 1
    [[ $status == 0 && ! -e $results/latest/talk.svg && -s $results/latest/report.html ]]
    [[ $output != *talk.png* && $stderr != *gnuplot* ]]
    run -0 --separate-stderr env PATH="$(path_of bash)" "$waitbench" campaign --results "$results" \
        --driver libev "${tiny[@]}" --repetitions 1 --whole-process none
    says "$stderr" "No pictures: gnuplot is missing: './run.sh deps' installs it"
    run -1 --separate-stderr env PATH="$(path_of bash)" "$waitbench" draw --results "$results"
    complains "gnuplot is missing"
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    for what in "draw --results $results" "draw $results/latest" "draw $results/latest/ --highlight libev"; do
        rm -f "$results"/*/talk.*
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr "$waitbench" $what
        says "$output" "Recorded in $results/$(readlink "$results/latest")" talk.png report.html
        [[ -s $results/latest/talk.svg && -s $results/latest/talk.png ]]
    done
    run -0 --separate-stderr "$waitbench" draw --results "$results" --terminal
    says "$output" "L libev" "Time per request"
    run -1 --separate-stderr "$waitbench" draw nosuch --results "$results"
    complains "holds no campaign 'nosuch'"
    run -2 --separate-stderr "$waitbench" draw "$results/nosuch"
    complains "is not a folder"
}

# A gnuplot that never ends.
slow_gnuplot() {
    mkdir -p "$BATS_TEST_TMPDIR/slow"
    printf '#!/bin/sh\necho >>%q\nexec sleep 60\n' "$BATS_TEST_TMPDIR/began" >"$BATS_TEST_TMPDIR/slow/gnuplot"
    chmod +x "$BATS_TEST_TMPDIR/slow/gnuplot"
}

@test "Ctrl-C while pictures are drawn: the rest is there, and how to go on" {
    slow_gnuplot
    PATH=$BATS_TEST_TMPDIR/slow:$PATH perl -e 'setpgrp; $SIG{INT} = "DEFAULT"; exec @ARGV' "$waitbench" campaign \
        --results "$results" --driver libev "${tiny[@]}" --repetitions 1 --whole-process none \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    drawing=$!
    started+=("$drawing")
    for _ in {1..400}; do
        [[ ! -e $BATS_TEST_TMPDIR/began ]] || break
        sleep 0.05
    done
    kill -INT -- "-$drawing"
    status=0
    wait "$drawing" || status=$?
    [[ $status == 1 ]]
    says "$(<"$BATS_TEST_TMPDIR/err")" "interrupted while drawing; 'waitbench draw' draws the pictures"
    says "$(<"$BATS_TEST_TMPDIR/out")" "Summary" "Recorded in $results" "report.html"
    [[ -s $results/latest/report.html && -z $(find "$results" -name '.drawing*') ]]
    [[ $(sql "SELECT status FROM campaigns") == complete ]]
}

@test "a decimal comma is no matter" {
    command -v gnuplot >/dev/null && command -v localedef >/dev/null || skip "takes gnuplot and localedef"
    mkdir "$BATS_TEST_TMPDIR/locales"
    localedef -i de_DE -f UTF-8 "$BATS_TEST_TMPDIR/locales/de_DE.UTF-8" 2>/dev/null || skip "there are no locales here"
    export LOCPATH=$BATS_TEST_TMPDIR/locales
    [[ $(LC_ALL=de_DE.UTF-8 printf '%.1f' 1) == 1,0 ]]
    cp -r "$RECORDED/$(readlink "$RECORDED/latest")" "$BATS_TEST_TMPDIR/comma"
    cp -r "$RECORDED/$(readlink "$RECORDED/latest")" "$BATS_TEST_TMPDIR/point"
    LC_ALL=de_DE.UTF-8 plots/draw.sh "$BATS_TEST_TMPDIR/comma" >/dev/null
    LC_ALL=C plots/draw.sh "$BATS_TEST_TMPDIR/point" >/dev/null
    for picture in "$BATS_TEST_TMPDIR"/point/*.svg; do
        cmp "$picture" "$BATS_TEST_TMPDIR/comma/${picture##*/}"
    done
    LC_ALL=de_DE.UTF-8 run -0 "$waitbench" table one --results "$RECORDED"
    [[ $output == "$(LC_ALL=C "$waitbench" table one --results "$RECORDED")" ]]
}
