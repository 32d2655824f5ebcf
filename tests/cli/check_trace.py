#!/usr/bin/env python3
"""Check a trace that `waitbench export --what trace` wrote: the rules of the trace-event format, and
that its slices, counters and instants agree with each other, with the run's record, and with what
`export --what requests` (CSV) says of the same run.

    check_trace.py TRACE.json [REQUESTS.csv]

Times are compared exactly. Prints each rule that is broken; exits with 1 if there is any."""
import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal

CLIENT, SERVER, THREADS = 1, 2, 3
NEEDED = {"X": ["ts", "dur"], "C": ["ts", "args"], "i": ["ts", "s"], "b": ["ts", "id", "cat"],
          "e": ["ts", "id", "cat"], "M": ["args"]}
problems = []


def expect(true, text):
    if not true:
        problems.append(text)


def is_time(value):
    """Microseconds, exact to a nanosecond."""
    return isinstance(value, (int, Decimal)) and value >= 0 and value * 1000 == int(value * 1000)


def check_event(event):
    phase = event.get("ph")
    expect(phase in NEEDED, f"unknown phase: {event}")
    missing = [field for field in ["pid", "tid", "name"] + NEEDED.get(phase, []) if field not in event]
    expect(not missing, f"{missing} missing: {event}")
    for field in ("pid", "tid"):
        expect(isinstance(event.get(field), int), f"{field} is no integer: {event}")
    expect(isinstance(event.get("name"), str), f"the name is no text: {event}")
    for field in ("ts", "dur"):
        expect(field not in event or is_time(event[field]), f"{field} is no time: {event}")
    expect(phase != "i" or event.get("s") in ("t", "p", "g"), f"an instant without a scope: {event}")
    return not missing and phase in NEEDED


def check_order(events):
    last = 0
    for event in events:
        expect(event["ts"] >= last, f"earlier than the event before it: {event}")
        last = max(last, event["ts"])


def check_names(events, metadata):
    named = {kind: {(e["pid"], e["tid"]) for e in metadata if e["name"] == kind}
             for kind in ("process_name", "thread_name", "thread_sort_index")}
    processes = {pid for pid, _ in named["process_name"]}
    for event in events:
        track = (event["pid"], event["tid"])
        expect(event["pid"] in processes, f"a process without a name: {event}")
        expect(event["ph"] not in "Xi" or track in named["thread_name"] & named["thread_sort_index"],
               f"a track without a name or a place: {event}")


def end_of(event):
    return event["ts"] + event["dur"]


def check_tracks(slices):
    """Slices of a track are in each other or apart. Returns the outer ones, with what is in them."""
    outer = []
    tracks = defaultdict(list)
    for event in slices:
        tracks[event["pid"], event["tid"]].append(event)
    for track in tracks.values():
        open_ones = []
        for event in track:
            while open_ones and end_of(open_ones[-1]) <= event["ts"] and \
                    not (end_of(open_ones[-1]) == event["ts"] == end_of(event)):
                open_ones.pop()
            if open_ones:
                expect(end_of(event) <= end_of(open_ones[-1]),
                       f"slices overlap: {open_ones[-1]} and {event}")
                open_ones[0]["inside"].append(event)
            else:
                outer.append(event)
            event["inside"] = []
            open_ones.append(event)
    return outer


def check_request(request):
    """Its phases follow each other without a gap and take as long as it does."""
    at = request["ts"]
    for phase in request["inside"]:
        expect(phase["ts"] == at, f"a gap before a phase: {phase} in {request}")
        at = end_of(phase)
    expect(not request["inside"] or at == end_of(request), f"its phases do not add up: {request}")
    args = request.get("args", {})
    for field in ("request", "outcome", "reused", "latency_us"):
        unknown = field == "latency_us" and args.get("outcome") == "unfinished"
        expect((field in args) != unknown, f"no {field}: {request}")


def check_waits(events, requests):
    """Intervals from the intended start begin and end, and latencies are longer by them."""
    waits = {}
    for event in events:
        if event["ph"] == "b":
            expect(event["id"] not in waits, f"begins twice: {event}")
            waits[event["id"]] = -event["ts"]
        elif event["ph"] == "e":
            expect(waits.get(event["id"], 1) <= 0, f"ends without a beginning: {event}")
            waits[event["id"]] = waits.get(event["id"], 0) + event["ts"]
    for request in requests:
        args = request["args"]
        waited = waits.pop(str(args["request"]), 0)
        expect(args.get("latency_us", request["dur"] + waited) == request["dur"] + waited, f"the latency is another: {request}")
    expect(not waits, f"intervals of no request: {sorted(waits)}")


