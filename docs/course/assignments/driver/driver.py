#!/usr/bin/env python3
"""A driver as a program: the dialogue with waitbench is here, carrying requests is to be written.

The protocol is described in docs/external-drivers.md. Standard output belongs to it: print
anything of your own to standard error.
"""
import re
import sys

ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\0": "\0", "\\\\": "\\"}
ESCAPED = {raw: escape for escape, raw in ESCAPES.items()}


def say(*words):
    print(*words, sep="\t", flush=True)


def unescape(text):
    return re.sub(r"\\.", lambda found: ESCAPES[found[0]], text).encode("latin-1")


def escape(data):
    """For the last field of a sample, the bytes that were received."""
    return re.sub(r"[\\\t\n\r\0]", lambda found: ESCAPED[found[0]], data.decode("latin-1"))


class Request:
    """What to send, byte for byte, and when: nanoseconds after the batch has begun, or None."""

    def __init__(self, bound, text, start=None):
        self.bound, self.text = int(bound), unescape(text)
        self.start = None if start is None else int(start)


class Driver:
    """Your model. A slot is one of C places; each carries one request at a time.

    Step by step: the line protocol with a connection for each request; then keep_alive; then
    framing "http"; then requests that have a start.
    """

    def __init__(self, load):
        self.server = load["host"], int(load["port"])
        self.concurrency = int(load["concurrency"])
        self.keep_alive, self.framing = load["keep-alive"] == "1", load["framing"]
        self.samples = []  # tuples of what a `sample` line has

    def prepare(self, requests):
        """Take a batch. Not timed."""
        self.requests = requests
        self.samples = []

    def run(self, deadline, begun):
        """Carry the batch, C at a time. Timed: take no request after `deadline`, unless it is 0."""
        raise NotImplementedError(
            "run() is not written yet: send self.requests, self.concurrency of them at a time"
        )


def read_batch(count):
    for _ in range(count):
        yield Request(*sys.stdin.readline().rstrip("\n").split("\t"))


def serve():
    driver = None
    say("waitbench", 2, "Python", sys.version.split()[0])
    for line in sys.stdin:
        word, *fields = line.rstrip("\n").split("\t")
        if word == "load":
            driver = Driver(dict(field.split("=", 1) for field in fields))
            say("ready")
        elif word == "batch":
            driver.prepare(list(read_batch(int(fields[0]))))
            say("prepared")
        elif word == "go":
            try:
                driver.run(*map(int, (fields + [0])[:2]))
                say("done")
            except NotImplementedError as error:
                say("failed", 0, error)
        elif word == "samples":
            for sample in driver.samples:
                say("sample", *sample)
            say("end")


serve()
