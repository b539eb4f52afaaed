"""Sends the body of a response that is read piece by piece, as fast as the client takes it.

A piece is read in another thread, because a disk may be slow, and the next one only when the client has taken most of
what was written: so a client costs a piece of memory, however large the body is and however slowly it reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from roomcast.transports.http_message import Body

PIECE: Final = 64 * 1024  # bytes


class BodySender:
    """Sends one body. `progress` is called with the size of each piece, and `sent` when all of it is written.

    `progress` returns for how many seconds the next piece is to wait.

    The connection says when writing pauses and resumes, and when it has ended. A body that ends before its size does
    ends the connection, so that the client knows that something is missing.
    """

    def __init__(
        self, transport: asyncio.Transport, body: Body, progress: Callable[[int], float], sent: Callable[[], object]
    ) -> None:
        self._transport = transport
        self._body = body
        self._progress = progress
        self._sent = sent
        self._left = body.size
        self._reading = False  # or waiting before that
        self._paused = False
        self._ended = False

    def start(self) -> None:
        transport = self._transport
        transport.set_write_buffer_limits(high=PIECE)
        self._read_next()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._read_next()

    def end(self) -> None:
        """The connection has ended."""
        if not self._ended and not self._reading:
            self._body.close()  # else it is closed already, or will be when it is read
        self._ended = True

    def _read_next(self) -> None:
        if self._reading or self._paused or self._ended:
            return
        if self._left == 0:
            self._ended = True
            self._body.close()
            self._sent()
            return
        self._reading = True
        reading = asyncio.get_running_loop().run_in_executor(None, self._body.read, min(PIECE, self._left))
        reading.add_done_callback(self._write)

    def _write(self, reading: asyncio.Future[bytes]) -> None:
        self._reading = False
        failed = reading.exception() is not None
        if self._ended:
            self._body.close()
            return
        piece = b"" if failed else reading.result()
        if not piece:
            self._transport.abort()
            return
        self._left -= len(piece)
        self._transport.write(piece)
        wait = self._progress(len(piece))
        if wait > 0:
            self._reading = True
            asyncio.get_running_loop().call_later(wait, self._read_on)
        else:
            self._read_next()

    def _read_on(self) -> None:
        self._reading = False
        if self._ended:
            self._body.close()
        else:
            self._read_next()
