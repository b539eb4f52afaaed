"""What may be registered as a function of a command or an event, and what cannot run: checked when it is registered."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, Final

from roomcast.client.given import shown
from roomcast.errors import BadArgument

EVENT_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "join": ("player",),
    "leave": ("player",),
    "away": ("player",),
    "back": ("player",),
    "host": ("player",),
    "set": ("player", "patch"),
    "error": ("error",),
    "progress": ("player", "progress"),
    "desync": ("seq", "players"),
    "offline": ("why",),
    "resumed": ("missed",),
    "skipped": ("first", "last"),
    "lost": ("why",),
    "closed": ("why",),
}
"""What the functions of each event are called with."""

_NAMELESS: Final = frozenset({"_", "<lambda>"})  # names that say nothing: two such functions are two


def check_runs(run: Any, where: str, *, coroutines: bool) -> None:
    """Raise `BadArgument` for what is no function, or would do nothing when it is called.

    `where`: how it is registered, for the message. `coroutines`: whether coroutine functions are awaited.
    """
    if isinstance(run, classmethod):
        raise BadArgument(
            f"{where}: a classmethod belongs to its class: write @classmethod above @room.…, or a function",
            topic="decorator",
        )
    if not callable(run):
        raise BadArgument(
            f"{where} takes a function, not {shown(run)}: write @{where} on the line above its def", topic="decorator"
        )
    plain = _function(run)
    if plain is None:
        return
    name = plain.__name__
    if inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain):
        raise BadArgument(
            f"{where}: {name} has yield in it, so a call of it does nothing: use a function without yield",
            topic="decorator",
        )
    if inspect.iscoroutinefunction(plain) and not coroutines:
        raise BadArgument(
            f"{where}: {name} is an async function, and pump() does not wait for those: write def, "
            "or join with roomcast.connect",
            topic="decorator",
        )
    if run is plain and _is_method(plain):
        raise BadArgument(
            f"{where}: {name} is a method, and without its object it cannot be called. Register it where there is one, "
            f"in __init__: self.{name} = room.everywhere(self.{name}), or room.on(…)(self.{name})",
            topic="decorator",
        )


def check_event(event: str, run: Callable[..., object]) -> None:
    """Raise `BadArgument` for a function that cannot take what the event's functions are called with."""
    parameters = EVENT_PARAMETERS[event]
    try:
        inspect.signature(run).bind(*parameters)
    except ValueError:
        return  # nothing is known of its parameters
    except TypeError:
        name = getattr(run, "__name__", "the function")
        name = "f" if name == "<lambda>" else name
        raise BadArgument(
            f'room.on("{event}"): {name}{inspect.signature(run)} is called with {len(parameters)} '
            f"{'argument' if len(parameters) == 1 else 'arguments'}: def {name}({', '.join(parameters)})",
            topic="decorator",
        ) from None


def command_name_of(run: Callable[..., object]) -> str:
    """The name under which a function is called everywhere. Raises `BadArgument` for one that has none."""
    name = getattr(run, "__name__", "")
    if not isinstance(name, str) or not name.isidentifier():
        raise BadArgument(
            f"room.everywhere needs a function that has a name, not {shown(run)}: write it with def. "
            'For one without a name: room.command("move")(…), and room.send("move", …)',
            topic="decorator",
        )
    return name


def replaces(new: Callable[..., object], old: Callable[..., object]) -> bool:
    """Whether `new` is a newer version of `old`: a function of the same name in the same module, compiled anew.

    So it is where a cell of a notebook runs again, a module is loaded again, or a name is given twice. Functions that
    one `def` makes several times (in a loop, for each object) are several.
    """
    one, other = _function(new), _function(old)
    return (
        one is not None
        and other is not None
        and not inspect.ismethod(new)
        and not inspect.ismethod(old)
        and (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)
        and one.__name__ not in _NAMELESS
        and "<locals>" not in one.__qualname__
        and one.__code__ is not other.__code__
    )


def are_both_written(new: Callable[..., object], old: Callable[..., object]) -> bool:
    """Whether both stand in one file, in different places: then somebody has used a name twice."""
    one, other = _function(new), _function(old)
    if one is None or other is None or one.__code__.co_filename != other.__code__.co_filename:
        return False
    return one.__code__.co_firstlineno != other.__code__.co_firstlineno


def _function(run: Any) -> types.FunctionType | None:
    """The function that runs in the end: of a method, a partial, a decorated one. None where it is not of Python's."""
    while True:
        if isinstance(run, functools.partial):
            run = run.func
        elif inspect.ismethod(run) or isinstance(run, staticmethod):
            run = run.__func__
        elif hasattr(run, "__wrapped__"):
            run = run.__wrapped__
        else:
            break
    if isinstance(run, types.FunctionType):
        return run
    call = inspect.getattr_static(type(run), "__call__", None)
    return call if isinstance(call, types.FunctionType) and not isinstance(run, type) else None


def _is_method(function: types.FunctionType) -> bool:
    """Whether a function is a method in the body of a class."""
    owner = function.__qualname__.rpartition(".")[0]
    first = function.__code__.co_varnames[: function.__code__.co_argcount][:1]
    return bool(owner) and not owner.endswith("<locals>") and first in (("self",), ("cls",))
