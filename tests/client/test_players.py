"""A client's copy of a room's state: one object for each player, as of the last entry run, also when it has left."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw, json

from roomcast import BadArgument, Player
from roomcast.client.players import Replica
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Away, Join, Leave, PlayerRecord, Set, Snapshot
from tests.core.entries import raw


class Sent:
    """Writes down the patches that are sent."""

    def __init__(self) -> None:
        self.patches: list[tuple[str, Any, bool]] = []
        self.operations: list[tuple[str, str, Any, Any]] = []

    def set(
        self, of: str, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        values, expected = ({key: json.decode(value) for key, value in one.items()} for one in (patch, was or {}))
        if op:
            self.operations.append((op, of, values, expected))
        else:
            self.patches.append((of, values, whole))


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def replica(sent: Sent) -> Replica:
    one = Replica(sent)
    one.replace(snapshot("Ada", "Alan"), 5)
    one.me = one.player("Ada")
    return one


def snapshot(*names: str) -> Snapshot:
    records = tuple(PlayerRecord(name.lower(), name, state=Raw(codec.encode({"named": name}))) for name in names)
    return Snapshot(
        tuple(PlayerRecord(one.name, f"{one.name} L.", state=one.state) for one in records), Raw(b'{"level":1}')
    )


def test_a_player_is_one_object_as_long_as_it_is_in_the_room(replica: Replica) -> None:
    first = id(replica.player("Alan"))
    gc.collect()
    assert id(replica.players["Alan"]) == first
    assert replica.player("Alan") == replica.players.get("Alan")


def test_entries_change_what_the_objects_show(replica: Replica) -> None:
    alan = replica.players["Alan"]
    replica.apply(Set(6, "Alan", 0, "me", raw({"x": 1})))
    replica.apply(Away(7, "Alan", 0))
    assert (alan["x"], alan.here, alan.name) == (1, False, "Alan L.")
    assert replica.state["level"] == 1


def test_who_has_left_keeps_the_last_name_and_state_for_those_who_hold_it(replica: Replica) -> None:
    alan = replica.players["Alan"]
    replica.apply(Leave(6, "Alan", 0))
    assert (alan.name, alan["named"], alan.here) == ("Alan L.", "Alan", False)
    assert "Alan" not in replica.players
    assert replica.player("Alan") is alan


def test_who_comes_again_is_the_same_object_where_somebody_held_it(replica: Replica) -> None:
    alan = replica.players["Alan"]
    replica.apply(Leave(6, "Alan", 0))
    replica.apply(Join(7, "Alan", 0, "Alan T.", Raw(b'{"x":1}')))
    assert replica.players["Alan"] is alan
    assert (alan.name, alan["x"], alan.here) == ("Alan T.", 1, True)


def test_nobody_holds_those_who_have_left(replica: Replica) -> None:
    for number in range(100):
        replica.apply(Join(number, f"p{number}", 0, "Grace"))
        replica.player(f"p{number}")
        replica.apply(Leave(number, f"p{number}", 0))
    gc.collect()
    assert len(replica._absent) == 0
    assert set(replica._present) <= {"Ada", "Alan"}


def test_a_snapshot_says_who_came_and_who_left_by_name_though_nobody_held_them(replica: Replica) -> None:
    changes = replica.replace(snapshot("Ada", "Grace"), 9)
    assert [(what, player.id, player.name) for what, player in changes] == [
        ("leave", "Alan", "Alan L."),
        ("join", "Grace", "Grace L."),
    ]
    assert replica.seq == 9
    assert [player.id for player in replica.players] == ["Ada", "Grace"]


def test_ones_own_state_and_the_rooms_can_be_set_and_no_other(replica: Replica, sent: Sent) -> None:
    replica.me["x"] = 1
    replica.state.merge({"a": {"b": 2}})
    assert sent.patches == [("me", {"x": 1}, True), ("room", {"a": {"b": 2}}, False)]
    with pytest.raises(BadArgument, match="the state of Alan is its own to set"):
        replica.players["Alan"]["x"] = 1


def test_operations_go_out_as_such_with_what_is_expected(replica: Replica, sent: Sent) -> None:
    replica.me.add("score", 1)
    replica.state.add("total", 2.5)
    replica.state.claim("coin7", replica.me.id)
    replica.state.compare_and_set("turn", "Ada", "Alan")
    replica.state.compare_and_set("turn", None, ["Ada", 1])
    assert sent.operations == [
        ("add", "me", {"score": 1}, {}),
        ("add", "room", {"total": 2.5}, {}),
        ("claim", "room", {"coin7": "Ada"}, {}),
        ("swap", "room", {"turn": "Alan"}, {"turn": "Ada"}),
        ("swap", "room", {"turn": ["Ada", 1]}, {"turn": None}),
    ]
    assert sent.patches == []


def test_operations_on_anothers_state_are_refused(replica: Replica, sent: Sent) -> None:
    alan = replica.players["Alan"]
    for operate in (
        lambda: alan.add("score", 1),
        lambda: alan.claim("coin", 1),
        lambda: alan.compare_and_set("turn", 1, 2),
    ):
        with pytest.raises(BadArgument, match="the state of Alan is its own to set"):
            operate()
    assert sent.operations == []


@pytest.mark.parametrize(
    ("operate", "why"),
    [
        (lambda state: state.add("x", "1"), r"add takes a key and a number, as in room.state.add\('x', 1\), not '1'"),
        (lambda state: state.add("x", True), "add takes a key and a number"),
        (lambda state: state.add("x", None), "add takes a key and a number"),
        (lambda state: state.add("x", float("nan")), 'room.state."x". is nan, and JSON has no such number'),
        (lambda state: state.add("x", 2**64), "a number of more than 64 bits"),
        (lambda state: state.add(7, 1), r"the key 7 of room.state is not text: use str\(…\)"),
        (lambda state: state.claim("x", None), "claim takes a key and a value, as in room.state.claim"),
        (lambda state: state.claim("x", {1, 2}), r"is a set, which JSON cannot carry: send list\(…\) of it"),
        (lambda state: state.claim("a\ud83d", 1), "has half a character in it"),
        (lambda state: state.compare_and_set("x", b"", 1), 'room.state."x". is bytes, which JSON cannot carry'),
        (lambda state: state.compare_and_set("x", 1, object()), "is an object, which JSON cannot carry"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_claimed_or_compared_is_told_at_the_call(
    replica: Replica, sent: Sent, operate: Callable[[Any], None], why: str
) -> None:
    with pytest.raises(BadArgument, match=why):
        operate(replica.state)
    assert sent.operations == []


def test_players_of_two_rooms_are_not_equal(replica: Replica, sent: Sent) -> None:
    other = Replica(sent)
    assert replica.player("Alan") != Player(other, "Alan")
