"""What the Python servers share: the protocol of docs/server-programs.md, and the requests that they
read and the responses that they write, without any I/O of connections."""
import http
import mmap
import os
import random
import re
import socket
import sys
import threading
import time

now = time.monotonic_ns

LINE_MAX = 63  # longest line or HTTP path, in bytes
HEAD_MAX = 64 * 1024  # longest head of an HTTP request
DRAIN_MAX = 64 * 1024  # most input that is read and discarded after an error
DRAIN_SECONDS = 1
BOUND_MAX = 2**63 - 1
DELAY_MAX = 60 * 10**9

TIME = re.compile(rb"([0-9]+\.?[0-9]*|\.[0-9]+)(h|ms?|us|ns|s|)")
UNITS = {b"h": 3600 * 10**9, b"m": 60 * 10**9, b"s": 10**9, b"ms": 10**6, b"us": 1000, b"ns": 1}
HEAD = re.compile(rb"([!#-'*+.0-9A-Z^-z|~-]+) (\S+) HTTP/([0-9])\.([0-9])\r\n"
                  rb"((?:[^\s:]+:[^\r\n]*\r\n)*)\r\n")
METHOD = re.compile(rb"[!#-'*+.0-9A-Z^-z|~-]+(?: |\r\n)")
METHODS = {method.encode() for method in http.HTTPMethod}


class BadRequest(Exception):
    """A problem to respond with. Its connection is closed afterwards."""

    def __init__(self, problem, status=400):
        super().__init__(problem)
        self.problem, self.status = problem, status


class Settings:
    def __init__(self):
        def integer(name):
            return int(os.environ["RANDINTD_" + name])

        self.listeners = [socket.socket(fileno=3 + i) for i in range(integer("LISTENERS"))]
        self.account = Account(integer("ACCOUNT"), integer("ROW"))
        self.delay, self.work, self.idle = integer("DELAY"), integer("WORK"), integer("IDLE")
        self.backlog, self.workers = integer("BACKLOG"), integer("WORKERS")
        self.keep_alive = integer("KEEP_ALIVE") == 1
        self.random = random.Random(integer("SEED"))

    @property
    def idle_seconds(self):
        return self.idle / 1e9


class Account:
    """This program's row in the account, which randintd and waitbench read in shared memory."""

    (ACCEPTED, OPEN, IN_FLIGHT, IN_FLIGHT_MAX, COMPLETED, ABORTED, REFUSED, BAD_REQUESTS,
     TIMED_OUT) = range(9)

    def __init__(self, fd, row):
        self.counters = memoryview(mmap.mmap(fd, 0))[row + 16:row + 88].cast("Q")
        self.lock = threading.Lock()  # += is a load and a store, in between other threads may run
        self.last_warning = -10**9

    def add(self, counter, more=1):
        with self.lock:
            self.counters[counter] += more

    def open(self):
        self.add(self.ACCEPTED)
        self.add(self.OPEN)

    def close(self):
        self.add(self.OPEN, -1)

    def begin_request(self):
        with self.lock:
            self.counters[self.IN_FLIGHT] += 1
            self.counters[self.IN_FLIGHT_MAX] = max(self.counters[self.IN_FLIGHT],
                                                    self.counters[self.IN_FLIGHT_MAX])

    def end_request(self, completed):
        with self.lock:
            self.counters[self.COMPLETED if completed else self.ABORTED] += 1
            self.counters[self.IN_FLIGHT] -= 1  # last: none in flight means that all are counted

    def warn(self, what, why):
        """Say why connections `what` ("are refused", "have to wait"), once a second at most."""
        if now() - self.last_warning >= 10**9:
            self.last_warning = now()
            print(f"randintd: connections {what} ({self.counters[self.REFUSED]} refused so far): "
                  f"{why}", file=sys.stderr, flush=True)


def announce():
    print("ready", flush=True)


def burn(duration):
    """As a request that has something to compute."""
    end = time.thread_time_ns() + duration
    while time.thread_time_ns() < end:
        pass


class Request:
    """A random integer in [0, bound], after a delay. Over HTTP, `version` is 0 or 1."""

    def __init__(self, bound, delay, timing, keep_alive, version=None, head_only=False):
        self.bound, self.delay, self.timing, self.keep_alive = bound, delay, timing, keep_alive
        self.version, self.head_only = version, head_only

    def response(self, value, received, overshoot, keep):
        text = f"{value} {received} {self.delay} {overshoot}\n" if self.timing else f"{value}\n"
        if self.version is None:
            return text.encode()
        return http_response(200, text, self.version, self.head_only, keep)


def http_response(status, text, version, head_only, keep):
    connection = "close" if not keep else "keep-alive" if version == 0 else ""
    return (f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n"
            + ("Allow: GET, HEAD\r\n" if status == 405 else "")
            + (f"Connection: {connection}\r\n" if connection else "")
            + f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
            + ("" if head_only else text)).encode()


def parse_integer(text):
    send = ": send an integer from 0 to 9223372036854775807"
    if not text:
        raise BadRequest("empty" + send)
    if text[:1] == b"-" and len(text) > 1:
        raise BadRequest("negative" + send)
    if not re.fullmatch(rb"[0-9]+", text):
        raise BadRequest("not a number" + send)
    if int(text) > BOUND_MAX:
        raise BadRequest("too large" + send)
    return int(text)


