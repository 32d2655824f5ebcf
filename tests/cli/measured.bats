#!/usr/bin/env bats
# docs/lessons/measured.sh: figures go from recorded lessons into their pages, and nowhere else. And
# docs/reference.sh: those of the reference campaign go into the README.

load common

# A recorded lesson as its folder has it. recorded ID COMMAND VALUE
recorded() {
    mkdir -p "$results/$1"
    printf 'words,unit,value,low,high,coverage,runs,relation,bound,finding\n%s\n' \
        "\"ratio, of two\",times,$3,1.5,4321,0.96875,6,at least,2,HOLDS" \
        "late by,s,0.00075,0.0007,0.0008,0.9375,5,at most,0.001,HOLDS" \
        "told only,bytes,4096,4096,4096,0,5,,,"  >"$results/$1/evidence.csv"
    printf 'Lesson 99: something\nHOLDS: all of it\n' >"$results/$1/lesson.txt"
    echo "a machine, 2 cores, campaign $1" >"$results/$1/environment.txt"
    printf '# %s\n\n`%s`\n' "$1" "$2" >"$results/$1/tables.md"
}

measured() {
    run --separate-stderr docs/lessons/measured.sh --results "$results" --pages "$pages" "$@"
}

setup_pages() {
    pages=$BATS_TEST_TMPDIR/pages
    mkdir -p "$pages" "$results"
    printf '%s\n' "# Page" "<!-- measured: tea -->" "stale" "<!-- end -->" "after" >"$pages/99-tea.md"
}

@test "the newest campaign of a lesson as it stands fills its page, again and again" {
    setup_pages
    recorded 20260101-000000-lesson-tea "waitbench lesson tea" 3
    recorded 20260102-000000-lesson-tea "waitbench lesson tea --results '/elsewhere, with blanks'" 5
    recorded 20260103-000000-lesson-tea "waitbench lesson tea --with -c 1" 7
    recorded 20260103-000001-lesson-tea "waitbench lesson tea --results /elsewhere --with -c 1" 7
    recorded 20260103-000002-lesson-tea "waitbench lesson tea --results '/else where' --with '-c 1'" 7
    mkdir "$results/20260104-000000-lesson-tea" # interrupted
    measured
    [[ $status == 0 ]]
    page=$(<"$pages/99-tea.md")
    says "$page" "| ratio, of two | 5 times | [1.5, 4321] (96.9%) | at least 2 | HOLDS |" \
        "| late by | 750 us | range [700 us, 800 us] (93.8%) | at most 1.00 ms | HOLDS |" \
        "| told only | 4.0 KiB | – | – | – |" \
        'HOLDS: all of it.' '`20260102-000000-lesson-tea` of 2026-01-02: a machine, 2 cores.' "after"
    [[ $page != *stale* ]]
    measured tea
    [[ $status == 0 && $(<"$pages/99-tea.md") == "$page" ]]
}

@test "a page shows who accepted which connection, where the lesson does" {
    setup_pages
    recorded 20260101-000000-lesson-tea "waitbench lesson tea" 3
    measured
    before=$(<"$pages/99-tea.md")
    printf '%s\n' "## Evidence" "" "| evidence |" "|--|" "| a |" "" "| worker that accepted | 1st |" "|--|--:|" \
        "| loop | 2 |" "" "## Caveats" >>"$results/20260101-000000-lesson-tea/tables.md"
    measured
    [[ $status == 0 ]]
    [[ $(diff <(echo "$before") "$pages/99-tea.md" | sed -n 's/^> //p') == \
        $'| worker that accepted | 1st |\n|--|--:|\n| loop | 2 |' ]]
}

