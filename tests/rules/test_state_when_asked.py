"""The state of a room with rules is the fold of its log, whenever somebody asks for it: the order of fields, too."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roomcast.core.room.fold import EMPTY, RoomState, apply
from roomcast.server import Player, Room
from tests.rules.houses import RuledHouse


class Sheet(Room):
    def on_write(self, player: Player, fields: dict[str, Any], shared: bool) -> None:
        written = self.state if shared else player
        for field, value in fields.items():
            if value is None:
                written.pop(field, None)
            else:
                written[field] = value

    def on_out(self, player: Player) -> None:
        player["last"] = 1
        self.kick(player, "out")


VALUES = st.none() | st.integers(0, 99) | st.text(max_size=2) | st.lists(st.integers(0, 9), max_size=2)
WRITTEN = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=3)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(["Ada", "Alan", "ask", "come and go"]), WRITTEN, st.booleans())))
@example(steps=[("Ada", {"a": 1, "b": 2}, True), ("Ada", {"a": None}, True), ("Ada", {"a": 3}, True)])
def test_it_is_that_of_all_entries(steps: list[tuple[str, dict[str, Any], bool]]) -> None:
    house = RuledHouse(Sheet)
    writers = {"Ada": house.join("Ada", room="sheet"), "Alan": house.join("Alan", room="sheet")}
    for who, fields, shared in steps:
        if who in writers:
            writers[who].do("write", fields, shared)
        elif who == "ask":
            check(house)
        else:
            visitor = house.join("Eve", room="sheet")
            visitor.do("write", fields, shared)
            visitor.do("out")
    check(house)


def check(house: RuledHouse) -> None:
    log = house.ruled("sheet").log
    state = EMPTY
    for entry in log.entries(0, log.last):
        state = apply(state, entry)
    assert texts(log.state) == texts(state)


def texts(state: RoomState) -> list[tuple[str, str]]:
    players = [(one.id, msgspec.json.encode(one.state.decoded()).decode()) for one in state.players.values()]
    return [("", msgspec.json.encode(state.shared.decoded()).decode()), *players]
