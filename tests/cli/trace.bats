#!/usr/bin/env bats
# Traces of single runs: what check_trace.py checks, with every kind of driver and load; and that it
# refuses traces that break a rule.

load common

record() { # NAME OPTION...
    "$waitbench" campaign --results "$TRACED" --name "$1" --whole-process none --no-pictures --seed 7 \
        --repetitions 1 --delay 2ms --concurrency 4 --requests 16 "${@:2}" >/dev/null 2>&1 || true
}

setup_file() {
    export TRACED=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    waitbench=${WAITBENCH:-build/waitbench}
    record closed --driver sequential,threadpool,libev --arrivals closed --repetitions 3
    record burst --driver libev,threadpool --arrivals burst --concurrency 3,4
}

# To be changed, in $results, and used from then on.
copy_store() {
    mkdir "$results"
    sqlite3 "$TRACED/waitbench.db" ".backup '$results/waitbench.db'"
    copied=$results
}

traced() { # [CAMPAIGN] [OPTION...]: writes $trace, and checks it
    trace=$BATS_TEST_TMPDIR/trace.json
    run -0 --separate-stderr "$waitbench" export --results "${copied:-$TRACED}" --what trace -o "$trace" "$@"
    [[ -z $output ]]
    said=$stderr
    run -0 "$waitbench" export --results "${copied:-$TRACED}" --what requests -o "$BATS_TEST_TMPDIR/requests.csv" \
        ${1:+"${1/#-*/latest}"}
    run -0 tests/cli/check_trace.py "$trace" "$BATS_TEST_TMPDIR/requests.csv"
}

# A value of the trace, by a Python expression of its events and of what else it says.
value_of() { # EXPRESSION
    python3 -c 'import json, sys
trace = json.load(open(sys.argv[1]))
events, other = trace["traceEvents"], trace["otherData"]
tracks = [e["args"]["name"] for e in events if e["name"] == "thread_name"]
def named(name): return [e for e in events if e["name"] == name]
print(eval(sys.argv[2]))' "$trace" "$1"
}

@test "drivers with a thread, a loop and one request at a time" {
    for driver in sequential threadpool libev; do
        traced closed --driver "$driver"
        says "$said" "run " "$driver closed" "the median run by makespan" "its case has 3 runs: --block N or --run ID"
        [[ $(value_of 'other["case"]["driver"], other["seed"], other["quality"] != "", "revision" in other') == \
            "('$driver', 7, True, True)" ]]
    done
    [[ $(value_of 'sorted(t for t in tracks if "slot" in t)') == "['slot 0', 'slot 1', 'slot 2', 'slot 3']" ]]
    [[ $(value_of '"worker 0: what it counted" in tracks, "at once 1, by worker 0" in tracks') == "(True, True)" ]]
    [[ $(value_of '{e["name"] for e in events if e["ph"] == "X"} >= {"connect", "accept", "delay", "back", "read"}') == True ]]
}

@test "a ring of completions" {
    "$waitbench" list | grep -qE '^ *io_uring .*yes' || skip "io_uring is not usable here"
    record ring --driver io_uring --arrivals closed
    traced ring
}

@test "pipelined requests are on tracks beside each other" {
    record pipelined --driver libev --arrivals closed --keep-alive --pipeline 4 --concurrency 2
    traced pipelined
    [[ $(value_of '"slot 1, at once 4" in tracks, named("connect"), named("connecting")') == "(True, [], [])" ]]
    [[ $(value_of '{e["args"]["reused"] for e in events if "reused" in e.get("args", {})}') == "{True}" ]]
}

@test "open arrivals: from the intended start until the request starts" {
    record open --driver epoll --arrivals poisson --rate 4000 --concurrency 2 --requests 40
    traced open
    [[ $(value_of 'sum(e["ph"] == "b" for e in events) > 30') == True ]]
}

