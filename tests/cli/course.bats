#!/usr/bin/env bats
# The course: its commands parse, its links lead somewhere, its starting points build, and worksheets are
# what the handouts say.

load common

course=docs/course

worksheet() { # [OPTION...]
    run --separate-stderr timeout 120 "$waitbench" worksheet --results "$results" "$@"
}

# Lines of code blocks that begin with a program of ours.
commands_of() { # FILE
    sed -nE 's/^ *(build\/)?((waitbench|randintd) .*)$/\2/p' "$1"
}

@test "every command of the course parses" {
    local file line count=0 commands
    commands=$("$waitbench" --help)
    mkdir "$BATS_TEST_TMPDIR/student"
    cp "$course"/assignments/*/*.py "$BATS_TEST_TMPDIR/student"
    for file in "$PWD/$course"/*.md "$PWD/$course"/*/*.md "$PWD/$course"/*/*/*.md; do
        while read -r line; do
            [[ $line != *"grade "* || $commands == *" grade "* ]] || continue
            eval "set -- $line" # the project's own text, quotes and all
            [[ $1 == waitbench ]] && set -- "$waitbench" "${@:2}" || set -- "$randintd" "${@:2}"
            run --separate-stderr env -C "$BATS_TEST_TMPDIR/student" timeout 20 "$@" --help
            [[ $status == 0 ]] || { echo "$file: $line: $stderr" >&2; return 1; }
            count=$((count + 1))
        done < <(commands_of "$file")
    done
    ((count > 30)) || { echo "only $count commands" >&2; return 1; }
}

@test "every lesson that the course names is there" {
    local name names
    names=$("$waitbench" lesson --list)
    for name in $(grep -hoE 'waitbench lesson [a-z-]+' -r "$course" | awk '{print $3}' | sort -u); do
        grep -qw -- "$name" <<<"$names" || { echo "no lesson $name" >&2; return 1; }
    done
}

@test "every link of the course leads to a file and a heading" {
    python3 tests/cli/check_links.py "$course" docs/README.md
}

@test "the slides stand alone" {
    local page
    for page in "$course"/slides/lab{1,2,3}.html; do
        says "$(<"$page")" '<html lang="en">' '<h1 id="t1">' 'aria-labelledby="t2"'
        if grep -E '<script|https?://|@import' "$page"; then return 1; fi
    done
    says "$(<"$course/slides/slides.css")" "@page" "break-after: page" "prefers-color-scheme: dark"
    if grep -E '@import|url\(' "$course/slides/slides.css"; then return 1; fi
}

@test "handouts do not hold the solutions" {
    run grep -l "Solutions" "$course"/lab?.md
    [[ $status == 1 ]]
    run grep -lE 'instructor/lab|--key' "$course"/lab?.md
    [[ $status == 1 ]]
}

@test "the starting points build, and say what is to be written" {
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. -isystem /usr/share/include/llhttp -Wall -Wextra -Wshadow -Werror \
        -c -o "$BATS_TEST_TMPDIR/driver.o" "$course/assignments/driver/driver.c"
    if [[ $("$waitbench" --help) == *" grade "* ]]; then
        run timeout 120 "$waitbench" grade "$course/assignments/driver/driver.c" --checks-only --seed 1
        [[ $status == 1 ]]
        says "$output" "mine_run() is not written yet"
    fi
    run --separate-stderr timeout 60 "$waitbench" run \
        -d "exec:$course/assignments/driver/driver.py" "${tiny[@]}"
    [[ $status == 3 ]]
    says "$stderr" "run() is not written yet"
    run --separate-stderr timeout 60 "$waitbench" run -d epoll \
        -S "exec:$course/assignments/server-model/server.py" "${tiny[@]}"
    [[ $status == 1 ]]
    says "$stderr" "serve() is not written yet"
    nothing_is_left
}

@test "a worksheet is the same again, and another one for another student" {
    worksheet lab1 --seed 17
    [[ $status == 0 && -z $stderr ]]
    first=$output
    says "$first" "# Worksheet lab1" "Question q5" "-d sequential -n 50 -t 10ms" "--predict q1=…" "which takes"
    [[ ! -e $results ]] # looking leaves nothing behind
    worksheet lab1 --seed 17
    [[ $output == "$first" ]]
    worksheet lab1 --seed 18
    [[ $output != "$first" ]]
    worksheet lab1 --seed 17 --student Ada
    [[ $output != "$first" && $output == *"--student Ada"* ]]
}

