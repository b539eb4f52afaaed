"""Operations on shared state: changes that depend on what is there, so that no program can work them out by itself.

add     numbers are added to numbers; a key that is not set counts as 0
claim   the values are set where none of the keys is: the first to claim a key gets it
swap    the values are set where each key of `was` has the value there (null: it is not set); nobody can expect a value
        that is larger than a message, so none such is looked at

The room works out what an operation makes of the state at its place in the order, and proposes that as a patch like any
other. So the fold, logs and clients know nothing of operations; and sums are made by one machine, the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Final

from msgspec import Raw

from roomcast.core.protocol import codec, names
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import NO_STATE, Json, SetRequest
from roomcast.core.room.shared_map import SharedMap, members_of, value_of
from roomcast.errors import ProtocolError, Refused

_NUMBER: Final = frozenset(b"-0123456789")  # the first byte of one


def work_out(request: SetRequest, state: SharedMap, limits: Limits) -> SetRequest:
    """The patch that an operation makes of a state; one without any keys where it changes nothing.

    Raises `Refused` ("bad-argument") for an operation that is none, and for sums that cannot be made.
    """
    operation = OPERATIONS.get(request.op)
    if operation is None:
        known = ", ".join(map(repr, OPERATIONS))
        raise Refused("bad-argument", f"an operation is {known}, not {names.quoted(request.op)}", request.n)
    return SetRequest(request.n, request.of, operation(request, state, limits), whole=True)


def bytes_compared(request: SetRequest, state: SharedMap, limits: Limits) -> int:
    """How much of a state an operation may decode, beside single numbers: what a swap compares."""
    sizes = map(state.size_of, members_of(request.was)) if request.op == "swap" else ()
    return sum(size for size in sizes if size <= limits.message_size)


def _added(request: SetRequest, state: SharedMap, limits: Limits) -> Raw:
    sums = {}
    for key, amount in members_of(request.p).items():
        if not _is_number(amount):
            why = f"what is added to {names.quoted(key)} is {_kind(amount)}, and not a number"
            raise Refused("bad-argument", why, request.n)
        before = state.text_of(key)
        if before is not None and not _is_number(before):
            why = f"{names.quoted(key)} is {_kind(before)}, and only to a number can be added"
            raise Refused("bad-argument", why, request.n)
        try:
            sums[key] = _sum(b"0" if before is None else before, amount, limits)
        except ProtocolError as error:
            raise Refused(error.code, f"the sum at {names.quoted(key)}: {error.message}", request.n) from None
    return Raw(codec.encode(sums))


def _claimed(request: SetRequest, state: SharedMap, limits: Limits) -> Raw:
    return NO_STATE if any(key in state for key in members_of(request.p)) else request.p


def _swapped(request: SetRequest, state: SharedMap, limits: Limits) -> Raw:
    expected = members_of(request.was)
    largest = limits.message_size
    return request.p if all(_has(state, key, value, largest) for key, value in expected.items()) else NO_STATE


OPERATIONS: Final[Mapping[str, Callable[[SetRequest, SharedMap, Limits], Raw]]] = {
    "add": _added,
    "claim": _claimed,
    "swap": _swapped,
}
"""By name: the patch that it makes, a JSON object whose values replace what is there."""


# ---------------------------------------------------------------------- numbers


def _is_number(text: Raw) -> bool:
    return memoryview(text)[0] in _NUMBER


def _sum(one: Raw | bytes, other: Raw, limits: Limits) -> Raw:
    """Two numbers as text, added: whole ones exactly, others as 64-bit floats. Raises `ProtocolError`."""
    total = value_of(Raw(one)) + value_of(other)  # what has no more digits than are allowed fits into a float
    if isinstance(total, float):
        if not isfinite(total):
            raise ProtocolError("bad-argument", "it is too large for a 64-bit float")
        return Raw(codec.encode(total))
    text = str(total).encode()
    codec.check_digits(text, limits)
    return Raw(text)


def _kind(text: Raw) -> str:
    first = bytes(memoryview(text)[:1])
    return {b'"': "a text", b"[": "a list", b"{": "an object", b"n": "null"}.get(first, "true or false")


# ---------------------------------------------------------------------- comparing


def _has(state: SharedMap, key: str, expected: Raw, largest: int) -> bool:
    """Whether a key has a value, of at most `largest` bytes; null stands for a key that is not set."""
    size = state.size_of(key)
    there = state.text_of(key) if size <= largest else None
    if there is None:
        return not size and value_of(expected) is None
    return there == expected or _same(value_of(there), value_of(expected))


def _same(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same: 1 is 1.0, as in JavaScript, and is not true, as it would be in Python."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(_same(value, other[key]) for key, value in one.items())
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
