"""Which event loop the network runs on."""

from __future__ import annotations

import asyncio
import sys


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop: uvloop's, which is faster, where there is one."""
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop()  # picows reads with less copying on it than on the proactor loop
    import uvloop  # here, for there is none on Windows

    return uvloop.new_event_loop()
