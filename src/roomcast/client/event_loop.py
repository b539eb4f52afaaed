"""Which event loop the network runs on."""

from __future__ import annotations

import asyncio
import socket
import sys


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop: uvloop's, which is faster, where there is one."""
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop()  # picows reads with less copying on it than on the proactor loop
    import uvloop  # here, for there is none on Windows

    return uvloop.new_event_loop()


def disown(one: socket.socket) -> None:
    """Let go of a socket that the running loop was given for a connection, which has ended.

    The loop has closed it. uvloop does so by its number, and where the connection is reset or given up while it is
    being made, leaves the socket object with that number, to close it once more: by then it may be another's
    (https://github.com/MagicStack/uvloop/issues/738).
    """
    if type(asyncio.get_running_loop()).__module__.partition(".")[0] == "uvloop":
        one.detach()