@test "parts, server processes, jobs and another program" {
    record parts --driver libev --arrivals closed --parts 2 --server-model prefork:3
    traced parts
    [[ $(value_of '"worker 2: what it counted" in tracks, "at once 1, by a worker that is not known" in tracks') == \
        "(True, True)" ]]
    record jobs --driver threadpool --workload fib --arrivals closed --concurrency 2
    traced jobs
    [[ $(value_of 'len(named("work")), named("accept queue"), other["requests_with_server_times"]') == "(16, [], 0)" ]]
    record program --driver exec:programs/python_threads.py --arrivals closed
    traced program
    [[ $(value_of 'len(named("delay"))') == 16 ]]
}

@test "requests that fail, and requests that never end" {
    perl -MIO::Socket::INET -e '
        $| = 1;
        my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 64) or die;
        print $listener->sockport, "\n";
        my ($n, @kept) = (0);
        while (my $peer = $listener->accept) {
            sysread $peer, my $request, 4096;
            if (++$n > 44) { push @kept, $peer; next }
            syswrite $peer, "0\n" if $n < 38 || $n % 2;
            close $peer;
        }' >"$BATS_TEST_TMPDIR/port" 3>&- &
    started+=("$!")
    wait_until test -s "$BATS_TEST_TMPDIR/port"
    record failing --driver libev --arrivals closed --server "127.0.0.1:$(<"$BATS_TEST_TMPDIR/port")" --timeout 800ms
    traced failing
    says "$said" INVALID "the reasons are in the trace"
    [[ $(value_of 'other["failed"] > 4, other["caveats"] != ""') == "(True, True)" ]]
    says "$(value_of '{e["args"]["outcome"] for e in events if "outcome" in e.get("args", {})}')" unfinished closed
    [[ $(value_of 'max(e["dur"] for e in named("wait")) > 2e5') == True ]]
}

@test "SYN retransmissions are inferred from connect times, by the kernel's rule" {
    copy_store
    sql "UPDATE samples SET connected_ns = connected_ns + 3100000000, sent_ns = sent_ns + 3100000000,
            received_ns = received_ns + 3100000000, first_byte_ns = first_byte_ns + 3100000000,
            end_ns = end_ns + 3100000000
         WHERE request = 2 AND run_id IN (SELECT run_id FROM all_runs WHERE arrivals = 'burst');
         UPDATE usage SET value = 9 WHERE metric IN ('syn_retransmits', 'listen_overflows');
         DELETE FROM environment WHERE key = 'net.ipv4.tcp_syn_linear_timeouts'"
    seconds='(e["ts"] - named("request 2")[0]["ts"]) / 1e6'
    moments="[round($seconds, 9) for e in named(\"SYN retransmission\")], [round($seconds, 9) for e in named(\"accept-queue overflow\")]"

    sql "UPDATE environment SET value = 'Linux 6.1.0-18-amd64' WHERE key = 'kernel'"
    traced burst --driver libev -c 4
    [[ $(value_of "$moments") == "([1.0, 3.0], [0.0, 1.0])" ]]
    [[ $(value_of 'other["syn_retransmissions_counted_by_kernel"], other["tcp_syn_linear_timeouts"]') == "(9, 0)" ]]
    sql "UPDATE environment SET value = 'Linux 6.12.1' WHERE key = 'kernel'"
    traced burst --driver libev -c 4
    [[ $(value_of "$moments") == "([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])" ]]
    sql "UPDATE usage SET value = 0 WHERE metric = 'listen_overflows'"
    traced burst --driver libev -c 4
    [[ $(value_of "$moments") == "([1.0, 2.0, 3.0], [])" ]]
    sql "UPDATE usage SET value = 0 WHERE metric = 'syn_retransmits'" # the client was late, then
    traced burst --driver libev -c 4
    [[ $(value_of "$moments") == "([], [])" ]]
}

