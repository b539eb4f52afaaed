"""Reaching a server: its addresses, and a TCP connection to the first of them that answers.

Addresses are tried as RFC 8305 (Happy Eyeballs) says: the families in turn, the next one a quarter of a second after
the last, without giving up on those that were begun. So one that is dead costs a moment, not a time-out.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, Final, TypeAlias

from roomcast.transports.client_network import CONNECT_WITHIN

CLOSED_AT_ONCE: Final = "the connection was closed at once"
NEXT_AFTER: Final = 0.25  # seconds until the next address is tried as well (RFC 8305, section 5)
MAX_ADDRESSES: Final = 20  # of a name, that are tried

Address: TypeAlias = tuple[socket.AddressFamily, int, int, str, Any]
"""As `socket.getaddrinfo` returns it."""


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host. Raises OSError.

    A resolver may take its time, and cannot be stopped. It has a thread of its own, which nobody waits for when the
    caller is cancelled or the program ends.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def tell(addresses: list[Address], error: OSError | None) -> None:
        if found.done():
            return
        if error is None:
            found.set_result(addresses)
        else:
            found.set_exception(error)

    def look() -> None:
        addresses: list[Address] = []
        error: OSError | None = None
        try:
            addresses = list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except UnicodeError:
            error = OSError("no computer can have that name")
        except Exception as failure:
            error = failure if isinstance(failure, OSError) else OSError(str(failure))
        try:
            loop.call_soon_threadsafe(tell, addresses, error)
        except RuntimeError:
            pass  # the loop has ended meanwhile

    threading.Thread(target=look, name=f"roomcast looks up {host}", daemon=True).start()
    return await found


async def connect_to_first(addresses: Sequence[Address]) -> socket.socket:
    """A socket to the first of the addresses that answers. Raises OSError: that of the first one that failed.

    Each has `CONNECT_WITHIN` seconds.
    """
    if not addresses:
        raise OSError("the host has no address")
    waiting = _in_turn(addresses)[:MAX_ADDRESSES]
    running: set[asyncio.Task[socket.socket]] = set()
    first_error: OSError | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(_connect(waiting.pop(0))))
            done, running = await asyncio.wait(
                running, timeout=NEXT_AFTER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            reached: socket.socket | None = None
            for task in done:
                error = task.exception()
                if error is None and reached is None:
                    reached = task.result()
                elif error is None:
                    task.result().close()
                elif isinstance(error, OSError):
                    first_error = first_error or error
                else:
                    raise error
            if reached is not None:
                return reached
    finally:
        _stop(running)
    assert first_error is not None
    raise first_error


def _in_turn(addresses: Sequence[Address]) -> list[Address]:
    """The families in turn, beginning with that of the first address (RFC 8305, section 4)."""
    preferred = [one for one in addresses if one[0] == addresses[0][0]]
    others = [one for one in addresses if one[0] != addresses[0][0]]
    return [one for one in chain.from_iterable(zip_longest(preferred, others)) if one is not None]


async def _connect(address: Address) -> socket.socket:
    family, kind, protocol, _, where = address
    one = socket.socket(family, kind, protocol)
    try:
        one.setblocking(False)
        async with asyncio.timeout(CONNECT_WITHIN):
            await asyncio.get_running_loop().sock_connect(one, where)
    except BaseException:
        one.close()
        raise
    return one


def is_connected(one: socket.socket) -> bool:
    """Whether it still is: the other end may have reset it since it was connected."""
    try:
        one.getpeername()
    except OSError:
        return False
    return True


def _stop(running: set[asyncio.Task[socket.socket]]) -> None:
    """Stop attempts that are not needed; one that has succeeded meanwhile is closed."""
    for task in running:
        task.add_done_callback(_close)
        task.cancel()


def _close(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
