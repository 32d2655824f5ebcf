#!/usr/bin/env python3
"""python-threads: a ThreadPoolExecutor of C threads, one blocking request in each.

The usual first choice in Python, and what the talk measured: each request is straight-line code,
and while a thread waits for the network it releases the interpreter's lock (the GIL), so a thousand
waits take no longer than one. The cost is in everything but the waiting: Python code runs in one
thread at a time, whatever the number of cores (except in a free-threaded build, from 3.13 on: PEP
703; WAITBENCH_PYTHON=python3.13t measures it); each wait is a thread switch, followed by contention
for that lock; and every thread has a stack. Requests that start by a schedule are awaited with
time.sleep(), which takes nanoseconds. Choose it for some tens of requests at once, or for a
library that blocks."""
import errno
import platform
import socket
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from waitbench_client import now, serve


class Slot:
    """The slot of a thread: one request at a time, over a connection that may be kept."""

    def __init__(self, number, load):
        self.number, self.load, self.socket = number, load, None
        if load.keep_alive:
            self.socket = socket.create_connection(load.address)

    def run(self, request):
        request.slot, request.start = self.number, now()
        try:
            correct = self.exchange(request)
        except OSError as error:
            request.fail(self.stage, error)
            correct = False
        if self.socket and not (correct and self.load.keep_alive):
            self.socket.close()
            self.socket = None
        request.end = now()

    def exchange(self, request):
        self.stage = "connect"
        if self.socket:
            request.reused = 1
            request.connected = request.start
        else:
            self.socket = socket.create_connection(self.load.address)
            request.connected = now()
        self.stage = "send"
        self.socket.sendall(request.text)
        request.sent = now()
        self.stage = "receive"
        while request.take(self.load, self.socket.recv(65536)):
            pass
        return request.is_correct()


class Client:
    def __init__(self, load):
        self.slots = deque(Slot(number, load) for number in range(load.concurrency))
        self.mine = threading.local()
        threading.stack_size(load.stack)
        self.pool = ThreadPoolExecutor(load.concurrency, initializer=self.take_slot)
        # The pool creates a thread only if no thread is idle: block them all until there are C.
        together = threading.Barrier(load.concurrency)
        try:
            list(self.pool.map(lambda _: together.wait(), range(load.concurrency)))
        except RuntimeError as error:
            together.abort()
            raise OSError(errno.EAGAIN, f"{error}, of {load.concurrency}") from error

    def take_slot(self):
        self.mine.slot = self.slots.popleft()

    def run(self, requests, deadline):
        waiting = iter(requests)

        def run_next(_):
            if now() < deadline:  # checked first: a request that is taken must run
                request = next(waiting)
                while wait := request.wait():
                    time.sleep(wait)
                self.mine.slot.run(request)

        list(self.pool.map(run_next, requests))


serve("Python", platform.python_version(), Client)