@test "threads are shown while they have a CPU" {
    record switched --driver threadpool,thread-per-request,exec:programs/python_threads.py --arrivals closed --switches
    sqlite3 "$TRACED/waitbench.db" "SELECT DISTINCT no_switches FROM runs" >"$BATS_TEST_TMPDIR/why"
    ! grep -q perf_event_open "$BATS_TEST_TMPDIR/why" || skip "not permitted here: $(<"$BATS_TEST_TMPDIR/why")"
    for driver in threadpool thread-per-request exec:programs/python_threads.py; do
        traced switched --driver "$driver"
        [[ $(value_of 'other["scheduler_switches"] > 16, other["scheduler_switches_lost"]') == "(True, 0)" ]]
        [[ $(value_of 'len({e["tid"] for e in named("running")}) >= 4, other["quality"] != "OK"') == "(True, True)" ]]
        says "$(value_of 'other["caveats"]')" "scheduler switches were recorded" "only with others of --switches"
    done
    traced switched --driver thread-per-request
    [[ $(value_of 'sum(e["args"]["ended"] == "the thread ended" for e in named("running"))') == 16 ]]

    copy_store
    sql "UPDATE runs SET switches_lost = 9; DELETE FROM switches WHERE ordinal >
         (SELECT min(s.ordinal) FROM switches s WHERE s.run_id = switches.run_id AND kind = 'in')"
    traced switched --driver threadpool
    [[ $(value_of 'other["scheduler_switches_lost"], named("running")[-1]["args"]["ended"]') == "(9, 'not recorded')" ]]
    sql "UPDATE switches SET thread = -1"
    run -1 --separate-stderr "$waitbench" export switched --results "$copied" --what trace --driver threadpool
    [[ $stderr == *"a switch of thread -1: the store is damaged"* ]]
}

@test "why there are no switches of threads" {
    traced closed --driver libev
    [[ $(value_of 'other["scheduler_switches"], other["scheduler_switches_lost"], other["why_no_scheduler_switches"]') == \
        "(None, None, 'not recorded: add --switches to the campaign')" ]]
    copy_store
    sql "UPDATE runs SET no_switches = 'perf_event_open: Permission denied; run as root'"
    traced closed --driver libev
    [[ $(value_of 'other["why_no_scheduler_switches"]') == "perf_event_open: Permission denied; run as root" ]]
    run -0 --separate-stderr "$waitbench" table closed --results "$copied" --all
    [[ $(grep -c "Scheduler switches were not recorded: perf_event_open: Permission denied" <<<"$output") == 1 ]]
    run -2 --separate-stderr "$waitbench" campaign --results "$copied" --driver libev --ranks 2 --switches
    complains "the threads of one process: leave it out"
}

@test "a case, a block and a run can be chosen" {
    traced closed --driver libev --block 2
    says "$said" "libev closed 4" "block 2"
    [[ $said != *median* ]]
    id=$(value_of 'other["run"]')
    traced closed --run "$id"
    says "$said" "run $id of" "block 2"
    traced burst --concurrency 4 --arrivals burst --backlog 4096 --server-model libev
    says "$said" "2 cases fit, and this is one of them"
    run -0 --separate-stderr "$waitbench" export closed --what trace --results "$TRACED" --driver libev --block 2
    [[ $output == "$("$waitbench" export closed --what trace --results "$TRACED" --run "$id" 2>/dev/null)" ]]
}

@test "runs that cannot be traced, and choices that are none" {
    export_fails() { # STATUS OPTION...
        run -"$1" --separate-stderr "$waitbench" export --results "${copied:-$TRACED}" "${@:2}" -o "$BATS_TEST_TMPDIR/none"
        [[ -z $output && ! -e $BATS_TEST_TMPDIR/none ]]
    }
    export_fails 1 closed --what trace --driver nosuch
    complains "has no such case" "sequential closed" "libev closed 4"
    export_fails 1 closed --what trace --driver libev --block 7
    complains "no run in block 7: it has 3, in blocks 0 to 2"
    export_fails 1 closed --what trace --run 1000
    complains "has no run 1000"
    export_fails 2 closed --what cases --driver libev
    complains "chosen for --what trace"
    export_fails 2 closed --what trace --format csv
    complains "a trace is JSON"
    export_fails 2 closed --what nosuch
    complains "waterfall" "trace"
    copy_store
    sql "UPDATE samples SET slot = 4000000000 WHERE slot = 3"
    export_fails 1 closed --what trace --driver libev
    [[ $stderr == *"the run has slot 4000000000"*"the store is damaged"* ]]
    sql "DELETE FROM samples"
    export_fails 1 closed --what trace --driver libev
    complains "no single requests of run" "waitbench campaign"
}

