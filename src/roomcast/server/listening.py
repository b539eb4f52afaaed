"""Listening on a port, with errors that say what to do."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable

from roomcast.discovery.service import host_and_port
from roomcast.errors import CannotServe


async def listening(listen: Awaitable[asyncio.Server], host: str, port: int, setting: str) -> asyncio.Server:
    """The listener that `listen` opens on `host` and `port`; `setting` is the option that chooses the port.

    Raises `CannotServe` in place of what the system says.
    """
    try:
        return await listen
    except OSError as error:
        topic = "port-taken" if error.errno == errno.EADDRINUSE else "cannot-listen"
        raise CannotServe(_explain(error, host, port, setting), topic=topic) from None
    except UnicodeError:
        raise CannotServe(
            f"{host!r} is no name of a computer: leave --host out to listen on all addresses", topic="cannot-listen"
        ) from None
    except OverflowError:
        raise CannotServe(
            f"there is no port {port}: choose one from 1 to 65535 with {setting}", topic="cannot-listen"
        ) from None


def _explain(error: OSError, host: str, port: int, setting: str) -> str:
    where = host_and_port(host, port)
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken, perhaps by another server: end that one, or choose another with {setting}"
    if error.errno == errno.EACCES:
        return f"no permission to listen on port {port}: choose one of 1024 or more with {setting}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this computer has no address {host}: leave --host out to listen on all it has"
    return f"cannot listen on {where}: {error.strerror or error}: check --host and {setting}"


def port_of(listener: asyncio.Server) -> int:
    """The port on which it listens, also where the system chose one."""
    return int(listener.sockets[0].getsockname()[1])
