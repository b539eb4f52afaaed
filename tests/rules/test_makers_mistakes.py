"""Mistakes of makers, and strangers who look for them: nothing half done, no other room touched, nobody cut off."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import pytest
from msgspec import Raw

from roomcast.rules.command_handlers import ArgumentMismatch, CommandHandler
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest
from roomcast.testing.playtest import Refused

START = [0, 0]


class Shelf(Room):
    begin: ClassVar[list[int]] = [0, 0]

    def on_create(self) -> None:
        self.a = self.b = []  # type: ignore[var-annotated]
        self.board = START
        self.row = self.begin
        self.nested = {"row": self.begin}

    def on_add(self, player: Player, refused: bool) -> None:
        for one in (self.a, self.board, self.row, self.nested["row"]):
            one.append(1)
        if refused:
            raise Reject("not now")

    def on_again(self, player: Player) -> None:
        self.board = START  # the same text as before: nothing changes

    def on_see(self, player: Player) -> list[Any]:
        return [self.a, self.b, self.board, self.row, self.nested["row"], START, self.begin]


def test_two_fields_and_a_constant_do_not_share_a_list() -> None:
    game = playtest(Shelf, "Ada")
    with pytest.raises(Refused):
        game.Ada.add(True)
    empty, two = [], [0, 0]  # type: ignore[var-annotated]
    assert game.Ada.see() == [empty, empty, two, two, two, two, two]
    game.Ada.again()
    game.Ada.add(False)
    assert game.Ada.see() == [[1], empty, [0, 0, 1], [0, 0, 1], [0, 0, 1], two, two]
    assert playtest(Shelf, "Alan").Alan.see() == [
        empty,
        empty,
        two,
        two,
        two,
        two,
        two,
    ]  # a room knows nothing of another


class Calls(Room):
    relays = ("chat",)

    def on_any(self, player: Player, **what: int) -> dict[str, int]:
        return what

    def on_some(self, player: Player, one: int = 0, /, **what: Any) -> list[Any]:
        return [one, what]

    def on_place(self, player: Player, dx: int, dy: int = 2, /) -> list[int]:
        return [dx, dy]

    def on_named(self, player: Player, *, dx: int) -> int:
        return dx

    def on_both(self, player: Player, dx: int = 1, *, dy: int) -> list[int]:
        return [dx, dy]

    def on_rest(self, player: Player, first: str, *amounts: int, last: str = "end") -> list[Any]:
        return [first, amounts == tuple(amounts), sum(amounts), last]


@pytest.mark.parametrize(
    ("command", "args", "kwargs", "answer"),
    [
        ("any", (), {"a": 1}, {"a": 1}),
        ("some", (), {"one": 3, "b": 1}, [3, {"b": 1}]),
        ("some", (), {"b": 1}, [0, {"b": 1}]),
        ("place", (1,), {}, [1, 2]),
        ("place", (), {"dx": 1, "dy": 3}, [1, 3]),
        ("named", (), {"dx": 4}, 4),
        ("both", (), {"dy": 4}, [1, 4]),
        ("rest", ("a", 1, 2), {}, ["a", True, 3, "end"]),
    ],
)
def test_arguments_come_as_the_function_takes_them(
    command: str, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Any
) -> None:
    assert playtest(Calls, "Ada").Ada.ask(command, *args, **kwargs) == answer


@pytest.mark.parametrize(
    ("command", "args", "kwargs", "why"),
    [
        ("any", (), {"player": 1}, "it takes no 'player'"),
        ("any", (), {"a": "x"}, "a is 'x': it is text, where a whole number is wanted"),
        ("named", (1,), {}, "it takes 0 arguments by place, not 1"),
        ("named", (), {}, "dx is missing: give it by name"),
        ("both", (1,), {}, "dy is missing: give it by name"),
        ("rest", ("a", "b"), {}, "amounts is 'b': it is text, where a whole number is wanted"),
        ("rest", (), {}, "first is missing"),
    ],
)
def test_a_stranger_who_calls_it_otherwise_is_told_and_the_maker_is_not(
    command: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str
) -> None:
    game = playtest(Calls, "Ada")
    with pytest.raises(Refused, match=why):  # RulesFailed, where it were the maker's fault
        game.Ada.ask(command, *args, **kwargs)


def test_arguments_nested_at_each_depth_are_refused_in_words() -> None:
    def on_move(self: Room, player: Player, dx: int) -> None: ...

    handler = CommandHandler("move", on_move)
    for depth in range(sys.getrecursionlimit() - 100, sys.getrecursionlimit() + 20):
        with pytest.raises(ArgumentMismatch, match="move"):
            handler.read(Raw(b"[" + b'{"a":' * depth + b"1" + b"}" * depth + b"]"), lenient=False)


class Mistakes(Room):
    def on_do(self, player: Player, what: str) -> None:
        anything: Any = self
        self.state["half"] = "done"
        if what == "exit":
            sys.exit(3)
        elif what == "by":
            anything.emit("e", by=5)
        elif what == "to":
            anything.emit("e", "a secret", to=self.players.get("nobody"))
        elif what == "both":
            self.emit("e", 1, winner=2)
        elif what == "kick":
            anything.kick(player, 5)
        elif what == "name":
            anything.players["Ada"].name = "Boss"
        elif what == "field":
            self.state["\ud800"] = 1


@pytest.fixture
def game() -> Playtest:
    return playtest(Mistakes, "Ada", "Alan")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("exit", r"exit\(\) in a room would end the server"),
        ("by", "5 is no player"),
        ("to", "None is no player"),
        ("both", "all by place, or all by name"),
        ("kick", "the reason is a sentence"),
        ("name", "no setter"),
        ("field", "it must be a text"),
    ],
)
def test_the_maker_is_told_and_the_room_goes_on(game: Playtest, what: str, why: str) -> None:
    before = len(game.Alan.received)
    with pytest.raises(RulesFailed, match=why):
        game.Ada.do(what)
    assert len(game.Alan.received) == before  # nothing: above all no secret
    assert game.Ada.is_connected
    assert "half" not in game.Ada.state
    game.Ada.do("nothing")
    assert game.Alan.state["half"] == "done"


class Sentences(Room):
    def on_refuse(self, player: Player) -> None:
        raise Reject("\ud800" + "no " * 1000)

    def on_out(self, player: Player) -> None:
        self.kick(player, "\ud800" + "no " * 1000)


def test_sentences_for_players_can_be_sent_whatever_they_hold() -> None:
    game = playtest(Sentences, "Ada", "Alan")
    with pytest.raises(Refused) as refused:
        game.Ada.refuse()
    assert len(refused.value.message) < 600
    game.Ada.room.send("out")
    game.run()
    assert not game.Ada.is_connected
    assert [one.id for one in game.Alan.players] == ["Alan"]
    assert len(game.Ada.received[-1]) < 700
