#!/usr/bin/env bats
# The replay on a campaign's page: that it plays what was recorded, in a real browser, and keeps its budget.

load common

# What any page has to do in a browser, this one too, is in report.bats.

# Every eighth request of one case of libev took a second longer to connect, as if its SYN had been dropped: for
# most of that second nothing else is in flight.
drop_syns() {
    sql "CREATE TEMP TABLE dropped AS SELECT r.id FROM runs r JOIN cases c USING (case_id)
             WHERE driver = 'libev' AND concurrency = 8 AND arrivals = 'closed';
         UPDATE samples SET connected_ns = connected_ns + 1e9, sent_ns = sent_ns + 1e9, received_ns = received_ns + 1e9,
             first_byte_ns = first_byte_ns + 1e9, end_ns = end_ns + 1e9
             WHERE run_id IN dropped AND request % 8 = 3;
         UPDATE runs SET makespan_ns = makespan_ns + 1e9, started_at = '2031-05-06T07:08:09Z' WHERE id IN dropped;
         UPDATE usage SET value = 12 WHERE metric = 'syn_retransmits' AND run_id IN dropped;
         UPDATE usage SET value = 34 WHERE metric = 'listen_overflows' AND run_id IN dropped;
         UPDATE usage SET value = NULL WHERE metric = 'syn_retransmits' AND run_id NOT IN dropped;
         UPDATE runs SET quality = 'OK', reasons = ''"
}

report() { # the page of the latest campaign, $page
    run -0 --separate-stderr "$waitbench" report --results "$results"
    page=$output
}

data() { # PYTHON: with what the page has for the replay as `data`
    python3 -c "
import json, re, sys
text = open(sys.argv[1]).read()
data = json.loads(re.search(r'id=\"replay-data\">(.*?)</script>', text, re.S).group(1))
$1" "$page"
}

check() { # PAGE CHECK...
    run timeout 120 python3 tests/browser/check_replay.py "$@"
    echo "$output"
    [[ $status == 0 ]]
}

@test "in a browser: recorded runs, by keyboard, with reduced motion, not in print, not without scripts" {
    campaign --driver null,libev,poll --requests 96
    drop_syns
    report
    check "$page" recorded counts keyboard choices calm run absent
}

@test "the data keep their budget, prefer the most in flight, and the page says what is left out" {
    campaign --driver poll,libev --concurrency 4,8,16
    # 16000 requests a run that no compression makes small.
    sql "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 250)
         INSERT INTO samples SELECT run_id, request + 1000 * n, slot, outcome, errnum, reused, intended_ns, start_ns,
             start_ns + abs(random() % 1000000), start_ns + abs(random() % 1000000) + 1000000,
             start_ns + abs(random() % 100000000) + 3000000, end_ns + 200000000,
             start_ns + abs(random() % 1000000) + 2000000, 0, 0
         FROM samples JOIN k JOIN runs r ON r.id = run_id WHERE block = 0 AND request < 16;
         UPDATE runs SET quality = 'OK', reasons = '', makespan_ns = block * 1000000000 + 200000000"
    report
    data "
added = text.split('class=\"script replay\"')[1].split('</section>')[0] + open('bench/show/replay.css').read()
assert len(added.encode()) < 300000, len(added.encode())
columns = data['columns']
runs = [dict(zip(columns, run)) for run in data['runs']]
complete = [run for run in runs if run['every'] == 1]
thinned = [run for run in runs if run['every'] > 1]
said = re.search(r'campaign.s (\d+) runs this page has (\d+) complete and (\d+) more', text.replace('&#39;', chr(39)))
assert [int(n) for n in said.groups()][1:] == [len(complete), len(thinned)], said
assert complete and thinned, (len(complete), len(thinned))
name, driver, c, backlog, setting, label = data['cases'][runs[0]['case']]
assert (driver, c) == ('libev', 16), data['cases']
assert all(-(-run['requests'] // run['every']) <= 64 for run in thinned)
"
}

@test "names and times of the replay are text" {
    campaign --driver libev --concurrency 4 --repetitions 1
    bad='</script><hacked>"&x<script>window.hacked=1</script><img src=x onerror=window.hacked=1>'
    sql "UPDATE cases SET variant = '$bad' || case_id; UPDATE runs SET started_at = '$bad'"
    report
    run -1 grep -F '<hacked' "$page"
    run python3 tests/browser/check_page.py "$page" quiet escaped
    echo "$output"
    [[ $status == 0 ]]
}

@test "no samples, no server, no replay" {
    campaign --driver null --concurrency 4 --repetitions 1
    report
    run -1 grep -F 'id="replay-data"' "$page"
    campaign --driver libev --concurrency 4 --repetitions 1
    sql "DELETE FROM samples"
    report
    run -1 grep -F 'id="replay-data"' "$page"
}
