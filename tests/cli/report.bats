#!/usr/bin/env bats
# The page of a campaign and the index of all: what is on them, what they say if something is missing, and how
# they behave in a real browser.

load common

report() { # [CAMPAIGN]: written, its text in $text
    run -0 --separate-stderr "$waitbench" report --results "$results" "$@"
    page=$output
    text=$(<"$page")
    index=$(<"$results/index.html")
}

says_not() { # TEXT PATTERN...
    local text=$1 pattern
    shift
    for pattern; do
        [[ $text != *"$pattern"* ]] || { printf '"%s" in:\n%s\n' "$pattern" "$text" >&2; return 1; }
    done
}

# In this order, whatever is between. (Bash takes a minute to cut a page up.)
in_order() { # TEXT PATTERN...
    printf '%s' "$1" | perl -0777 -e '
        $text = <STDIN>;
        for (@ARGV) {
            $at = index $text, $_, $at;
            die "no \"$_\", or not in its place\n" if $at < 0;
            $at += length;
        }' "${@:2}"
}

browse() { # PAGE CHECK...
    run python3 tests/browser/check_page.py "$@"
    echo "$output"
    [[ $status == 0 ]]
}

set_texts() { # TABLE COLUMN=VALUE...: in every row
    local table=$1 pair
    shift
    for pair; do
        sql "UPDATE $table SET ${pair%%=*} = '${pair#*=}'"
    done
}

@test "a campaign's page: the summary, the chart, then the rest" {
    ln -s "$PWD/drivers" "$BATS_TEST_TMPDIR/drivers" # as in the project: two folders above the page
    campaign --driver libev,threadpool --name mine
    [[ -e $results/latest/report.html && -e $results/index.html ]]
    plots/draw.sh "$results/latest" >/dev/null
    report
    in_order "$text" "<!DOCTYPE html>" "<title>Campaign mine" "<h1>Campaign mine" \
        "id=\"summary\">Summary" "How should a program wait" "Result:</strong> at 8 in flight" \
        "Explanation:</strong>" "Limits:</strong>" "picture-talk" \
        "<img alt=\"Time per request." "src=\"data:image/svg+xml;base64," "picture-waterfall" \
        "id=\"tables\"" "time per request</dt>" "id=\"usage\">Resource usage and latency breakdown" \
        "<table" "<table" "id=\"caveats\">Caveats" "id=\"drivers\"" "no stacks, no locks" \
        "href=\"../../drivers/libev.c\"" "id=\"reproduce\">Reproduce" "build/waitbench campaign" "--seed 7" \
        "id=\"environment\"" "kernel"
    in_order "$index" "href=\"${page#"$results/"}\"" "complete" "8 cases" "--seed 7" "Compare two campaigns"
    # They need nothing but themselves.
    run -1 grep -EHo '(src|href)="(https?:|//)[^"]*"|@import|url\(.?http' "$page" "$results/index.html"
    # A page that lies elsewhere has no links that lead nowhere.
    rm "$BATS_TEST_TMPDIR/drivers"
    report
    says "$text" "<code>drivers/libev.c</code>"
    says_not "$text" "href=\"../../drivers"
}

@test "without gnuplot there are no pictures, and the page says so" {
    campaign
    run env PATH="$(path_of bash cat dirname)" plots/draw.sh "$results/latest"
    [[ $status == 1 ]]
    report
    says "$text" "No pictures: gnuplot is missing" "id=\"usage\""
    says_not "$text" "<figure" "More pictures"
    # Half a picture is none.
    echo "<svg><g>" >"$results/latest/talk.svg"
    report
    says "$text" "This picture cannot be shown" "is not a complete picture" "id=\"usage\""
    says_not "$text" "<img"
}

@test "a large SVG makes way for the PNG" {
    campaign
    { echo "<svg>" && head -c 300000 /dev/zero | tr '\0' ' ' && echo "</svg>"; } >"$results/latest/talk.svg"
    printf '\211PNG........IEND....' >"$results/latest/talk.png"
    report
    says "$text" "src=\"data:image/png;base64,iVBORy4u"
    echo "<svg>small</svg>" >"$results/latest/talk.svg"
    report
    says "$text" "src=\"data:image/svg+xml;base64,$(base64 "$results/latest/talk.svg")"
}