def check_counters(events, other):
    values = {}
    for event in events:
        if event["ph"] != "C":
            continue
        name, (value,) = event["name"], event["args"].values()
        expect(isinstance(value, int) and value >= 0, f"a counter below 0: {event}")
        expect(abs(value - values.get(name, 0)) == 1, f"a counter jumps: {event}")
        expect(name != "in flight" or value <= other["case"]["concurrency"] * other["case"]["pipeline"],
               f"more in flight than at most: {event}")
        values[name] = value
    completed = values.pop("completed", 0)
    expect(completed == other["completed"], f"completed is {completed}, and {other['completed']} in the record")
    expect("in flight" in values, "nothing in flight")
    for name, value in values.items():
        expect(value == 0, f"{name} ends at {value}")


def check_instants(events, requests, other):
    inside = {(r["tid"], phase["ts"], end_of(phase)) for r in requests for phase in r["inside"]
              if phase["name"] == "connect"}
    for name, field in (("SYN retransmission", "syn_retransmissions_inferred"),
                        ("accept-queue overflow", "accept_queue_overflows_inferred")):
        found = [event for event in events if event["ph"] == "i" and event["name"] == name]
        expect(len(found) == other[field], f"{len(found)} of {name}, and {field} is {other[field]}")
        for event in found:
            expect(any(tid == event["tid"] and begin <= event["ts"] <= end for tid, begin, end in inside),
                   f"an instant outside of connecting: {event}")


def check_threads(outer, other):
    """A thread runs on one CPU at a time, and a CPU runs one thread, for as long as the run took."""
    slices = [event for event in outer if event["pid"] == THREADS]
    recorded = other["scheduler_switches"] is not None
    expect(recorded != ("why_no_scheduler_switches" in other), "switches are recorded, or there is a reason why not")
    expect(bool(slices) == bool(recorded and other["scheduler_switches"]), f"{len(slices)} slices of threads")
    cpus = defaultdict(list)
    for event in slices:
        expect(event["args"]["ended"] in ("it waited", "preempted", "the thread ended", "the run ended", "not recorded"),
               f"ended by what: {event}")
        expect(end_of(event) * 1000 <= other["makespan_ns"], f"a thread runs after the run: {event}")
        expect(not event["inside"], f"a thread runs twice: {event}")
        cpus[event["args"]["cpu"]].append(event)
    for ran in cpus.values():
        for event, later in zip(ran, ran[1:]):
            expect(end_of(event) <= later["ts"], f"two threads on a CPU: {event} and {later}")


def check_record(requests, outer, other):
    expect(len(requests) == other["requests"], f"{len(requests)} requests, and {other['requests']} in the record")
    failed = sum(request["args"]["outcome"] != "ok" for request in requests)
    expect(failed == other["failed"], f"{failed} failed, and {other['failed']} in the record")
    served = sum(event["name"].startswith("request") for event in outer if event["pid"] == SERVER)
    expect(served == other["requests_with_server_times"], f"{served} requests at the server, and "
           f"{other['requests_with_server_times']} in the record")


def check_against(path, requests, other):
    """What the CSV says of the same case and block."""
    key = {"driver": str, "arrivals": str, "concurrency": int, "backlog": int, "pipeline": int, "parts": int,
           "rate": int, "server_model": str, "variant": str}
    with open(path, encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["block"]) == other["block"] and
                all(kind(row[name]) == other["case"][name] for name, kind in key.items())]
    expect(len(rows) == len(requests), f"{len(rows)} rows of the run, and {len(requests)} requests")
    by_index = {int(row["request"]): row for row in rows}
    for request in requests:
        row = by_index.get(request["args"]["request"], {})
        for field, value in (("latency_ns", request["args"].get("latency_us")), ("service_ns", request["dur"]),
                             ("start_ns", request["ts"])):
            expect(not row or not row[field] or int(row[field]) == value * 1000,
                   f"{field} is {row.get(field)}: {request}")
        expect(row.get("outcome") == request["args"]["outcome"], f"another outcome: {request}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_float=Decimal)


def check(trace, requests_path=None):
    """Returns the problems of a trace that was loaded."""
    problems.clear()
    expect(trace.get("displayTimeUnit") in ("ms", "ns"), "no displayTimeUnit")
    other = trace["otherData"]
    every = [event for event in trace["traceEvents"] if check_event(event)]
    metadata = [event for event in every if event["ph"] == "M"]
    events = [event for event in every if event["ph"] != "M"]
    check_names(events, metadata)
    if not problems:
        check_order(events)
    outer = check_tracks([event for event in events if event["ph"] == "X"])
    requests = [event for event in outer if event["pid"] == CLIENT]
    for request in requests:
        check_request(request)
    if not problems:
        check_waits(events, requests)
        check_counters(events, other)
        check_instants(events, requests, other)
        check_record(requests, outer, other)
        check_threads(sorted(outer, key=lambda event: event["ts"]), other)
        if requests_path:
            check_against(requests_path, requests, other)
    return [problem if len(problem) < 400 else problem[:400] + " …" for problem in problems]


def main():
    found = check(load(sys.argv[1]), *sys.argv[2:])
    print("\n".join(found[:10]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
