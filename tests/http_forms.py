#!/usr/bin/env python3
"""http_forms.py FORM [HOST]: a server whose responses have a form that HTTP/1.x permits, or not.
FORM is one of those below, or what a client makes of them ("complete", "any-length" for clients of
a URL, "refused", "closed" or "garbled"): all of these in turn, after a warm-up of ordinary ones.
With "host" it prints the Host header of each request, with "request" its lines, joined by "|". The
number that it responds with is always 0, which is correct for any request. Listens on a free port
of HOST (127.0.0.1); prints it, and how many forms it has."""
import itertools
import os
import socket
import sys
import threading
import time

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
NUMBER = b"\r\n0\n"

WARMUP_REQUESTS = 32  # as bench/run/measure.c

# What a form sends, in pieces, and whether it then closes.
COMPLETE = {
    "length": ([OK + LENGTH + NUMBER], False),
    "length-in-pieces": ([OK[:3], OK[3:] + LENGTH[:9], LENGTH[9:-1], b"\n\r", b"\n", b"0", b"\n"],
                         False),
    "spelling": ([b"HTTP/1.1 200\r\ncontent-LENGTH:2 \r\nX: a\r\n  b\r\nEmpty:\r\n" + NUMBER],
                 False),
    "chunked": ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n0\n\r\n0\r\n\r\n"], False),
    "chunked-with-all": ([OK + b"TRANSFER-encoding:\tChunked\r\n\r\n",
                          b"01;a=b\r\n0\r\n1;c=\"d\"\r\n\n\r\n",
                          b"00;last\r\nTrailer: t\r\nAnother:\r\n\r\n"], False),
    "chunked-in-pieces": ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r", b"\n0", b"\n\r",
                           b"\n0\r\n", b"T: t\r", b"\n\r", b"\n"], False),
    "chunked-closing": ([OK + b"Connection: Close\r\nTransfer-Encoding: chunked\r\n\r\n"
                         b"2\r\n0\n\r\n0\r\n\r\n"], True),
    "closing": ([OK + b"Connection: x, close\r\n" + LENGTH + NUMBER], True),
    "to-the-end": ([OK + NUMBER], True),
    "to-the-end-in-pieces": ([OK + b"Connection: close\r\n\r\n", b"0", b"\n"], True),
    "to-the-end-coded": ([OK + b"Transfer-Encoding: identity\r\n" + NUMBER], True),
    "http10": ([b"HTTP/1.0 200 OK\r\n" + NUMBER], True),
    "http10-length": ([b"HTTP/1.0 200 OK\r\n" + LENGTH + NUMBER], True),
    "http10-kept": ([b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + LENGTH + NUMBER], False),
    "interim": ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK + LENGTH + NUMBER], False),
    "interim-thrice": ([b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n",
                        b"\r\nHTTP/1.1 199 \r\n\r\n", OK + LENGTH + NUMBER], False),
    "large-head": ([OK + LENGTH + b"X: " + b"\\" * 60000 + b"\r\n" + NUMBER], False),
}
ANY_LENGTH = {
    "no-content": ([b"HTTP/1.1 204 No Content\r\n\r\n"], False),
    "created": ([b"HTTP/1.1 201 Created\r\n" + LENGTH + b"\r\nab"], False),
    "empty": ([OK + b"Content-Length: 0\r\n\r\n"], False),
    "long": ([OK + b"Content-Length: 300000\r\n\r\n", b"\0" * 299999, b"x"], False),
    "long-chunked": ([OK + b"Transfer-Encoding: chunked\r\n\r\n",
                      (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 300, b"0\r\n\r\n"], False),
    "long-to-its-end": ([OK + b"\r\n", b"y" * 300000], True),
}
REFUSED = {
    "no-content": ([b"HTTP/1.1 204 No Content\r\n\r\n"], False),
    "not-modified": ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"], False),
    "switching": ([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"], False),
    "not-found": ([b"HTTP/1.1 404 Not Found\r\n" + LENGTH + NUMBER], False),
    "long-page": ([b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000000\r\n\r\n", b"x" * 100000],
                  False),
}
OTHER = {
    "moved": ([b"HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], False),
    "failing": ([b"HTTP/1.1 500 Internal Server Error\r\n" + LENGTH + NUMBER], False),
    "endless": ([OK + b"Content-Length: 1000000\r\n\r\n", b"x" * 1000], False),
}
CLOSED = {
    "nothing": ([], True),
    "half-a-head": ([OK + LENGTH], True),
    "interim-only": ([b"HTTP/1.1 100 Continue\r\n\r\n"], True),
    "half-a-body": ([OK + LENGTH + b"\r\n0"], True),
    "half-a-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n0"], True),
    "no-last-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n0\n\r\n"], True),
}
# After these the connection stays open: a client that waits for more waits for ever.
GARBLED = {
    "another-protocol": ([b"220 ready"], False),
    "another-version": ([b"HTTP/2.0 200 OK\r\n" + LENGTH + NUMBER], False),
    "no-status": ([b"HTTP/1.1 OK\r\n\r\n"], False),
    "lines-without-cr": ([b"HTTP/1.1 200 OK\nContent-Length: 2\n\n0\n"], False),
    "not-a-header": ([OK + b"Content-Length 2\r\n" + NUMBER], False),
    "not-a-length": ([OK + b"Content-Length: 2x\r\n" + NUMBER], False),
    "two-lengths": ([OK + LENGTH + b"Content-Length: 3\r\n" + NUMBER], False),
    "not-a-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n0\n\r\n"], False),
    "longer-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n0\n\r\n"], False),
    "not-a-number": ([OK + b"Content-Length: 3\r\n\r\nno\n"], False),
    "long-content": ([OK + b"Content-Length: 1000\r\n\r\n" + b"0" * 200], False),
    "long-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n" + b"0" * 200], False),
    "long-to-the-end": ([OK + b"\r\n" + b"0" * 200], False),
    "endless-head": ([OK] + [b"X: " + b"x" * 1000 + b"\r\n"] * 100, False),
    "endless-interim": ([b"HTTP/1.1 100 Continue\r\n\r\n" * 1000] * 4, False),
    "two-responses": ([(OK + LENGTH + NUMBER) * 2], False),
}
CLASSES = {"complete": COMPLETE, "any-length": ANY_LENGTH, "refused": REFUSED, "closed": CLOSED,
           "garbled": GARBLED}
