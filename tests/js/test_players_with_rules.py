"""Players on roomcast.js in a room with rules, together with players in Python, on a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

import roomcast
from roomcast.server import Owner, Player, Players, Reject, Room
from tests.integration.conftest import RunningServer
from tests.integration.cutter import Cutter
from tests.integration.rooms import notes, pump_until
from tests.integration.ruled_server import ruled_server
from tests.js.node import HERE, needs_node
from tests.js.test_players import MARGIN, Node
from tests.programs import Program
from tests.waiting import wait_for

pytestmark = needs_node


class Dots(Room):
    def on_create(self) -> None:
        self.state["asked"] = []

    def on_join(self, player: Player) -> None:
        player["at"] = {"x": 100, "y": 100}
        self.emit("wave", "hello", to=player)

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        if abs(dx) > 5 or abs(dy) > 5:
            raise Reject("too fast")
        player["at"]["x"] += dx
        player["at"]["y"] += dy
        self.emit("wave", dx, dy, by=player)

    def on_roll(self, player: Player, sides: int) -> dict[str, int]:
        self.state["asked"].append(sides)
        return {"rolled": self.random.randint(sides, sides)}

    def on_out(self, player: Player, who: str) -> None:
        self.kick(who, "you were too slow")


class Seat(Player):
    cards: Owner[list[str]]


class Hand(Room):
    """Each sees its own cards, and how many others have."""

    players: Players[Seat]

    def on_join(self, player: Seat) -> None:
        player.cards = [f"first of {player.id}"]

    def on_deal(self, player: Seat, whom: Seat, card: str) -> None:
        whom.cards.append(card)

    def view_player(self, player: Seat, key: str | None) -> dict[str, int]:
        return {} if key == player.id else {"count": len(player.cards)}


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with ruled_server({"dots": Dots, "hand": Hand}, pace=0) as running:
        yield running


@pytest.fixture
def node() -> Iterator[Callable[[str, str], Node]]:
    """node(where, name) → a player in a process of its own."""
    with ExitStack() as stack:
        yield lambda where, name: Node(
            stack.enter_context(Program(HERE / "player.mjs", where, name, typed=True, by=("node",)))
        )


def test_both_languages_see_the_same_of_a_turn(server: RunningServer, node: Callable[[str, str], Node]) -> None:
    ada = node(server.address(), "Ada")
    with roomcast.join(server.address(), name="red") as red:
        changes = notes(red, "set")
        waves: list[tuple[str, object]] = []
        red.command("wave")(lambda player, *args: waves.append((player.id, args)))
        ada.program.line("event join red ", MARGIN)
        ada.type("do", "move", [5, -1])
        red.send("move", 1, 1)
        pump_until(lambda: len(waves) == 3 and not red.unacknowledged, red)
        assert waves[0] == ("", ("hello",)), "said to it alone, when it came"
        assert ("set", "Ada", {"at": {"x": 105, "y": 99}}) in changes
        wait_for(lambda: ada.ran("red", "wave"))
        assert [args for _, args in ada.ran("Ada", "wave")] == [[5, -1]]
        assert [args for _, args in ada.ran("", "wave")] == [["hello"]]
        assert [json.loads(event.split(" ", 1)[1]) for event in ada.events("set") if event.startswith("Ada")] == [
            {"at": {"x": 105, "y": 99}}
        ]


def test_a_page_asks_and_is_answered_or_refused_with_a_reason(
    server: RunningServer, node: Callable[[str, str], Node]
) -> None:
    ada = node(server.address(), "Ada")
    ada.type("ask", "roll", {"sides": 6})
    result, seq, state = ada.program.line("answer ", MARGIN).split(" ", 2)
    assert (json.loads(result), json.loads(state)) == ({"rolled": 6}, {"asked": [6]})
    assert int(seq) > ada.seq
    ada.type("ask", "move", [9, 9])
    assert ada.program.line("refused ", MARGIN) == "rejected too fast"
    ada.type("do", "move", [9, 9])
    assert ada.program.line("event error ", MARGIN) == "rejected too fast"
    ada.type("ask", "roll", ["many"])
    assert ada.program.line("refused bad-argument ", MARGIN)
    with roomcast.join(server.address(), name="red") as red:
        red.ask("out", "Ada").result(MARGIN)
        assert ada.program.line("event closed ", MARGIN) == "you were too slow"


def test_what_a_page_asks_over_connections_that_break_is_done_once(
    server: RunningServer, node: Callable[[str, str], Node]
) -> None:
    with Cutter(server.port, 5, seed=3, most_bytes=3000) as cutter:
        ada = node(f"127.0.0.1:{cutter.port}/dots", "Ada")
        for sides in range(2, 102):
            ada.type("ask", "roll", [sides])
        done = ("answer ", "refused unanswered")
        wait_for(lambda: sum(len(ada.program.all_lines(start)) for start in done) == 100, within=MARGIN)
        wait_for(lambda: cutter.cuts_left <= 0, within=MARGIN)
    with roomcast.join(server.address(), name="red") as red:
        assert red.state["asked"] == list(range(2, 102))


def test_a_page_sees_its_own_cards_and_those_of_nobody_else(
    server: RunningServer, node: Callable[[str, str], Node]
) -> None:
    where = f"127.0.0.1:{server.port}/hand"
    ada, alan = node(where, "Ada"), node(where, "Alan")
    with roomcast.join(where, name="red") as red:
        red.ask("deal", "Ada", "an ace").result(MARGIN)
        ada.program.line('event set Ada {"cards":["first of Ada","an ace"]}', MARGIN)
        alan.program.line('event set Ada {"count":2}', MARGIN)
        pump_until(lambda: red.players["Ada"].get("count") == 2, red)
        assert red.me["cards"] == ["first of red"]
        assert "cards" not in red.players["Ada"]
    assert not [line for line in alan.program.lines if "ace" in line or "first of Ada" in line]
