"""What a command makes rules do beyond what each command costs is charged to the address that sent it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.server import prices
from roomcast.core.server.accounts import Account
from roomcast.server import Owner, Player, Players, Reject, Room
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.testing.playtest_loop import PlaytestLoop
from tests.core.fakes import Program, act
from tests.rules.houses import RuledHouse

NUMBERS = list(range(4_000))
SIZE = len(str(NUMBERS).replace(" ", ""))
SOURCE = "10.0.0.1"


class Hand(Player):
    cards: Owner[list[int]]


class Big(Room):
    """Thirty bytes make it do much."""

    max_players = 64
    players: Players[Hand]

    def on_create(self) -> None:
        self.deck = list(NUMBERS)
        self.state["board"] = list(NUMBERS)

    def on_join(self, player: Hand) -> None:
        player.cards = list(NUMBERS)

    def on_little(self, player: Hand) -> None:
        self.state["little"] = self.state.get("little", 0) + 1

    def on_own(self, player: Hand) -> None:
        player.cards.reverse()

    def on_board(self, player: Hand) -> None:
        self.state["board"].reverse()

    def on_secret(self, player: Hand) -> None:
        self.deck.reverse()

    def on_look(self, player: Hand) -> int:
        return self.deck[0]

    def on_refuse(self, player: Hand) -> None:
        self.deck.reverse()
        raise Reject("not today")

    def on_say(self, player: Hand) -> None:
        self.emit("said", "x" * 50_000)

    async def on_wait(self, player: Hand) -> None:
        self.deck.reverse()


class Ticked(Big):
    tick_rate = 20


class Looked(Room):
    max_players = 64

    def on_join(self, player: Player) -> None:
        player["x"] = 0

    def on_move(self, player: Player) -> None:
        player["x"] += 1

    def on_nothing(self, player: Player) -> None:
        pass

    def view_player(self, player: Player, key: str) -> dict[str, int]:
        return {"x": player["x"]}


def house() -> RuledHouse:
    return RuledHouse(Big, Ticked, Looked, address_time=1e6, connections_address=1_000)


@pytest.fixture(autouse=True)
def charged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count what each address is charged, whatever is refilled meanwhile."""
    _charged.clear()
    whole = Account.charge

    def charge(account: Account, microseconds: float, now: float) -> float:
        _charged[account.key] += microseconds
        return whole(account, microseconds, now)

    monkeypatch.setattr(Account, "charge", charge)
    yield
    _charged.clear()


_charged: Counter[str] = Counter()


def spent(program: Program) -> float:
    """Microseconds that were charged to a player's address."""
    return _charged[program.peer.address]


def entered(house: RuledHouse, room: str, players: int) -> Program:
    """Someone in a room with so many in all; the others have addresses of their own."""
    sender = house.join("p0", room, address=SOURCE)
    for number in range(1, players):
        house.join(f"p{number}", room, address=f"10.0.{number}.1")
    house.flush()
    return sender


def cost(command: str, players: int = 2, room: str = "big") -> float:
    """Microseconds that are charged for one command, at once."""
    here = house()
    sender = entered(here, room, players)
    sender.peer._settle_each_second(here.now)
    before = spent(sender)
    sender.say(act(1, command))
    here.flush()
    sender.peer._settle(here.now)
    return spent(sender) - before


LITTLE = prices.COMMAND + prices.RULED + 4 * prices.WRITE


def test_a_command_on_which_rules_decide_costs_more_than_one_that_is_relayed() -> None:
    assert cost("little", room="dots") < prices.COMMAND + prices.RULED <= cost("little")


@pytest.mark.parametrize("room", ["big", "ticked"])
@pytest.mark.parametrize("command", ["own", "board", "secret", "refuse"])
def test_a_large_value_that_is_changed_is_charged_by_its_bytes(command: str, room: str) -> None:
    assert cost("little", room=room) <= LITTLE
    assert cost(command, room=room) >= SIZE * prices.BYTE_RULED


def test_what_a_handler_that_waits_has_changed_is_charged_once_it_has_ended() -> None:
    runs = AsyncHandlers()
    here = RuledHouse(Big, runs=runs)
    loop = PlaytestLoop(lambda: here.now)
    runs.serve(here.directory, loop, lambda: here.now)
    sender = here.join("Ada", "big")
    before = spent(sender)
    sender.say(act(1, "wait"))
    while here.room("big").held:
        loop.turn()
    sender.peer._settle(here.now)
    assert spent(sender) - before >= SIZE * prices.BYTE_RULED


def test_a_large_value_that_is_read_costs_a_share_of_that() -> None:
    assert LITTLE < cost("look") < SIZE * prices.BYTE_RULED / 10


def test_what_is_said_to_many_is_charged_by_what_was_sent() -> None:
    for_two, for_fifty = cost("say", 2), cost("say", 50)
    assert for_two > 50_000 * prices.BYTE_OUT
    assert for_fifty - for_two >= 47 * 50_000 * prices.BYTE_COPIED


@pytest.mark.parametrize("players", [4, 16, 32])
def test_views_are_charged_by_their_keys_and_the_players_that_they_show(players: int) -> None:
    assert cost("move", players, "looked") >= players * players * prices.VIEW
    assert cost("nothing", players, "looked") < LITTLE + players * prices.WRITE


def test_who_comes_pays_for_the_views_of_its_coming_and_its_going() -> None:
    here = house()
    entered(here, "looked", 16)
    newcomer = here.join("late", "looked", address="10.1.0.1")
    newcomer.peer._settle(here.now)
    assert spent(newcomer) >= prices.HELLO + 2 * 17 * 17 * prices.VIEW


def test_dear_commands_are_charged_one_by_one_and_hold_up_who_sends_them() -> None:
    here = RuledHouse(Big, address_burst=Limits().address_burst)
    sender = entered(here, "big", 2)
    here.now += 60
    here.flush()
    before = here.room("big").log.last
    for n in range(1, 101):
        sender.say(act(n, "board"))
    assert here.room("big").log.last - before < 2 + Limits().address_burst * 1e6 / (SIZE * prices.BYTE_RULED)


def test_what_time_brings_about_is_charged_to_nobody() -> None:
    class Itself(Big):
        def on_create(self) -> None:
            super().on_create()
            self.every(0.5, self.turn)

        def turn(self) -> None:
            self.state["board"].reverse()

    here = RuledHouse(Itself, address_time=1e6, connections_address=1_000)
    sender = entered(here, "itself", 2)
    sender.peer._settle_each_second(here.now)
    before = spent(sender)
    last = here.room("itself").log.last
    here.now += 5
    here.flush()
    sender.say(act(1, "little"))
    here.flush()
    sender.peer._settle(here.now)
    assert here.room("itself").log.last >= last + 10
    assert spent(sender) - before <= LITTLE + 22 * prices.WRITE
