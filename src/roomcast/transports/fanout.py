"""One large piece of bytes to many sockets, without a copy for each.

`send` copies what it is given into memory of the system's. Where a thousand get 50 KB each, moving memory is what takes
the time, for the receivers on the same machine as well. So the bytes go into a file that is only in memory, once, and
`sendfile` hands the same pages to every socket (Linux: sendfile(2), memfd_create(2)). The file is not written again, as
the pages may be on their way for long; what is on its way when it is closed, the system keeps.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Protocol


class Stream(Protocol):
    """What is asked of an asyncio transport."""

    def write(self, data: bytes | memoryview, /) -> object: ...

    def get_write_buffer_size(self) -> int: ...

    def is_closing(self) -> bool: ...


def spread(data: bytes, streams: Iterable[tuple[Stream, int]]) -> None:
    """Write bytes to all streams, each given with its socket's descriptor.

    What a socket does not take at once waits in its stream. Where the system has no files in memory, or none left, each
    is written to as always.
    """
    file, size = _file_of(data), len(data)
    try:
        for stream, socket in streams:
            if stream.is_closing():
                continue  # its descriptor may be another's by now
            sent = 0
            if file is not None and not stream.get_write_buffer_size():  # else it must wait behind what waits
                try:
                    sent = os.sendfile(socket, file, 0, size)
                except OSError:
                    pass  # it takes nothing now, or never again: its stream will see
            if sent < size:
                stream.write(memoryview(data)[sent:] if sent else data)
    finally:
        if file is not None:
            os.close(file)


def _file_of(data: bytes) -> int | None:
    """The descriptor of a file in memory with these bytes."""
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