@test "what a picture's file holds is neither run nor loaded" {
    campaign
    cat >"$results/latest/talk.svg" <<'TEXT'
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:h="http://www.w3.org/1999/xhtml"
 width="9" height="9" viewBox="0 0 9 9" onload="parent.hacked = window.hacked = 1"><title>Gnuplot</title>
<script>parent.hacked = window.hacked = 1</script><image href="http://127.0.0.1:1/x.png"/>
<style>@import "http://127.0.0.1:1/x.css";</style><h:img src="http://127.0.0.1:1/x.png" onerror="window.hacked = 1"/>
<foreignObject><h:script>window.hacked = 1</h:script></foreignObject>
<path id="a" d="M0,0 L9,9" stroke="url(http://127.0.0.1:1/x.svg#a)" style="fill: url(http://127.0.0.1:1/x.svg#a)" onclick="window.hacked = 1"/>
<use href="http://127.0.0.1:1/x.svg#a"/><use xlink:href="data:image/svg+xml,x#a"/><a xlink:href="javascript:window.hacked=1"><text>x</text></a>
<g class="point" data-run="1;window.hacked=1"><title>&lt;img src=x onerror="window.hacked=1"&gt;</title><circle class="x" cx="1" cy="1"/></g>
<g class="told t1" display="none"><text>&lt;script&gt;window.hacked=1&lt;/script&gt;</text></g><animate attributeName="href" to="x"/></svg>
TEXT
    report
    browse "$page" quiet unhacked
}

@test "a campaign that was interrupted, and one that died" {
    campaign --driver libev,threadpool
    for status_ in interrupted running failed; do
        set_texts campaigns status=$status_
        report
        says "$text" "This campaign is not complete ($status_)" "campaign --resume $(basename "$(dirname "$page")")"
        says "$index" "<td>$status_</td>"
    done
    # Interrupted before its first run: nothing to judge, and no fault.
    sql "DELETE FROM runs"
    report
    says "$text" "not run" "No comparison"
}

@test "INVALID and NOISY cases are named at the top, the reasons below" {
    campaign --driver libev,threadpool
    sql "UPDATE runs SET quality = 'OK', reasons = ''"
    sql "UPDATE runs SET quality = 'INVALID', reasons = 'it broke' WHERE block = 1
         AND case_id = (SELECT case_id FROM cases WHERE driver = 'libev' LIMIT 1)"
    report
    in_order "$text" "1 run is INVALID" "href=\"#caveats\"" "Result:" "no figure" \
        "<td class=\"INVALID\">INVALID</td>" "id=\"caveats\"" "INVALID:</strong>" "such as: it broke"
    says "$index" "1 INVALID"
    set_texts runs quality=INVALID
    report
    says "$text" "runs are INVALID" "No comparison"
    set_texts runs quality=NOISY
    report
    in_order "$text" "cases are NOISY" "Result:" "(NOISY)" "id=\"caveats\"" "NOISY:</strong>"
    says_not "$text" "INVALID</strong>"
}

@test "names and values on the pages are text" {
    client="$BATS_TEST_TMPDIR/<hacked>&.py"
    ln -s "$PWD/programs/python_asyncio.py" "$client"
    ln -s "$PWD"/programs/waitbench_client.* "$BATS_TEST_TMPDIR"
    campaign --driver "libev,exec:$client" --concurrency 8
    [[ $(sql "SELECT count(*) FROM cases WHERE driver LIKE 'exec:%<hacked>%'") -gt 0 ]]
    bad='</script><hacked>"&x<script>window.hacked=1</script><img src=x onerror=window.hacked=1>'
    set_texts campaigns "command=$bad"
    set_texts runs quality=NOISY "reasons=$bad" "active=$bad"
    set_texts environment "value=$bad"
    sql "INSERT INTO lessons (campaign_id, name, verdict, why)
         SELECT id, 'nosuch<hacked>', '<hacked>', '$bad' FROM campaigns"
    plots/draw.sh "$results/latest" >/dev/null
    report
    for written in "$text" "$index"; do
        says "$written" "&lt;hacked&gt;"
        says_not "$written" "<hacked" "<img src=x"
    done
    sql "DELETE FROM lessons"
    report
    browse "$page" quiet escaped sound
    browse "$results/index.html" quiet escaped sound
}

