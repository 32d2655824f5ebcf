#!/usr/bin/env python3
"""A server model as a program: start and end are here, serving is to be written.

The protocol is described in docs/server-programs.md: randintd hands over listening sockets and a
file for the account, and settings as environment variables.
"""
import os
import signal
import socket
import struct


def setting(name):
    return int(os.environ["RANDINTD_" + name])


# The account's counters, in its order.
ACCEPTED, OPEN, IN_FLIGHT, IN_FLIGHT_MAX, COMPLETED, ABORTED, REFUSED, BAD, IDLE = range(9)


class Account:
    """What randintd and waitbench read of this server: to be true whenever it waits."""

    def __init__(self):
        self.counters = [0] * 9

    def add(self, counter, change=1):
        """With several threads, call it under a lock."""
        self.counters[counter] += change
        self.counters[IN_FLIGHT_MAX] = max(self.counters[IN_FLIGHT_MAX], self.counters[IN_FLIGHT])
        os.pwrite(setting("ACCOUNT"), struct.pack("9Q", *self.counters), setting("ROW") + 16)


def serve(listeners, account):
    """Serve until SIGTERM, which is blocked here: wait for it with signal.sigwait() or similar.

    Accept from every listener; read a line with a bound; count it as in flight; wait for
    setting("DELAY") nanoseconds in the way of your model; send a random integer in [0, bound] and a
    newline; count it as completed; close. Print "ready" and a newline once that can begin.
    """
    raise NotImplementedError("serve() is not written yet: print ready, then accept and respond")


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
serve([socket.socket(fileno=3 + i) for i in range(setting("LISTENERS"))], Account())
