"""Looks through all that was sent in a playtest for what was not for its reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Entry, Skipped, Welcome
from roomcast.core.room.fold import EMPTY, RoomState, apply, restore

Received: TypeAlias = Sequence[bytes]  # frames
_NOT_SAID = frozenset({"t", "by", "c", "code", "session", "id", "name"})  # fields that no rules fill


class Leak(NamedTuple):
    """A text that somebody was sent, and should not have been."""

    reader: str
    text: str
    owner: str
    line: bytes


def leaks_of_owners(
    players: Mapping[str, Received], others: Iterable[tuple[str, Received]], own: frozenset[str]
) -> Iterator[Leak]:
    """Texts of fields that their owner alone sees (`own`), where another was sent them while they stood there.

    `players`: by id, what each was sent; `others`: who looks on.
    """
    held = {player: _held(player, received, own) for player, received in players.items()}
    for reader, received in (*players.items(), *others):
        seq = 0
        for line, value in _messages(received):
            seq = value.get("s", value.get("to", seq))
            said, its_own = _said(value), held.get(reader, {}).get(seq, [])
            for owner, texts in held.items():
                if owner != reader:
                    for text in texts.get(seq, ()):
                        if text not in players and text not in its_own and _is_in(text, said):
                            yield Leak(reader, text, owner, line)


def leaks_of(secrets: Mapping[str, Iterable[str]], everyone: Iterable[tuple[str, Received]]) -> Iterator[Leak]:
    """These texts, where another than the player by whose id they stand was ever sent them."""
    for reader, received in everyone:
        for line, value in _messages(received):
            said = _said(value)
            for owner, texts in secrets.items():
                for text in texts if owner != reader else ():
                    if _is_in(text, said):
                        yield Leak(reader, text, owner, line)


def _held(player: str, received: Received, own: frozenset[str]) -> dict[int, list[str]]:
    """The texts in a player's own fields, by the seq of the entry after which they stood there."""
    held: dict[int, list[str]] = {}
    state: RoomState = EMPTY
    seq, me = 0, player
    for frame in received:
        for message in codec.messages_of(frame):
            if isinstance(message, Welcome) and message.snapshot is not None:
                seq, state, me = message.s, restore(message.snapshot), message.me
            elif isinstance(message, Skipped):
                seq, state = message.last, restore(message.snapshot)
            elif isinstance(message, Entry):
                seq, state = message.s, apply(state, message)
            else:
                continue
            if (one := state.players.get(me)) is not None:
                fields = one.state.decoded()
                held[seq] = sorted(set(_texts([fields[field] for field in own if field in fields])))
    return held


def _messages(received: Received) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for frame in received:
        for line in codec.lines_of(frame):
            yield line, msgspec.json.decode(line)


def _said(message: dict[str, Any]) -> list[str]:
    """The texts in a message that rules may have put there."""
    return [text for field, value in message.items() if field not in _NOT_SAID for text in _texts(value)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _texts(one)


def _is_in(text: str, said: list[str]) -> bool:
    """Whether a text is one of those that were said, or a word of it."""
    word = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    return any(text in one and word.search(one) for one in said)
