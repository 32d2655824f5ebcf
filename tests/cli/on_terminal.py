#!/usr/bin/env python3
"""on_terminal.py COLUMNS COMMAND [WORD...]: run it on a terminal of its own, so many columns wide, with this
standard input as what is typed. Prints what the terminal got, and exits as the command does."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios


def main():
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
        attributes = termios.tcgetattr(1)
        attributes[1] &= ~termios.OPOST  # a line ends with \n alone: \r and \n may arrive in two reads
        termios.tcsetattr(1, termios.TCSANOW, attributes)
        os.execvp(sys.argv[2], sys.argv[2:])
    sources = [terminal] if os.isatty(0) else [terminal, 0]
    while True:
        ready = select.select(sources, [], [])[0]
        if 0 in ready:
            typed = os.read(0, 4096)
            if typed:
                os.write(terminal, typed)
            else:
                sources.remove(0)
        if terminal in ready:
            try:
                shown = os.read(terminal, 65536)
            except OSError:  # nobody has it open any more
                break
            sys.stdout.buffer.write(shown)
            sys.stdout.buffer.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