@test "a lesson's page: its verdict, claim and evidence" {
    ln -s "$PWD/docs" "$BATS_TEST_TMPDIR/docs"
    run -0 --separate-stderr "$waitbench" lesson nagle --with "-n 16" --results "$results"
    plots/draw.sh "$results/latest" >/dev/null
    report
    in_order "$text" "<h1>Lesson 12: " "<p class=\"question\">" "class=\"badge " "Claim" "Theory" \
        "href=\"../../docs/lessons/12-nagle.md\"" "picture-lesson" "id=\"evidence\"" \
        "median latency, two writes" "at least 35.0 ms" "waitbench lesson nagle"
    for verdict in HOLDS INCONCLUSIVE "DOES NOT HOLD HERE"; do
        set_texts lessons "verdict=$verdict"
        report
        says "$text" "<strong class=\"badge ${verdict%% *}\">$verdict</strong>"
        says "$index" "<td class=\"${verdict%% *}\">$verdict</td>"
    done
}

@test "a driver and a lesson that this build does not have" {
    campaign
    set_texts cases driver=gone
    sql "INSERT INTO lessons (campaign_id, name, verdict, why)
         SELECT id, 'gone', 'HOLDS', 'it did' FROM campaigns"
    report
    says "$text" "<h1>Lesson gone" "HOLDS" "<strong>gone</strong>: not in this build of waitbench"
}

@test "no store, no campaign, no room: a line that says so" {
    run -1 --separate-stderr "$waitbench" report --results "$BATS_TEST_TMPDIR/none"
    complains "there is no store"
    campaign
    run -1 --separate-stderr "$waitbench" report nosuch --results "$results"
    complains "no campaign 'nosuch'"
    rm -f "$results"/*/report.html
    mkdir "$results/latest/report.html"
    run -1 --separate-stderr "$waitbench" report --results "$results"
    complains "report.html"
    sql "DELETE FROM campaigns"
    run -1 --separate-stderr "$waitbench" report --results "$results"
    complains "no campaign"
}

@test "a lesson that was interrupted: its own page, and nothing to resume" {
    start_waitbench lesson littles-law --with='--seed 7' --results "$results"
    wait_until has_runs 1
    finish INT
    ((status == 1))
    text=$(<"$results/latest/report.html")
    says "$text" "Lesson 1: " "INCONCLUSIVE" "it did not run to its end" "not complete (interrupted)"
    says_not "$text" "--resume" "Result:"
    run -1 --separate-stderr "$waitbench" campaign --resume latest --results "$results"
    complains "lesson littles-law" "start it again"
}

@test "a lesson's page has the command that repeats it, seed and all" {
    run -0 --separate-stderr "$waitbench" lesson nagle --with='-n 16 -r 1' --results "$results"
    text=$(<"$results/latest/report.html")
    again=$(sed -n "s,.*<pre><code>build/waitbench \(.*\)</code></pre>.*,\1,p" <<<"$text")
    again=${again//&#39;/\'}
    seed=$(sql "SELECT seed FROM campaigns")
    says "$again" "lesson nagle" "-n 16 -r 1" "--seed $seed"
    eval "run -0 --separate-stderr '$waitbench' $again --results '$results'"
    [[ $(sql "SELECT count(*) FROM campaigns WHERE seed = $seed") == 2 ]]
}

@test "limits have a page, too" {
    run -0 --separate-stderr "$waitbench" limits --results "$results" -d libev --from 4 --max 8 --delay 5ms
    [[ -e $results/latest/report.html && -e $results/index.html ]]
    report
    in_order "$text" "How many requests in flight does each driver sustain" "<table" ">libev</th>" \
        "<strong class=\"libev\">libev:</strong>"
    says_not "$text" "Result:" "href=\"#usage\""
}

@test "in a browser: accessible" {
    [[ -e tests/browser/node_modules/axe-core/axe.min.js ]] || skip "axe-core is missing: ./run.sh deps fetches it with npm"
    campaign --driver libev,poll --concurrency 8 --backlog 4096,4
    plots/draw.sh "$results/latest" >/dev/null
    report
    browse "$page" accessible
    browse "$results/index.html" accessible
}

@test "in a browser: quiet, sound, sorts, compares, for any eyes, on a desk and a phone, without scripts" {
    campaign --name one --driver null,libev,poll
    campaign --name two --driver libev,poll --concurrency 8
    plots/draw.sh "$results"/*-one >/dev/null
    report one
    browse "$page" quiet sound view points opens_runs toggles axes prints sorts fits phone light dark scriptless opens
    browse "$results/index.html" quiet sound fits phone light dark scriptless compares
}
