"""What the Python clients share: the protocol of docs/external-drivers.md and parsing responses."""
import errno
import re
import sys
import time

now = time.monotonic_ns  # CLOCK_MONOTONIC, waitbench's clock

NO_SOCKET = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
ESCAPES = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\0": b"\\0"}
ESCAPED = {escape: raw for raw, escape in ESCAPES.items()}


def escape(text):
    return re.sub(rb"[\\\t\n\r\0]", lambda found: ESCAPES[found[0]], text)


def unescape(text):
    return re.sub(rb"\\.", lambda found: ESCAPED[found[0]], text)


class Load:
    """Constant for the life of this process."""

    def __init__(self, fields):
        settings = dict(field.decode().split("=", 1) for field in fields)
        self.address = settings["host"], int(settings["port"])
        self.concurrency = int(settings["concurrency"])
        self.keep_alive = settings["keep-alive"] == "1"
        self.http = settings["framing"] == "http"
        self.stack = int(settings["stack"])  # bytes per thread; 0: the default


class Request:
    """A request to send, and its result."""

    __slots__ = ("index", "bound", "text", "slot", "start", "connected", "sent", "first_byte",
                 "end", "outcome", "errno", "reused", "response")

    def __init__(self, index, line):
        bound, text = line.rstrip(b"\n").split(b"\t")
        self.index, self.bound, self.text = index, int(bound), unescape(text)
        self.slot = self.start = self.connected = self.sent = self.first_byte = self.end = 0
        self.outcome, self.errno, self.reused, self.response = "ok", 0, 0, b""

    def fail(self, stage, error):
        """`stage`: connect, send or receive."""
        self.errno = error.errno or errno.ECONNRESET
        self.outcome = "socket" if stage == "connect" and self.errno in NO_SOCKET else stage

    def sample(self):
        return "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t" % (
            self.index, self.slot, self.start, self.connected, self.sent, self.first_byte,
            self.end, self.outcome, self.errno, self.reused)


def is_complete(load, response):
    """Is the response complete?"""
    if not load.http:
        return b"\n" in response
    head, end, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end and length) and len(body) >= int(length[1])


def is_correct(load, response, bound):
    """Is it a number within the bound and nothing else? Then the connection can be kept."""
    if load.http:
        head, _, response = response.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if (not head.startswith(b"HTTP/1.1 200") or len(response) > int(length[1])
                or re.search(rb"(?i)\r\nconnection: *close", head)):
            return False
    elif not response.endswith(b"\n") or response.count(b"\n") > 1:
        return False
    try:
        return 0 <= int(response.split()[0]) <= bound  # perhaps followed by the server's times
    except (ValueError, IndexError):
        return False


def send(*words):
    sys.stdout.buffer.write("\t".join(map(str, words)).encode() + b"\n")
    sys.stdout.buffer.flush()


def write_samples(requests):
    write = sys.stdout.buffer.write
    for request in requests:
        if request.start:
            write(request.sample().encode() + escape(request.response) + b"\n")
    send("end")


def handle_commands(make_client):
    commands = sys.stdin.buffer
    for line in commands:
        word, *fields = line.rstrip(b"\n").split(b"\t")
        if word == b"load":
            client = make_client(Load(fields))
            send("ready")
        elif word == b"batch":
            requests = [Request(i, next(commands)) for i in range(int(fields[0]))]
            send("prepared")
        elif word == b"go":
            client.run(requests, int(fields[0]) or sys.maxsize)
            send("done")
        elif word == b"samples":
            write_samples(requests)


def serve(name, version, make_client):
    """Process waitbench's commands until end of file. `make_client` is called with the load."""
    send("waitbench", 1, name, version)
    try:
        handle_commands(make_client)
    except OSError as error:
        send("failed", error.errno or 0, error.strerror or error)
