"""What the Python clients share: the protocol of docs/external-drivers.md and parsing responses."""
import errno
import re
import sys
import time

now = time.monotonic_ns  # CLOCK_MONOTONIC, waitbench's clock

CONTENT_MAX = 95  # most bytes of a line, and of what an HTTP response contains
FRAMING_MAX = 64 * 1024  # most bytes of all else in an HTTP response

# The header fields of a message, or of its trailers, and the blank line; a line that begins with a
# blank goes on with the field before it.
FIELDS = rb"((?:[^\s:]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)*)\r\n"
HEAD = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: [^\r\n]*)?\r\n" + FIELDS)
CHUNK = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\r\n")
CHUNK_END = re.compile(rb"\r\n")
TRAILERS = re.compile(FIELDS)
FIELD_OF_INTEREST = re.compile(
    rb"^(transfer-encoding|content-length|connection):((?:[^\r]|\r\n[ \t])*)", re.I | re.M)
NOT_A_LINE_END = re.compile(rb"(?<!\r)\n")

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

    begun = 0  # the point in time that `due` counts from, in nanoseconds
    __slots__ = ("index", "bound", "text", "due", "slot", "start", "connected", "sent", "first_byte",
                 "end", "outcome", "errno", "reused", "response", "reader")

    def __init__(self, index, line):
        bound, text, *due = line.rstrip(b"\n").split(b"\t")
        self.index, self.bound, self.text = index, int(bound), unescape(text)
        self.due = int(due[0]) if due else None  # None: at once
        self.slot = self.start = self.connected = self.sent = self.first_byte = self.end = 0
        self.outcome, self.errno, self.reused, self.response = "ok", 0, 0, b""
        self.reader = None

    def wait(self):
        """How long to wait before it may start, in seconds; 0: it is due."""
        return 0 if self.due is None else max(0, self.begun + self.due - now()) / 1e9

    def fail(self, stage, error):
        """`stage`: connect, send or receive."""
        self.errno = error.errno or errno.ECONNRESET
        self.outcome = "socket" if stage == "connect" and self.errno in NO_SOCKET else stage

    def take(self, load, data):
        """Takes a piece of the response; no bytes are the connection's end. Is there more?"""
        if data:
            self.first_byte = self.first_byte or now()
            self.response += data
        self.reader = self.reader or Reader(load.http)
        more = self.reader.take(data)
        if more and not data:
            self.outcome = "closed"
        return more and data

    def is_correct(self):
        """Is it a number within the bound and nothing else? Then the connection can be kept."""
        reader, self.reader = self.reader, None
        try:  # the number is perhaps followed by the server's times
            return reader.keeps and 0 <= int(reader.content.split()[0]) <= self.bound
        except (ValueError, IndexError):
            return False

    def sample(self):
        return "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t" % (
            self.index, self.slot, self.start, self.connected, self.sent, self.first_byte,
            self.end, self.outcome, self.errno, self.reused)


class Reader:
    """Reads one response, a line or HTTP/1.x (RFC 9112), in any number of pieces.

    Standard Python parses HTTP only from blocking sockets (http.client). Here the parsers are
    generators that yield where more bytes are needed, for blocking and asynchronous clients alike.
    They stop at what cannot be a response: waitbench finds the same in the bytes and reports it."""

    def __init__(self, http):
        self.left, self.taken, self.ended = b"", 0, False  # left: not parsed yet
        self.content, self.keeps = b"", False  # keeps: the connection can be used again
        self.parser = self.parse_http() if http else self.parse_line()

    def take(self, data):
        """Takes a piece; no bytes are the connection's end. Returns whether more is needed."""
        self.left += data
        self.taken += len(data)
        self.ended = not data
        try:
            next(self.parser)
            return self.taken <= FRAMING_MAX + CONTENT_MAX
        except StopIteration:
            self.keeps = self.keeps and not self.left
        except ValueError:
            self.keeps = False
        return False

    def parse_line(self):
        while b"\n" not in self.left and len(self.left) <= CONTENT_MAX:
            yield
        self.content, newline, self.left = self.left.partition(b"\n")
        self.keeps = bool(newline)

    def parse_http(self):
        status = b"100"
        while status[:1] == b"1" and status != b"101":  # interim responses are skipped
            version, status, fields = yield from self.match(HEAD, b"HTTP/1.", b"\r\n\r\n")
        if status != b"200":
            return  # refused, whatever else it contains
        codings, lengths, connection = self.fields_of_interest(fields)
        if codings[-1:] == [b"chunked"]:
            yield from self.chunks()
        elif not codings and lengths:
            if len(lengths) > 1 or not lengths[0].isdigit():
                raise ValueError("not a length")
            yield from self.bytes(int(lengths[0]))
        else:
            while not self.ended:
                yield from self.bytes(len(self.left))
                yield
            return
        self.keeps = b"keep-alive" in connection if version == b"0" else b"close" not in connection

    def match(self, pattern, begin, end):
        """What comes next: it matches `pattern`, begins with `begin`, and is over with `end`."""
        while not (found := pattern.match(self.left)):
            if (not begin.startswith(self.left[:len(begin)]) or end in self.left
                    or NOT_A_LINE_END.search(self.left)):
                raise ValueError("not HTTP")
            yield
        self.left = self.left[found.end():]
        return found.groups()

    @staticmethod
    def fields_of_interest(fields):
        """The members of Transfer-Encoding, Content-Length and Connection, which are lists."""
        lists = {b"transfer-encoding": [], b"content-length": [], b"connection": []}
        for name, value in FIELD_OF_INTEREST.findall(fields):
            lists[name.lower()] += [word.strip().lower() for word in value.split(b",")]
        return lists.values()

    def bytes(self, size):
        """Content of this size."""
        if len(self.content) + size > CONTENT_MAX:
            raise ValueError("more than any response contains")
        while len(self.left) < size:
            yield
        self.content += self.left[:size]
        self.left = self.left[size:]

    def chunks(self):
        size = True
        while size:
            size = int((yield from self.match(CHUNK, b"", b"\r\n"))[0], 16)
            yield from self.bytes(size)
            if size:
                yield from self.match(CHUNK_END, b"\r\n", b"\r\n")
        yield from self.match(TRAILERS, b"", b"\r\n\r\n")


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
            Request.begun = int(fields[1]) if len(fields) > 1 else 0
            client.run(requests, int(fields[0]) or sys.maxsize)
            send("done")
        elif word == b"samples":
            write_samples(requests)


def serve(name, version, make_client):
    """Process waitbench's commands until end of file. `make_client` is called with the load."""
    send("waitbench", 2, name, version)
    try:
        handle_commands(make_client)
    except OSError as error:
        send("failed", error.errno or 0, error.strerror or error)
