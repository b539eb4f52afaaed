"""Mistakes of makers, and strangers who look for them: nothing half done, no other room touched, nobody cut off."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, ClassVar, Optional

import msgspec
import pytest
from msgspec import Raw

from roomcast.core.protocol.messages import DoRequest, Error
from roomcast.errors import RoomcastError
from roomcast.rules.command_handlers import ArgumentMismatch, CommandHandler
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest
from roomcast.testing.playtest import Refused
from tests.rules.houses import RuledHouse, state_of

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


class Gifts(Room):
    def on_give(self, player: Player, whom: Player, *others: Player, back: Player | None = None) -> list[str]:
        return [one.name for one in (whom, *others, *([back] if back else []))]

    def on_named(self, player: Player, what: int, **whom: Optional[Player]) -> list[str]:  # noqa: UP045
        return [one.name for one in whom.values() if one is not None]

    def on_only(self, player: Player, whom: Player | None, /) -> str:
        return "nobody" if whom is None else whom.name


@pytest.mark.parametrize(
    ("command", "args", "kwargs", "answer"),
    [
        ("give", ("Alan",), {}, ["Alan"]),
        ("give", ("Alan", "Ada"), {}, ["Alan", "Ada"]),
        ("give", (), {"whom": "Ada", "back": "Alan"}, ["Ada", "Alan"]),
        ("give", (), {"whom": "Ada", "back": None}, ["Ada"]),
        ("named", (), {"what": 1, "a": "Ada", "b": None}, ["Ada"]),
        ("only", (None,), {}, "nobody"),
        ("only", ("Alan",), {}, "Alan"),
    ],
)
def test_a_handler_takes_players_whose_ids_came(
    command: str, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Any
) -> None:
    assert playtest(Gifts, "Ada", "Alan").Ada.ask(command, *args, **kwargs) == answer


@pytest.mark.parametrize(
    ("command", "args", "kwargs", "why"),
    [
        ("give", ("Eve",), {}, "whom is 'Eve': nobody in the room has that id"),
        ("give", ("Ada", "Eve"), {}, "others is 'Eve': nobody in the room has that id"),
        ("give", (5,), {}, "whom is 5: it is a whole number, where text is wanted"),
        ("give", (), {"whom": "Ada", "back": "Eve"}, "back is 'Eve'"),
        ("named", (), {"what": 1, "a": "Eve"}, "a is 'Eve'"),
    ],
)
def test_who_is_not_here_is_no_argument(command: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        playtest(Gifts, "Ada", "Alan").Ada.ask(command, *args, **kwargs)


class Keeper(Room):
    def on_keep(self, player: Player, what: Any) -> None:
        self.state["what"] = what


@pytest.mark.parametrize("around", [b"[%s]", b'{"what":%s}'])
def test_what_is_too_deep_to_be_kept_is_the_senders_mistake(around: bytes) -> None:
    house = RuledHouse(Keeper)
    ada = house.join("Ada", room="keeper")
    ada.hear()
    ada.say(DoRequest(1, "keep", Raw(around % (b"[" * 200 + b"]" * 200))))
    house.flush()
    (error,) = [one for one in ada.hear() if isinstance(one, Error)]
    assert error.code == "bad-argument"
    assert "nested too deep" in error.message
    ada.say(DoRequest(2, "keep", Raw(around % (b"[" * 199 + b"]" * 199))))
    house.flush()
    ada.hear()
    assert "what" in state_of(ada)
    assert not house.failed


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


class Unsayable:
    def __str__(self) -> str:
        raise ZeroDivisionError


class Sentences(Room):
    def on_join(self, player: Player) -> None:
        if player.name == "Eve":
            raise Reject(Unsayable())

    def on_unsayable(self, player: Player) -> None:
        raise Reject(Unsayable())

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


def test_a_refusal_without_a_sentence_is_a_refusal() -> None:
    game = playtest(Sentences, "Ada")
    with pytest.raises(Refused, match="unsayable was refused"):
        game.Ada.unsayable()
    with pytest.raises(RoomcastError, match="the room's rules refuse it"):
        game.join("Eve")
    assert game.Ada.is_connected


class TwoMistakes(Room):
    """Both are found in the same line of the library."""

    def on_one(self, player: Player) -> None:
        self.emit("not a name")

    def on_two(self, player: Player, first: bool) -> None:
        if first:
            self.emit("nor this")
        else:
            self.emit("nor that")


def test_each_of_a_makers_lines_that_is_wrong_is_told_of() -> None:
    house = RuledHouse(TwoMistakes)
    ada = house.join("Ada", "twomistakes")
    for _ in range(2):
        ada.do("one")
        ada.do("two", True)
        ada.do("two", False)
    house.flush()
    assert ["this" in str(error) or "that" in str(error) for _, error in house.failed] == [False, True, True]


class Words(Room):
    def on_say(self, player: Player, first: str, *words: str) -> int:
        return len(words)

    def on_name(self, player: Player, first: int = 0, **words: int) -> int:
        return len(words)


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize("command", ["say", "name"])
def test_of_thousands_of_arguments_few_are_looked_at_one_by_one(
    monkeypatch: pytest.MonkeyPatch, command: str, fits: bool
) -> None:
    given: Any = ["x"] * 5001 if command == "say" else {f"k{n}": 1 for n in range(5000)}
    if not fits:
        given[4000 if command == "say" else "k4000"] = []
    calls, convert = 0, msgspec.convert

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return convert(*args, **kwargs)

    monkeypatch.setattr(msgspec, "convert", counted)
    handler = CommandHandler(command, getattr(Words, f"on_{command}"))
    arguments = Raw(msgspec.json.encode(given))
    if fits:
        args, kwargs = handler.read(arguments, lenient=False)
        assert len(args) + len(kwargs) in (5000, 5001)
    else:
        with pytest.raises(ArgumentMismatch, match=r"(words|k4000) is \[\]"):
            handler.read(arguments, lenient=False)
    assert calls < 200


class Slow:
    """As what an `async def` returns, until somebody awaits it."""

    def __await__(self) -> Generator[None, None, int]:
        yield
        return 5


class Forgetful(Room):
    def on_answer(self, player: Player) -> Any:
        return Slow()

    def on_show(self, player: Player) -> None:
        self.state["price"] = [Slow()]

    def on_tell(self, player: Player) -> None:
        self.emit("price", Slow())

    def on_hide(self, player: Player) -> None:
        self.price = Slow()

    def on_late(self, player: Player) -> None:
        self.after(1, self.after_all, Slow())

    def after_all(self, price: int) -> None: ...

    async def on_wait(self, player: Player) -> None:
        player["price"] = Slow()

    def on_player(self, player: Player) -> None:
        player["jumps"] += 1

    def on_room(self, player: Player) -> None:
        self.state["jumps"] += 1


@pytest.mark.parametrize("command", ["answer", "show", "tell", "hide", "late", "wait"])
def test_a_forgotten_await_is_told_as_that(command: str) -> None:
    with pytest.raises(RulesFailed, match="a Slow cannot be kept: write await before the call, in an async def"):
        playtest(Forgetful, "Ada").Ada.ask(command)


@pytest.mark.parametrize("command", ["player", "room"])
def test_a_field_that_is_not_there_is_one_error_and_not_two(command: str) -> None:
    with pytest.raises(RulesFailed) as failed:
        playtest(Forgetful, "Ada").Ada.ask(command)
    assert isinstance(failed.value.__cause__, KeyError)
    assert failed.value.__cause__.__context__ is None