@test "a student's name is text, in Markdown, pages and shells alike" {
    # shellcheck disable=SC2016 # it is not to be expanded
    name='<b>$(touch /tmp/waitbench-name)|`x` & "Zoë"'
    worksheet lab1 --seed 1 --student "$name"
    says "$output" '\<b\>$(touch /tmp/waitbench-name)\|\`x\` \& "Zoë"'
    worksheet lab1 --seed 1 --student "$name" --output "$BATS_TEST_TMPDIR/sheet.html"
    [[ $status == 0 && -z $output ]]
    says "$(<"$BATS_TEST_TMPDIR/sheet.html")" "&lt;b&gt;" "</html>" "<h2>Question q5</h2>"
    if grep -F '<b>$' "$BATS_TEST_TMPDIR/sheet.html"; then return 1; fi
    [[ ! -e /tmp/waitbench-name ]]
    worksheet lab1 --seed 1 --student $'a\nb'
    [[ $status == 2 ]]
    complains "no control characters"
}

@test "solutions are printed for a class, and nothing else" {
    worksheet lab2 --key --seeds 1-3
    [[ $status == 0 ]]
    says "$output" "Solutions of lab2" "at least 1.20 s" "M/D/1"
    (($(grep -c '^| *[123] | q[1-5]' <<<"$output") == 15))
    [[ ! -e $results ]]
}

@test "predictions come before the runs, and stay" {
    worksheet lab3 --seed 17 --run
    [[ $status == 1 ]]
    complains "predict first: there is none for q1"
    worksheet lab3 --seed 17 --predict q1=1,q2=0.5,q3=1Mi
    [[ $status == 0 && $output == "3 of the 5 questions predicted" ]]
    worksheet lab3 --seed 17 --predict q4=oops,q5=1s
    [[ $status == 2 ]]
    complains "the prediction for q4"
    worksheet lab3 --seed 17 --predict q3=2Mi,q4=8Ki,q5=100ms
    [[ $status == 0 ]]
    worksheet lab3 --seed 17
    says "$output" "Predicted: 2Mi." "Predicted: 0.5."
    file=("$results"/worksheets/lab3-17-*.txt)
    (($(wc -l <"${file[0]}") == 6))
    [[ $(head -n 1 "${file[0]}") =~ ^20[0-9-]+T[0-9:]+Z$'\t'predicted$'\t'q1$'\t'1$ ]]
}

@test "a run shows the outcomes beside the predictions" {
    worksheet lab3 --seed 23 --no-pictures --predict q1=1.1,q2=0.01,q3=1Mi,q4=8Ki,q5=9s --run
    [[ $status == 0 || $status == 3 ]] # INVALID on a machine that is busy enough
    says "$output" "predicted" "data quality" "q5" "9s" "at least 4.0 KiB" "at most 0.5"
    worksheet lab3 --seed 23 --predict q1=2
    [[ $status == 1 ]]
    complains "its predictions stay as they are"
    (($(sql "SELECT count(*) FROM runs") == 42))
    worksheet lab3 --seed 23 --output "$BATS_TEST_TMPDIR/outcome.md"
    says "$(<"$BATS_TEST_TMPDIR/outcome.md")" "## Outcomes" "Predicted: 9s." "the prediction was"
    nothing_is_left
}

@test "wrong usage of worksheets" {
    wrong() { # PATTERN ARGUMENT...
        worksheet "${@:2}"
        [[ $status == 2 ]]
        complains "$1"
    }
    wrong "say which lab: lab1, lab2, lab3"
    wrong "there is no lab 'lab9'" lab9 --seed 1
    wrong "say which seed" lab1
    wrong "--seed" lab1 --seed 0
    wrong "no range" lab1 --key --seeds 5
    wrong "no range" lab1 --key --seeds 5-1
    wrong "no range" lab1 --key --seeds 1-5000
    wrong "printed alone" lab1 --seed 1 --key --run
    wrong "goes with --key" lab1 --seeds 1-2
    wrong "ends in .html or .md" lab1 --seed 1 --output sheet.pdf
    wrong "has no question 'q9'" lab1 --seed 1 --predict q9=1
    wrong "not like q1=0.8s" lab1 --seed 1 --predict q1
    wrong "not above 0" lab1 --seed 1 --predict q1=0s
    mkdir -p "$results/worksheets"
    worksheet lab1 --seed 1 --predict q1=1s
    file=("$results"/worksheets/lab1-1-*.txt)
    echo "nonsense" >>"${file[0]}"
    worksheet lab1 --seed 1
    [[ $status == 1 ]]
    complains "line 2 is none of a worksheet's predictions"
}
