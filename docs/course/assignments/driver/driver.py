#!/usr/bin/env python3
"""A driver as a program: the dialogue with waitbench is here, carrying requests is to be written.

The protocol is described in docs/external-drivers.md. Standard output belongs to it: print
anything of your own to standard error.
"""
import sys


def say(*words):
    print(*words, sep="\t", flush=True)


def unescape(text):
    return text.replace("\\n", "\n").replace("\\r", "\r").encode("latin-1")


class Driver:
    """Your model. A slot is one of C places; each carries one request at a time."""

    def __init__(self, host, port, concurrency):
        self.host, self.port, self.concurrency = host, port, concurrency
        self.samples = []  # tuples of what a `sample` line has

    def prepare(self, requests):
        """Take a batch, a list of the bytes to send. Not timed."""
        self.requests = requests
        self.samples = []

    def run(self, deadline):
        """Carry the batch, C at a time. Timed: take no request after `deadline`, unless it is 0."""
        raise NotImplementedError(
            "run() is not written yet: send self.requests, self.concurrency of them at a time"
        )


def read_batch(count):
    for _ in range(count):
        yield unescape(sys.stdin.readline().rstrip("\n").split("\t")[1])


def serve():
    driver = None
    say("waitbench", 1, "Python", sys.version.split()[0])
    for line in sys.stdin:
        word, *fields = line.rstrip("\n").split("\t")
        if word == "load":
            load = dict(field.split("=", 1) for field in fields)
            if load["keep-alive"] != "0" or load["framing"] != "line":
                say("failed", 0, "a connection for each request and the line protocol, nothing else")
                continue
            driver = Driver(load["host"], int(load["port"]), int(load["concurrency"]))
            say("ready")
        elif word == "batch":
            driver.prepare(list(read_batch(int(fields[0]))))
            say("prepared")
        elif word == "go":
            try:
                driver.run(int(fields[0]))
                say("done")
            except NotImplementedError as error:
                say("failed", 0, error)
        elif word == "samples":
            for sample in driver.samples:
                say("sample", *sample)
            say("end")


serve()
