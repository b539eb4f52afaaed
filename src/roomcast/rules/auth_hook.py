"""`on_auth`: a class says who may come into its rooms. It runs before there is a seat, and outside of any room's order.

So it sees no room and changes none: it is a static method. As `async def` it may wait for a database or another server;
as a plain function it runs in a thread of its own, and may take its time there as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeAlias

AuthHook: TypeAlias = Callable[[str, str | None, dict[str, Any]], Any]
_FORM: Final = "on_auth(name, credential, options)"


def auth_hook_of(cls: type) -> AuthHook | None:
    """The `on_auth` of a class; None: everyone may come. Raises `TypeError` for one that is no such function."""
    found = inspect.getattr_static(cls, "on_auth", None)
    if found is None:
        return None
    where = f"{cls.__name__}.on_auth"
    run = found.__func__ if isinstance(found, staticmethod) else None
    if not inspect.isfunction(run):
        raise TypeError(
            f"{where}: it runs before there is a seat, and sees no room: write @staticmethod above it, and def {_FORM}"
        )
    if inspect.isgeneratorfunction(run) or inspect.isasyncgenfunction(run):
        raise TypeError(f"{where}: with yield in it, nothing of it would run: take yield out")
    try:
        inspect.signature(run).bind("", None, {})
    except TypeError:
        raise TypeError(f"{where}: write def {_FORM}, without self") from None
    return run
