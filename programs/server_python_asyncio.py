#!/usr/bin/env python3
"""python-asyncio: one thread, one event loop, a task for each connection. The talk's own server.

asyncio.start_server() accepts; each connection gets a task that reads from top to bottom, with
await where it may have to wait: there it returns control to the loop, which polls the kernel
(epoll) and resumes the tasks that are ready. A delay is a timer in the loop's heap, so ten thousand
delays cost no thread. Every step runs through layers in Python (streams, futures, callbacks): some
hundred microseconds of CPU for each request, where a loop in C takes ten, and it uses one core.

start_server() listens with a backlog of 100 unless told otherwise, and few tell it: a burst of more
connections overflows the accept queue, the kernel drops SYNs, and their clients try again a second
later. This server keeps that default (a smaller --backlog is obeyed), because the talk's did; the
account's backlog_effective shows it. (Lesson 2, docs/lessons/02-accept-queue.md, is about that.)

Choose it for many connections that mostly wait, in Python."""
import asyncio
import signal

from waitbench_server import (DRAIN_MAX, DRAIN_SECONDS, Account, BadRequest, RequestReader,
                              Settings, announce, burn, now)

BACKLOG = 100  # the default of asyncio.start_server()


class Connection:
    """A connection and its task."""

    def __init__(self, server, reader, writer):
        self.server, self.settings = server, server.settings
        self.reader, self.writer = reader, writer
        self.task = asyncio.current_task()
        self.requests = RequestReader(server.settings)
        self.state = None  # "receive", "delay": where it may be given up
        writer.transport.set_write_buffer_limits(0)  # drain() waits until all is sent

    async def serve(self):
        try:
            await self.respond_to_all()
            if self.writer.transport.is_reading():
                self.writer.close()
                return
            await self.discard_rest()  # closing with unread input would reset the connection
        except BadRequest as bad:
            self.writer.write(self.requests.problem_response(bad))
            await self.discard_rest()
        except TimeoutError:
            self.settings.account.add(Account.TIMED_OUT)
        except OSError:
            pass  # the client is gone

    async def respond_to_all(self):
        keep = True
        while keep and not self.server.ending:
            self.state = "receive"
            request = await self.receive()
            self.state = None
            keep = request and await self.respond(request)

    async def receive(self):
        """The next request; None: there is none any more."""
        requests = self.requests
        try:
            async with asyncio.timeout(self.settings.idle_seconds):
                while not (request := requests.next()):
                    data = await self.reader.read(65536)
                    if not data and requests.partial:
                        raise BadRequest("the connection ended in the middle of a request")
                    if not data:
                        return None
                    requests.feed(data)
                return request
        except TimeoutError:
            requests.give_up()

    async def respond(self, request):
        """Returns whether the connection is kept."""
        account, received, completed = self.settings.account, now(), False
        account.begin_request()
        try:
            self.state = "delay"
            if request.delay:
                await asyncio.sleep(request.delay / 1e9)
            self.state = None
            overshoot = max(0, now() - received - request.delay)
            if self.settings.work:
                burn(self.settings.work)
            keep = request.keep_alive and not self.server.ending
            value = self.settings.random.randint(0, request.bound)
            self.writer.write(request.response(value, received, overshoot, keep))
            async with asyncio.timeout(self.settings.idle_seconds):
                await self.writer.drain()
            completed = True
        finally:
            account.end_request(completed)
        return keep

    async def discard_rest(self):
        """Let the client read the response before a reset could destroy it."""
        discarded = 0
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.writer.drain()
                self.writer.write_eof()
                while discarded < DRAIN_MAX and (data := await self.reader.read(65536)):
                    discarded += len(data)
        except OSError:
            pass  # that took too long, or the client is gone


class Server:
    def __init__(self, settings):
        self.settings, self.ending, self.connections = settings, False, set()

    async def serve_one(self, reader, writer):
        connection = Connection(self, reader, writer)
        self.settings.account.open()
        self.connections.add(connection)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            pass  # given up
        finally:
            if not writer.is_closing():
                writer.transport.abort()
            self.connections.discard(connection)
            self.settings.account.close()

    def give_up(self, condition):
        for connection in self.connections:
            if condition(connection):
                connection.task.cancel()

    def on_exception(self, loop, context):
        """Where no descriptors are left asyncio stops accepting for a second. Until then requests
        are given up whose clients have closed their side."""
        error = context.get("exception")
        if context["message"].startswith("socket.accept()"):
            self.settings.account.warn("have to wait", f"{error.strerror}; raise the limit "
                                       "(ulimit -n) or open fewer connections at once")
            self.give_up(lambda c: c.state == "delay" and c.reader.at_eof())
        else:
            loop.default_exception_handler(context)

    def end(self):
        self.ending = True
        for listener in self.listeners:
            listener.close()
        self.give_up(lambda connection: connection.state == "receive")
        self.ended.set()

    async def run(self):
        loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        loop.set_exception_handler(self.on_exception)
        self.listeners = [await asyncio.start_server(self.serve_one, sock=listener,
                                                     backlog=min(BACKLOG, self.settings.backlog))
                          for listener in self.settings.listeners]
        loop.add_signal_handler(signal.SIGTERM, self.end)
        announce()
        await self.ended.wait()
        while self.connections:
            await asyncio.wait([connection.task for connection in self.connections])


asyncio.run(Server(Settings()).run())
