"""What the Python clients share: the protocol of docs/external-drivers.md, and how a response ends."""
import errno
import re
import sys
import time

now = time.monotonic_ns  # CLOCK_MONOTONIC, as waitbench's own

NO_SOCKET = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
ESCAPES = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\0": b"\\0"}
ESCAPED = {escape: raw for raw, escape in ESCAPES.items()}


def escape(text):
    return re.sub(rb"[\\\t\n\r\0]", lambda found: ESCAPES[found[0]], text)


def unescape(text):
    return re.sub(rb"\\.", lambda found: ESCAPED[found[0]], text)


class Load:
    """What stays the same for the life of this process."""

    def __init__(self, fields):
        settings = dict(field.decode().split("=", 1) for field in fields)
        self.address = settings["host"], int(settings["port"])
        self.concurrency = int(settings["concurrency"])
        self.keep_alive = settings["keep-alive"] == "1"
        self.http = settings["framing"] == "http"
        self.stack = int(settings["stack"])  # bytes of a thread's; 0 is the default


class Request:
    """What to send, and what became of it."""

    __slots__ = ("index", "bound", "text", "slot", "start", "connected", "sent", "first_byte",
                 "end", "outcome", "errno", "reused", "response")

    def __init__(self, index, line):
        bound, text = line.rstrip(b"\n").split(b"\t")
        self.index, self.bound, self.text = index, int(bound), unescape(text)
        self.slot = self.start = self.connected = self.sent = self.first_byte = self.end = 0
        self.outcome, self.errno, self.reused, self.response = "ok", 0, 0, b""

    def fail(self, stage, error):
        """`stage` is what was being done: connect, send or receive."""
        self.errno = error.errno or errno.ECONNRESET
        self.outcome = "socket" if stage == "connect" and self.errno in NO_SOCKET else stage

    def sample(self):
        return "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t" % (
            self.index, self.slot, self.start, self.connected, self.sent, self.first_byte,
            self.end, self.outcome, self.errno, self.reused)


def is_whole(load, response):
    """Has the response come to its end?"""
    if not load.http:
        return b"\n" in response
    head, end, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end and length) and len(body) >= int(length[1])


def is_good(load, response, bound):
    """Is it a number that was asked for, and nothing more? Then its connection can be kept."""
    if load.http:
        head, _, response = response.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if (not head.startswith(b"HTTP/1.1 200") or len(response) > int(length[1])
                or re.search(rb"(?i)\r\nconnection: *close", head)):
            return False
    elif not response.endswith(b"\n") or response.count(b"\n") > 1:
        return False
    try:
        return 0 <= int(response.split()[0]) <= bound  # behind it may be the server's times
    except (ValueError, IndexError):
        return False


def say(*words):
    sys.stdout.buffer.write("\t".join(map(str, words)).encode() + b"\n")
    sys.stdout.buffer.flush()


def tell_samples(requests):
    write = sys.stdout.buffer.write
    for request in requests:
        if request.start:
            write(request.sample().encode() + escape(request.response) + b"\n")
    say("end")


def converse(make_client):
    commands = sys.stdin.buffer
    for line in commands:
        word, *fields = line.rstrip(b"\n").split(b"\t")
        if word == b"load":
            client = make_client(Load(fields))
            say("ready")
        elif word == b"batch":
            requests = [Request(i, next(commands)) for i in range(int(fields[0]))]
            say("prepared")
        elif word == b"go":
            client.run(requests, int(fields[0]) or sys.maxsize)
            say("done")
        elif word == b"samples":
            tell_samples(requests)


def serve(name, version, make_client):
    """Speak with waitbench until it has no more to say. `make_client` is called with the load."""
    say("waitbench", 1, name, version)
    try:
        converse(make_client)
    except OSError as error:
        say("failed", error.errno or 0, error.strerror or error)
