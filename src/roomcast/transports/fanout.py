"""Writes the same large bytes to many sockets without a copy for each.

`send` copies its bytes into kernel memory. Where a thousand connections get 50 KB each, copying takes most of the time,
for receivers on the same machine as well. So the bytes are put into an in-memory file once, and `sendfile` hands the
same pages to every socket (Linux: sendfile(2), memfd_create(2)). The file is never written again: its pages may stay in
flight for long. Closing it does no harm, for the kernel keeps pages that are in flight.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Final, Protocol

# From here on a batch counts as large: bytes, and connections. For less, the file takes longer than it saves.
LARGE: Final = 16 * 1024
MANY: Final = 8


class OutputStream(Protocol):
    """The part of an asyncio transport that is used here."""

    def write(self, data: bytes | memoryview, /) -> object: ...

    def get_write_buffer_size(self) -> int: ...

    def is_closing(self) -> bool: ...


def spread(data: bytes, streams: Iterable[tuple[OutputStream, int]]) -> list[tuple[int, Exception]]:
    """Write `data` to all streams, each given with the file descriptor of its socket.

    What a socket does not take at once waits in its stream. Where the system has no in-memory files, or none left, the
    bytes are written to each stream as usual. Returns the places of the streams that raised, with what they raised.
    """
    failed: list[tuple[int, Exception]] = []
    file = _in_memory_file(data)
    try:
        for place, (stream, socket) in enumerate(streams):
            try:
                _write(data, file, stream, socket)
            except Exception as error:
                failed.append((place, error))
    finally:
        if file is not None:
            os.close(file)
    return failed


def _write(data: bytes, file: int | None, stream: OutputStream, socket: int) -> None:
    if stream.is_closing():
        return  # its descriptor may belong to another socket by now
    sent, size = 0, len(data)
    if file is not None and not stream.get_write_buffer_size():  # never overtake bytes that wait
        try:
            sent = os.sendfile(socket, file, 0, size)
        except OSError:
            pass  # the socket takes nothing now, or never again: its stream finds out
    if sent < size:
        stream.write(memoryview(data)[sent:] if sent else data)


def _in_memory_file(data: bytes) -> int | None:
    """The descriptor of an in-memory file with these bytes; None where the system has none."""
    if sys.platform != "linux":
        return None
    try:
        file = os.memfd_create("roomcast")
    except OSError:
        return None
    try:
        if os.write(file, data) == len(data):
            return file
    except OSError:
        pass
    os.close(file)
    return None
