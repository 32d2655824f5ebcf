#!/usr/bin/env python3
"""python-threads: a thread for each connection, blocking sockets.

The main thread accepts; each connection gets a thread that serves it from top to bottom. While a
thread waits, for the network or in its delay, it has released the interpreter's lock (the GIL), so
a thousand delays take no longer than one. Everything else runs in one thread at a time, whatever
the number of cores: with --work, a second core does not help (except in a free-threaded build,
from 3.13 on: PEP 703; WAITBENCH_PYTHON=python3.13t measures it). A thread that is woken has to wait
for the lock, up to 5 ms where others compute (sys.setswitchinterval), so that many threads that
become ready at once respond late.

--workers bounds how many there can be; further connections are closed at once and counted as
refused, as are those for which no thread can be started.

Choose it for some tens of connections, or for a library that blocks."""
import errno
import signal
import socket
import threading
import time

from waitbench_server import (DRAIN_MAX, DRAIN_SECONDS, Account, BadRequest, RequestReader,
                              Settings, announce, burn, now)

NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
PAUSE_SECONDS = 0.1  # before the next attempt to accept


class Connection:
    def __init__(self, server, connection):
        self.server, self.settings, self.socket = server, server.settings, connection
        self.requests = RequestReader(server.settings)

    def serve(self):
        try:
            self.respond_to_all()
            if self.has_unread_input():  # closing now would reset the connection
                self.discard_rest()
        except BadRequest as bad:
            self.send_problem(bad)
        except TimeoutError:
            self.settings.account.add(Account.TIMED_OUT)
        except OSError:
            pass  # the client is gone
        finally:
            self.server.closed(self)

    def respond_to_all(self):
        keep = True
        while keep and not self.server.ending:
            request = self.receive()
            keep = request and self.respond(request)

    def receive(self):
        """The next request; None: there is none any more."""
        requests, deadline = self.requests, now() + self.settings.idle
        try:
            while not (request := requests.next()):
                self.socket.settimeout(max(1e-6, (deadline - now()) / 1e9))
                data = self.socket.recv(65536)
                if not data and requests.partial and not self.server.ending:
                    raise BadRequest("the connection ended in the middle of a request")
                if not data:
                    return None
                requests.feed(data)
            return request
        except TimeoutError:
            requests.give_up()

    def respond(self, request):
        """Returns whether the connection is kept."""
        account, received, completed = self.settings.account, now(), False
        account.begin_request()
        try:
            if request.delay:
                time.sleep(request.delay / 1e9)
            overshoot = max(0, now() - received - request.delay)
            if self.settings.work:
                burn(self.settings.work)
            keep = request.keep_alive and not self.server.ending
            value = self.settings.random.randint(0, request.bound)
            self.socket.settimeout(self.settings.idle_seconds)
            self.socket.sendall(request.response(value, received, overshoot, keep))
            completed = True
        finally:
            account.end_request(completed)
        return keep

    def end_input(self):
        """Let one that waits for a request see the end of its input."""
        try:
            self.socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass  # the client is gone

    def has_unread_input(self):
        try:
            self.socket.setblocking(False)
            return bool(self.socket.recv(1))
        except OSError:
            return False

    def send_problem(self, bad):
        try:
            self.socket.settimeout(self.settings.idle_seconds)
            self.socket.sendall(self.requests.problem_response(bad))
            self.discard_rest()
        except OSError:
            pass

    def discard_rest(self):
        """Let the client read the response before a reset could destroy it."""
        discarded, deadline = 0, now() + DRAIN_SECONDS * 10**9
        self.socket.shutdown(socket.SHUT_WR)
        while discarded < DRAIN_MAX and now() < deadline:
            self.socket.settimeout(max(1e-6, (deadline - now()) / 1e9))
            data = self.socket.recv(65536)
            if not data:
                break
            discarded += len(data)


class Server:
    def __init__(self, settings):
        self.settings, self.ending = settings, False
        [self.listener] = settings.listeners  # a thread can block in one accept()
        self.connections, self.lock = {}, threading.Lock()

    def closed(self, connection):
        with self.lock:
            del self.connections[connection]
            connection.socket.close()
        self.settings.account.close()

    def start(self, accepted):
        """A thread for a connection."""
        account, why = self.settings.account, None
        if len(self.connections) >= self.settings.workers:
            why = f"all {self.settings.workers} threads are busy; raise --workers"
        else:
            connection = Connection(self, accepted)
            thread = threading.Thread(target=connection.serve)
            with self.lock:
                self.connections[connection] = thread
            account.open()
            try:
                thread.start()
            except RuntimeError as error:
                why = f"{error}; raise the limit (ulimit -u)"
                self.closed(connection)
        if why:
            accepted.close()
            account.add(Account.REFUSED)
            account.warn("are refused", why)

    def accept_all(self):
        while not self.ending:
            try:
                accepted, _ = self.listener.accept()
            except OSError as error:
                if error.errno in NO_ROOM:
                    self.settings.account.warn("have to wait", f"{error.strerror}; raise the "
                                               "limit (ulimit -n) or open fewer at once")
                    time.sleep(PAUSE_SECONDS)
                continue
            self.start(accepted)

    def on_signal(self, *_):
        self.ending = True
        self.listener.shutdown(socket.SHUT_RD)  # so that accept() returns

    def run(self):
        signal.signal(signal.SIGTERM, self.on_signal)
        announce()
        self.accept_all()
        self.listener.close()
        with self.lock:
            threads = list(self.connections.values())
            for connection in self.connections:
                connection.end_input()
        for thread in threads:
            thread.join()


Server(Settings()).run()
