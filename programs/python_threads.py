#!/usr/bin/env python3
"""python-threads: a ThreadPoolExecutor of C threads, one blocking request in each.

The first thing that one reaches for in Python, and what the talk measured: the code reads as if
nothing else happened, and while a thread waits for the network it lets go of the interpreter's
lock (the GIL), so a thousand waits cost no more time than one. What it costs is everything around
the waiting: Python code runs in one thread at a time, whatever the cores, each wait is a switch of
threads with a fight for that lock at its end, and every thread has a stack. Choose it for some
tens of requests at once, or where a library blocks and nothing else will do."""
import errno
import platform
import socket
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from waitbench_client import is_good, is_whole, now, serve


class Slot:
    """A thread's place: one request at a time, over a connection that may be kept."""

    def __init__(self, number, load):
        self.number, self.load, self.socket = number, load, None
        if load.keep_alive:
            self.socket = socket.create_connection(load.address)

    def carry(self, request):
        request.slot, request.start = self.number, now()
        try:
            good = self.exchange(request)
        except OSError as error:
            request.fail(self.stage, error)
            good = False
        if self.socket and not (good and self.load.keep_alive):
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
        while not is_whole(self.load, request.response):
            data = self.socket.recv(65536)
            if not data:
                request.outcome = "closed"
                return False
            request.first_byte = request.first_byte or now()
            request.response += data
        return is_good(self.load, request.response, request.bound)


class Client:
    def __init__(self, load):
        self.slots = deque(Slot(number, load) for number in range(load.concurrency))
        self.mine = threading.local()
        threading.stack_size(load.stack)
        self.pool = ThreadPoolExecutor(load.concurrency, initializer=self.take_slot)
        # The pool makes a thread when there is work and none is idle: keep them all busy at once.
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

        def carry(_):
            if now() < deadline:  # first: what is taken is carried
                self.mine.slot.carry(next(waiting))

        list(self.pool.map(carry, requests))


serve("Python", platform.python_version(), Client)