@test "names from a store are text in the trace, whatever they hold" {
    copy_store
    sql "UPDATE cases SET driver = 'a\"},' || CAST(x'ff' AS TEXT) || '</script>' WHERE driver = 'libev';
         UPDATE runs SET reasons = 'x\"' || char(10) || '\\'; UPDATE runs SET server_json = '{\"workers\": 1, '"
    trace=$BATS_TEST_TMPDIR/trace.json
    run -0 --separate-stderr "$waitbench" export closed --results "$results" --what trace --driver \
        $'a"},\xff</script>' -o "$trace"
    run -0 tests/cli/check_trace.py "$trace"
    [[ $(value_of 'other["case"]["driver"] == "a\"},\ufffd</script>", other["caveats"], other["server"]') == \
        "(True, 'x\"\\n\\\\', None)" ]]
}

@test "the checker refuses what breaks a rule" {
    traced closed --driver libev
    run -0 env PYTHONPATH=tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - "$trace" "$BATS_TEST_TMPDIR/requests.csv" <<'END'
import copy
import sys
from decimal import Decimal

from check_trace import check, load

# What is done to a trace, and the reason for which it has to be refused.
mutations = [
    ('trace.pop("displayTimeUnit")', "no displayTimeUnit"),
    ('del named("connect")[0]["dur"]', "['dur'] missing"),
    ('events[5]["ph"] = "Z"', "unknown phase"),
    ('named("connect")[0]["tid"] = "one"', "tid is no integer"),
    ('named("delay")[0]["ts"] += Decimal("0.0001")', "ts is no time"),
    ('named("delay")[0]["dur"] = -1', "dur is no time"),
    ('named("read")[3]["ts"] = Decimal(0)', "earlier than"),
    ('events.remove(named("thread_name")[2])', "a track without a name"),
    ('events.remove(named("process_name")[0])', "a process without a name"),
    ('named("request 0")[0]["dur"] += 1000', "slices overlap"),
    ('named("read")[-1]["dur"] -= Decimal("0.001")', "do not add up"),
    ('events.remove(named("delay")[0])', "a gap before a phase"),
    ('del named("request 1")[0]["args"]["outcome"]', "no outcome"),
    ('named("request 1")[0]["args"]["latency_us"] += 1', "the latency is another"),
    ('named("in flight")[0]["args"]["requests"] = -1', "a counter below 0"),
    ('events.remove(named("connecting")[2])', "a counter jumps"),
    ('events.remove(named("in flight")[-1])', "in flight ends at 1"),
    ('other["case"]["concurrency"] = 1', "more in flight than at most"),
    ('events.remove(named("completed")[-1])', "completed is 15, and 16 in the record"),
    ('other["requests"] += 1', "requests, and 17 in the record"),
    ('other["failed"] = 1', "0 failed, and 1 in the record"),
    ('named("request 2")[0]["args"]["outcome"] = "closed"', "1 failed"),
    ('other["requests_with_server_times"] = 15', "16 requests at the server"),
    ('other["syn_retransmissions_inferred"] = 2', "0 of SYN retransmission"),
    ('events.append({"ph": "i", "s": "t", "pid": 1, "tid": 1, "name": "SYN retransmission", "ts": events[-1]["ts"]})',
     "an instant outside of connecting"),
    ('events.append({"ph": "b", "pid": 1, "tid": 0, "cat": "a", "id": "1", "name": "due", "ts": events[-1]["ts"]})',
     "the latency is another"),
    ('other["scheduler_switches"] = 4', "0 slices of threads"),
    ('del other["why_no_scheduler_switches"]', "there is a reason why not"),
    ('other["block"] = (other["block"] + 1) % 3', "latency_ns is"),
]
whole = load(sys.argv[1])
assert check(whole, sys.argv[2]) == []
for statement, reason in mutations:
    trace = copy.deepcopy(whole)
    events, other = trace["traceEvents"], trace["otherData"]
    def named(name): return [event for event in events if event["name"] == name]
    exec(statement)
    found = check(trace, sys.argv[2])
    assert any(reason in problem for problem in found), (statement, found)
END
}
