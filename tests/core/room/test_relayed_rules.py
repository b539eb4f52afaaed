"""A room whose rules accept everything is a room without rules: the same input makes the same log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import DoRequest, SetRequest
from roomcast.core.room.clock import Clock
from roomcast.core.room.relay import RELAY
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.errors import Refused
from roomcast.storage.memory import MemoryCommitLog
from tests.core.entries import raw

PLAYERS = ("Ada", "Alan", "Eve")
LIMITS = Limits(room_players=2, player_state=60, room_state=80, seat_kept=5, resume_window=9)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "drop", "back", "leave", "do", "do", "do", "to", "set", "set", "op", "bad", "sweep"]),
        st.integers(0, 2),
        st.integers(0, 9),
    ),
    max_size=40,
)


class Nobody:
    """Nobody drives these rooms: what they have to flush stays."""

    def schedule(self, room: Room) -> None:
        pass


class Numbered(MemoryCommitLog):
    """A commit log that notes all that it is given."""

    def __init__(self) -> None:
        super().__init__("dots")
        self.given: list[tuple[object, ...]] = []

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        super().append(seq, line, private, secret, n)
        self.given.append((seq, line, private, secret, n))

    def append_turn(
        self, seq: int, line: bytes, turn: Any, truth: Any, numbers: Mapping[str, int], over: Any = ()
    ) -> None:
        super().append_turn(seq, line, turn, truth, numbers)
        self.given.append((seq, line, turn, "", 0))


class Played:
    """A room, and what is done with it."""

    def __init__(self, *, ruled: bool) -> None:
        self.commits = Numbered()
        if ruled:
            self.room: Room = RuledRoom(
                "dots", LIMITS, 0.0, behaviour=RELAY, flushes=Nobody(), clock=Clock(), commits=self.commits
            )
        else:
            self.room = Room("dots", LIMITS, 0.0, flushes=Nobody(), clock=Clock(), commits=self.commits)
        self.sessions = dict.fromkeys(PLAYERS)
        self.told: list[object] = []

    def step(self, what: str, who: int, x: int, now: float) -> None:
        try:
            self._step(what, PLAYERS[who], x, now)
        except Refused as refused:
            self.told.append((refused.code, refused.message, refused.n))

    def _step(self, what: str, name: str, x: int, now: float) -> None:
        room = self.room
        if what == "sweep":
            room.sweep(now)
            return
        session = room.sessions.get(name)
        if session is None:
            if what == "join":
                room.join(name, f"secret-{name}-{now}", now)
            return
        n = session.n + (1 if x != 7 else 0)
        if what == "drop":
            room.drop(session, now)
        elif what == "back":
            room.come_back(session, now)
        elif what == "leave":
            room.leave(session, now)
        elif what == "do":
            self.told.append(room.do(session, DoRequest(n, "move", raw([x])), now))
        elif what == "to":
            self.told.append(room.do(session, DoRequest(n, "tell", raw([x]), (PLAYERS[x % 3],)), now))
        elif what == "set":
            patch = SetRequest(n, ("me", "room", "you")[x % 3], raw({f"k{x % 4}": "v" * (3 * x)}), x % 2 == 0)
            self.told.append(room.set(session, patch, now))
        elif what == "op":
            self.told.append(room.set(session, SetRequest(n, "room", raw({"sum": x}), op="add"), now))
        elif what == "bad":
            self.told.append(room.do(session, DoRequest(n, "no blanks", raw(x)), now))


@given(STEPS)
@settings(max_examples=200)
def test_the_same_input_makes_the_same_log(steps: list[tuple[str, int, int]]) -> None:
    plain, ruled = Played(ruled=False), Played(ruled=True)
    for place, (what, who, x) in enumerate(steps):
        for one in (plain, ruled):
            one.step(what, who, x, float(place))
    assert plain.commits.given == ruled.commits.given
    assert plain.told == ruled.told
    assert plain.room.state == ruled.room.state
    assert plain.room.state_sizes.held == ruled.room.state_sizes.held
    assert plain.room.empty_since == ruled.room.empty_since
