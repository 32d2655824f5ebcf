#!/usr/bin/env bats
# The page of a campaign: what is on it, what it says when something is missing, and how it behaves in
# a real browser.

load common

report() { # [CAMPAIGN]: written, its text in $page
    run -0 --separate-stderr "$waitbench" report --results "$results" "$@"
    page=$output
    text=$(<"$page")
}

@test "a campaign's page holds the question, the answer, tables, the way to repeat it" {
    campaign --driver libev,threadpool
    plots/draw.sh "$results/latest" >/dev/null
    report
    says "$text" "<!DOCTYPE html>" "Question" "Who: at 8 in flight" "<svg role=\"img\"" \
        "picture-talk" "picture-waterfall" "What it cost: the ledger" "--seed 7" "Environment" \
        "../../drivers/libev.c" "kernel"
    [[ -s $results/index.html ]]
    says "$(<"$results/index.html")" "report.html" "Any two of them"
    # It needs nothing but itself.
    ! grep -Eo '(src|href)="https?:[^"]*"|@import|url\(http' "$page"
}

@test "a page without pictures, of an unfinished campaign, with INVALID runs" {
    campaign
    sqlite3 "$results/waitbench.db" "UPDATE campaigns SET status = 'interrupted';
        UPDATE runs SET verdict = 'INVALID', reasons = '<b>no & \"figure\"' WHERE block = 1"
    report
    says "$text" "Nothing was drawn" "not complete (interrupted)" "runs are INVALID" "campaign --resume" \
        "&lt;b&gt;no &amp; &quot;figure&quot;"
    [[ $text != *"<b>no"* ]]
}

@test "a lesson's page shows claim, verdict and evidence" {
    run -0 --separate-stderr "$waitbench" lesson nagle --results "$results"
    plots/draw.sh "$results/latest" >/dev/null
    report
    says "$text" "Claim" "Theory" "Evidence" "median latency, two writes" "picture-lesson" \
        "waitbench lesson nagle"
}

@test "no store, no campaign: a line that says so" {
    run -1 --separate-stderr "$waitbench" report --results "$BATS_TEST_TMPDIR/none"
    complains "there is no store"
    campaign
    run -1 --separate-stderr "$waitbench" report nosuch --results "$results"
    complains "no campaign 'nosuch'"
}

@test "in a browser: quiet, sound, sortable, readable in both schemes and on a phone" {
    campaign --name one
    plots/draw.sh "$results/latest" >/dev/null
    report
    run -0 python3 tests/browser/check_page.py "$page" quiet sound sorts wide light opens dark phone
    echo "$output"
    run -0 python3 tests/browser/check_page.py "$results/index.html" quiet sound wide compares
}