@test "a page that cannot be filled stays as it is" {
    setup_pages
    before=$(<"$pages/99-tea.md")
    measured
    [[ $status == 1 ]]
    says "$stderr" "no finished campaign of lesson tea"
    recorded 20260101-000000-lesson-tea "waitbench lesson tea" 3
    echo "something else" >"$results/20260101-000000-lesson-tea/evidence.csv"
    measured
    [[ $status == 1 && $(<"$pages/99-tea.md") == "$before" ]]
    recorded 20260101-000000-lesson-tea "waitbench lesson tea" 3
    sed -i '/end/d' "$pages/99-tea.md"
    before=$(<"$pages/99-tea.md")
    measured
    [[ $status == 1 && $(<"$pages/99-tea.md") == "$before" ]]
    says "$stderr" "has no '<!-- end -->'"
    [[ $(ls "$pages") == 99-tea.md ]]
}

@test "wrong usage of measured.sh" {
    setup_pages
    recorded 20260101-000000-lesson-tea "waitbench lesson tea" 3
    measured coffee
    [[ $status == 1 ]]
    says "$stderr" "no page is about a lesson 'coffee'"
    measured --nosuch
    [[ $status == 2 ]]
    run --separate-stderr docs/lessons/measured.sh --results "$BATS_TEST_TMPDIR/nosuch"
    [[ $status == 1 ]]
    says "$stderr" "there is no folder"
}

@test "every lesson has a page, its answers and a line in the index" {
    lessons=$("$waitbench" lesson --list | awk 'NR > 2 {print $1, $2}')
    says "$lessons" nagle timers
    while read -r number name; do
        page=$(printf '%02d-%s.md' "$number" "$name")
        grep -q "^<!-- measured: $name -->\$" "docs/lessons/$page"
        grep -q "^<!-- end -->\$" "docs/lessons/$page"
        [[ -s docs/lessons/answers/$page ]]
        grep -q "| $number | \[$name\]($page) |" docs/lessons/README.md
    done <<<"$lessons"
}

@test "the README's table is the reference campaign's" {
    cp README.md "$BATS_TEST_TMPDIR/README.md"
    sed -i 's/^| threadpool | 4096 .*/| stale |/' "$BATS_TEST_TMPDIR/README.md"
    docs/reference.sh "$BATS_TEST_TMPDIR/README.md"
    diff README.md "$BATS_TEST_TMPDIR/README.md"
    [[ $(grep -c '^| threadpool | \|^| libev | ' README.md) -ge 4 ]] # more where runs are in two modes
}

@test "in the README's table runs in two modes are two rows" {
    cp README.md "$BATS_TEST_TMPDIR/README.md"
    awk -F, -v OFS=, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $1 == "libev" && $at["backlog"] == 100 && $at["concurrency"] == 1024 {
            $at["two_modes"] = 1
            $at["fast_runs"] = 2; $at["fast_s"] = 0.139; $at["fast_per_request_s"] = 0.0001357
            $at["slow_runs"] = 4; $at["slow_s"] = 1.141; $at["slow_per_request_s"] = 0.001114
        }
        { print }' results/reference/cases.csv >"$BATS_TEST_TMPDIR/cases.csv"
    docs/reference.sh "$BATS_TEST_TMPDIR/README.md" "$BATS_TEST_TMPDIR/cases.csv"
    says "$(cat "$BATS_TEST_TMPDIR/README.md")" "| libev | 100 | 139 (2 of 6 runs) | " " | 136 | 7369 | 71.9% | " "| libev | 100 | 1141 (4 of 6 runs) | "
}

@test "a README without a table, or cases that lack one of its rows, change nothing" {
    readme=$BATS_TEST_TMPDIR/README.md
    echo "no table" >"$readme"
    run --separate-stderr docs/reference.sh "$readme"
    [[ $status == 1 && $(<"$readme") == "no table" ]]
    says "$stderr" "lacks '<!-- reference table -->'"
    cp README.md "$readme"
    head -n 10 results/reference/cases.csv >"$BATS_TEST_TMPDIR/cases.csv"
    run --separate-stderr docs/reference.sh "$readme" "$BATS_TEST_TMPDIR/cases.csv"
    [[ $status == 1 ]]
    diff README.md "$readme"
    says "$stderr" "does not have four cases"
}
