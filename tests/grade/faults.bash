# shellcheck shell=bash
# The wrong drivers: wrong_NAME.c, the check that refuses it, and a part of the reason.
export faults=(
    "short_reads|responses in pieces|had a correct response, in pieces"
    "leaks_descriptors|nothing is left over|more descriptors"
    "leaks_memory|nothing is left over|more MiB of memory"
    "leaks_threads|nothing is left over|more threads"
    "half|C in flight, and no more|requests were in flight at the server, with"
    "too_many|C in flight, and no more|had two requests at the same time in slot"
    "reuses_closed|connections that end|the server received"
    "ignores_errors|a peer that closes|0 are reported as 'closed'"
    "fabricates|every request completes|the server completed 0 requests"
    "loses_a_request|small loads|request 3 is missing"
    "polls_busily|waiting takes no CPU time|ms of CPU time"
    "begins_early|no request before its time|it began before its intended start"
    "waits_for_all|one slow response in a hundred|while one response was late"
)
