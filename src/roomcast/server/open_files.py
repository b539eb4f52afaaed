"""How many files the system lets this process have open: each connection takes one."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import Final

RESERVED: Final = 64  # open files that are no connections: listeners, the room file, the log, the interpreter's own

log: Final = logging.getLogger("roomcast.server")


def raise_limit(wanted: int) -> int | None:
    """Raise the soft limit on open files to the hard one. Returns how many connections fit; None: any number.

    `wanted`: the connections that the settings allow. Where fewer fit, the log says so.
    """
    resource = _module()
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (hard, wanted + 2 * RESERVED):  # macOS has no hard limit, and yet one for each process
        if soft != resource.RLIM_INFINITY and (most == resource.RLIM_INFINITY or most > soft):
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                soft = most
            except (OSError, ValueError):
                continue
    if soft == resource.RLIM_INFINITY:
        return None
    fitting: int = max(1, soft - RESERVED)
    if fitting < wanted:
        log.warning(
            "This system allows %d open files, so at most %d connections at once, not %d: raise it with ulimit -n",
            *(soft, fitting, wanted),
        )
    return fitting


def _module() -> ModuleType | None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    return resource