FORMS = {**COMPLETE, **ANY_LENGTH, **REFUSED, **OTHER, **CLOSED, **GARBLED}


def respond(connection, forms, printed):
    """To one request. Returns whether there may be another."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        piece = connection.recv(4096)
        if not piece:
            return False
        request += piece
    lines = request.split(b"\r\n")
    if printed == "host":
        lines = [line[6:] for line in lines if line.startswith(b"Host: ")]
    if printed in ("host", "request"):
        os.write(sys.stdout.fileno(), b"|".join(lines) + b"\n")  # whole, from whatever thread
    pieces, closes = next(forms)
    for piece in pieces:
        connection.sendall(piece)
        if len(pieces) < 10:
            time.sleep(0.002)
    return not closes


def serve(connection, *how):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while respond(connection, *how):
                pass
        except ConnectionError:
            pass


def main(form, host="127.0.0.1"):
    several = CLASSES.get(form, {}).values()
    warmup = itertools.repeat(FORMS["length"], WARMUP_REQUESTS if several else 0)
    forms = itertools.chain(warmup, itertools.cycle(several or [FORMS.get(form, FORMS["length"])]))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=1024)
    print(listener.getsockname()[1], len(several), flush=True)
    while True:
        connection = listener.accept()[0]
        how = (connection, forms, form)
        threading.Thread(target=serve, args=how, daemon=True).start()


main(*sys.argv[1:])
