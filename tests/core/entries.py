"""Entries for the tests that try many: whatever a log may hold."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Away, Back, Do, Join, Leave, Set
from roomcast.core.room.fold import RoomState, snapshot

WHO = st.sampled_from(["Ada", "Alan", "Barbara"])
KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.booleans() | st.text("xy", max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, max_size=2) | st.lists(inner, max_size=2),
    max_leaves=4,
)
PATCHES = st.dictionaries(KEYS, VALUES, max_size=3)


@st.composite
def entries(draw: st.DrawFn) -> AnyEntry:
    """One entry, its seq still 0. It need not make sense: a log may hold any."""
    by, kind = draw(WHO), draw(st.sampled_from(["do", "set", "join", "leave", "away", "back"]))
    if kind == "do":
        to = draw(st.none() | st.lists(WHO, max_size=2).map(tuple))
        return Do(0, by, 5, draw(st.sampled_from(["move", "say"])), msgspec.Raw(b"[1]"), 1, to)
    if kind == "set":
        return Set(
            0,
            by,
            5,
            draw(st.sampled_from(["me", "room"])),
            raw(draw(PATCHES)),
            draw(st.booleans()),
            1,
        )
    if kind == "join":
        return Join(0, by, 5, draw(st.sampled_from([by, "somebody"])), raw(draw(PATCHES)))
    if kind == "leave":
        return Leave(0, by, 5, draw(st.sampled_from(["left", "timeout"])))
    return Away(0, by, 5) if kind == "away" else Back(0, by, 5)


LOGS = st.lists(entries(), max_size=12).map(
    lambda found: [msgspec.structs.replace(entry, s=seq) for seq, entry in enumerate(found, 1)]
)


def raw(value: object) -> msgspec.Raw:
    """A value as JSON text, as patches and shared state are in messages."""
    return msgspec.Raw(codec.encode(value))


def frozen(value: Any) -> str:
    """Its whole content as text, the order of keys included."""
    return codec.encode(snapshot(value) if isinstance(value, RoomState) else value).decode()
