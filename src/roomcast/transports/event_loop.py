"""Which event loop servers and clients run on."""

from __future__ import annotations

import asyncio
import sys


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop: uvloop's, which is faster, where it can be imported; else asyncio's own.

    There is no uvloop for Windows and for PyPy, and for a new or a free-threaded Python it may come later. On Windows
    this is the proactor loop: the selector loop has `select` there, which ends a server at 512 sockets. So nothing may
    need `add_reader` and its relatives, which the proactor loop does not have.
    """
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    try:
        import uvloop
    except ImportError:
        return asyncio.SelectorEventLoop()
    return uvloop.new_event_loop()


def is_uvloop(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether a loop is uvloop's; asks without importing it."""
    return type(loop).__module__.partition(".")[0] == "uvloop"
