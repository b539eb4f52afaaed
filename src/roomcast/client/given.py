"""Values that a program hands over, other than arguments: checked at the call, with a sentence that names the value.

`what` names the value for the message, as the program writes it: "port=".
"""

from __future__ import annotations

import operator
from math import inf, isnan
from typing import Any, SupportsFloat, SupportsIndex

from roomcast.core.client.outbox import Outdating
from roomcast.errors import BadArgument


def text(what: str, value: Any) -> str:
    """The value, if it is text that UTF-8 can carry; of a subclass (an enum of texts), the plain text.

    `what` names it for the message, with an example of what to write. Raises `BadArgument`.
    """
    if not isinstance(value, str):
        raise BadArgument(f"{what} is text, not {a_kind(value)} ({shown(value)})", topic="setting")
    plain = str.__str__(value)
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise BadArgument(
            f"{what} has half a character (a lone surrogate) in it: {shown(plain)}", topic="setting"
        ) from None
    return plain


def secret_text(what: str, value: Any) -> str | None:
    """As `text`, for what no message may show; None stays None. Raises `BadArgument`."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadArgument(f"{what} is text, not {a_kind(value)}", topic="setting")
    plain = str.__str__(value)
    if not plain.isascii() and plain != plain.encode(errors="replace").decode():
        raise BadArgument(f"{what} has half a character (a lone surrogate) in it", topic="setting")
    return plain


def whole_number(what: str, value: SupportsIndex, least: int, most: float = inf) -> int:
    """The value, if it is a whole number from `least` to `most`. Raises `BadArgument`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if not least <= number <= most or isinstance(value, bool):
        allowed = f"at least {least}" if most == inf else f"from {least} to {most}"
        raise BadArgument(f"{what} is a whole number, {allowed}, not {shown(value)}", topic="setting")
    return number


def yes_or_no(what: str, value: object) -> bool:
    """The value, if it is True or False: of anything else, the truth may be another than was meant.

    Raises `BadArgument`.
    """
    if not isinstance(value, bool):
        raise BadArgument(f"{what} is True or False, not {shown(value)}", topic="setting")
    return value


def seconds(what: str, value: SupportsFloat) -> float:
    """A time in seconds: below 0 counts as 0, and it may be infinite. Raises `BadArgument`.

    >>> seconds("wait=", -1), seconds("wait=", 10**400)
    (0.0, inf)
    """
    try:
        number = float(value) if hasattr(value, "__float__") or hasattr(value, "__index__") else None
    except OverflowError:
        number = inf
    except (TypeError, ValueError):
        number = None
    if number is None or isnan(number) or isinstance(value, bool):
        raise BadArgument(f"{what} is a number of seconds, as in {what}0.5, not {shown(value)}", topic="setting")
    return max(number, 0.0)


def outdating(latest: bool, ttl: SupportsFloat | None) -> Outdating | None:
    """When a command is outdated, as `send` takes it; None: never. `ttl`: seconds. Raises `BadArgument`.

    >>> outdating(True, None), outdating(False, 2), outdating(False, None)
    (Outdating(latest=True, ttl=inf), Outdating(latest=False, ttl=2.0), None)
    """
    if latest is not True and latest is not False:
        raise BadArgument(f"latest= is True or False, not {shown(latest)}", topic="outdated")
    if ttl is None:
        return Outdating(latest) if latest else None
    number = seconds("ttl=", ttl)
    if number == 0:
        raise BadArgument(
            f"ttl= is how many seconds a message may wait to be sent, as in ttl=0.5, not {shown(ttl)}", topic="outdated"
        )
    return Outdating(latest, number) if latest or number < inf else None


def shown(value: object) -> str:
    """A program's value in a message: its repr, if it has one, in short."""
    try:
        found = repr(value)
    except Exception:  # a huge number, or a repr of the program's own
        return a_kind(value)
    return found if len(found) <= 60 else found[:59] + "…"


def a_kind(value: object) -> str:
    """The kind of a value, with its article.

    >>> a_kind(5), a_kind({5})
    ('an int', 'a set')
    """
    name = type(value).__qualname__
    return f"{'an' if name[:1].lower() in tuple('aeio') else 'a'} {name}"