def parse_delay(text):
    found = TIME.fullmatch(text)
    number, unit = (float(found[1]), found[2]) if found else (1, b"")
    delay = round(number * UNITS[unit]) if unit else 0
    if delay > DELAY_MAX or (number and not unit):
        raise BadRequest("bad option: a delay (5ms, 1.5s; 60s at most) or the word timing")
    return delay


class RequestReader:
    """Reads the requests of a connection, whose first byte tells the protocol: HTTP's methods are
    upper-case letters."""

    def __init__(self, settings):
        self.settings, self.left, self.http, self.skip = settings, b"", None, 0
        self.head_only = False  # of the last request

    def feed(self, data):
        self.left += data

    @property
    def partial(self):
        return bool(self.left or self.skip)

    def give_up(self):
        """Where a TimeoutError is handled: silence between requests stays one."""
        if not self.partial:
            raise
        self.settings.account.add(Account.TIMED_OUT)
        raise BadRequest("the rest of the request did not arrive before the idle timeout")

    def next(self):
        """The next request, or None: more input is needed. Raises BadRequest."""
        if self.skip:  # the content of the request before
            skipped = min(self.skip, len(self.left))
            self.left, self.skip = self.left[skipped:], self.skip - skipped
        if not self.left or self.skip:
            return None
        if self.http is None:
            self.http = b"A" <= self.left[:1] <= b"Z"
        return self.next_http() if self.http else self.next_line()

    def next_line(self):
        line, newline, rest = self.left.partition(b"\n")
        if len(line) > LINE_MAX:
            raise BadRequest(f"the line is too long: {LINE_MAX} bytes at most")
        if not newline:
            return None
        self.left = rest
        return self.parse(line.removesuffix(b"\r").split(b" "), b"",
                          keep_alive=self.settings.keep_alive)

    def parse(self, words, key, **more):
        """The bound, and options: a delay with `key` before it, and "timing"."""
        bound, delay, timing = parse_integer(words[0]), None, False
        for word in words[1:]:
            if word == b"timing":
                timing = True
            elif delay is None and word.startswith(key):
                delay = parse_delay(word[len(key):])
            else:
                parse_delay(b"")
        return Request(bound, self.settings.delay if delay is None else delay, timing, **more)

    def next_http(self):
        end = self.left.find(b"\r\n\r\n") + 4
        if end < 4 and len(self.left) <= HEAD_MAX:
            return None
        head, self.left = self.left[:end], self.left[end:]
        found = HEAD.fullmatch(head)
        if not found:
            method = METHOD.match(head)
            known = not method or method[0][:-1].rstrip() in METHODS
            raise (BadRequest("this is not HTTP/1.1") if known
                   else BadRequest("the method is unknown", 501))
        method, path, major, minor, fields = found.groups()
        self.head_only = method == b"HEAD"
        return self.route(method, path, int(minor), self.headers(method, major, minor, fields))

    @staticmethod
    def headers(method, major, minor, fields):
        """The fields by their names, those that occur more than once as a list. Raises BadRequest
        for what is wrong apart from the path."""
        headers = {}
        for field in fields.split(b"\r\n")[:-1]:
            name, value = field.split(b":", 1)
            name = name.lower()
            value = value.strip().lower()
            headers[name] = headers[name] + b", " + value if name in headers else value
            if name == b"host" and b"," in headers[name]:
                raise BadRequest("there is not exactly one Host header")
        if method not in METHODS:
            raise BadRequest("the method is unknown", 501)
        if major != b"1" or minor not in b"01":
            raise BadRequest("the version is not HTTP/1.0 or HTTP/1.1", 505)
        if minor == b"1" and b"host" not in headers:
            raise BadRequest("there is not exactly one Host header")
        if method not in (b"GET", b"HEAD"):
            raise BadRequest("only GET and HEAD are served", 405)
        if b"transfer-encoding" in headers:
            raise BadRequest("requests with a Transfer-Encoding are not served", 501)
        if not re.fullmatch(rb"[0-9]{1,18}", headers.get(b"content-length", b"0")):
            raise BadRequest("Content-Length is not a length")
        return headers

    def route(self, method, path, version, headers):
        if len(path) > LINE_MAX:
            raise BadRequest("the path is too long", 414)
        if not path.startswith(b"/"):
            raise BadRequest("this is not HTTP/1.1")
        if not path.startswith(b"/randint/"):
            raise BadRequest("not found: the path is /randint/N", 404)
        connection = headers.get(b"connection", b"")
        keep_alive = b"keep-alive" in connection if version == 0 else b"close" not in connection
        if b"expect" in headers:  # whose content the client may not send at all
            keep_alive = False
        else:
            self.skip = int(headers.get(b"content-length", b"0"))
        return self.parse(re.split(rb"[?&]", path.removeprefix(b"/randint/")), b"delay=",
                          keep_alive=keep_alive, version=version,
                          head_only=method == b"HEAD")

    def problem_response(self, bad):
        self.settings.account.add(Account.BAD_REQUESTS)
        if not self.http:
            return f"error: {bad.problem}\n".encode()
        return http_response(bad.status, bad.problem + "\n", 1, self.head_only, False)
