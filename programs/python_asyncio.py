#!/usr/bin/env python3
"""python-asyncio: one thread, one event loop, a task for each of the C requests in flight.

async and await make a function that can be suspended: at an await it returns control to the loop,
which polls the kernel (epoll) and resumes the tasks that are ready. So thousands of waits share one
thread, without locks, and the code still reads from top to bottom. Every step goes through layers
in Python (tasks, futures, callbacks, streams): a few hundred microseconds of CPU per request, where
a loop in C takes some sixty, and it uses one core. Its timers are rounded up to milliseconds:
requests that start by a schedule begin up to that late. Choose it for many connections in Python. uvloop
replaces the loop by libuv, in C, which about halves that, without changes to this code."""
import asyncio
import math
import platform
import sys

from waitbench_client import now, send, serve


class Slot:
    """The slot of a task: one request at a time, over a connection that may be kept."""

    def __init__(self, number, load):
        self.number, self.load, self.writer = number, load, None

    async def connect(self):
        self.reader, self.writer = await asyncio.open_connection(*self.load.address)

    async def run(self, request):
        request.slot, request.start = self.number, now()
        try:
            correct = await self.exchange(request)
        except OSError as error:
            request.fail(self.stage, error)
            correct = False
        if self.writer and not (correct and self.load.keep_alive):
            await self.close()
        request.end = now()

    async def close(self):
        writer, self.writer = self.writer, None
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass  # the exchange has reported the cause

    async def exchange(self, request):
        self.stage = "connect"
        if self.writer:
            request.reused = 1
            request.connected = request.start
        else:
            await self.connect()
            request.connected = now()
        self.stage = "send"
        self.writer.write(request.text)
        await self.writer.drain()
        request.sent = now()
        self.stage = "receive"
        while request.take(self.load, await self.reader.read(65536)):
            pass
        return request.is_correct()


class Client:
    def __init__(self, load):
        self.slots = [Slot(number, load) for number in range(load.concurrency)]
        if load.keep_alive:
            loop.run_until_complete(self.connect())

    async def connect(self):
        for slot in self.slots:
            await slot.connect()

    async def work(self, slot, requests, deadline):
        for request in requests:
            if now() >= deadline:
                break
            while wait := request.wait():
                await asyncio.sleep(math.ceil(wait * 1000) / 1000)  # less than 1 ms would not sleep
            await slot.run(request)

    async def work_all(self, requests, deadline):
        await asyncio.gather(*(self.work(slot, requests, deadline) for slot in self.slots))

    def run(self, requests, deadline):
        loop.run_until_complete(self.work_all(iter(requests), deadline))


name, version, loops = "Python", platform.python_version(), asyncio
if "--uvloop" in sys.argv:
    try:
        import uvloop as loops
    except ImportError:
        send("failed", 0, f"{sys.executable} has no uvloop: the package python3-uvloop has it")
        sys.exit()
    name, version = "uvloop", f"{loops.__version__} on Python {version}"
loop = loops.new_event_loop()
serve(name, version, Client)
