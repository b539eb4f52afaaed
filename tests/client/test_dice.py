"""The room's dice: everyone's functions roll the same, and what is no such place says so."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

import roomcast
from roomcast.core.protocol.messages import Away, Do, Join, PlayerRecord, Set, Skipped, Snapshot, Welcome
from roomcast.core.protocol.prng import Generator
from roomcast.errors import BadArgument
from tests.client.offline_room import LIMITS, OfflineRoom
from tests.core.vectors import each

ROLL = "roll"


class SeededRoom(OfflineRoom):
    """Ada and Alan are in a room with that seed, at seq 2."""

    def __init__(self, seed: str = "seed") -> None:
        super().__init__()
        self.core.disconnected("cut", 0.0)
        self.core.connected()
        self.core.next_frame(0.0)
        present = Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan")), seed=seed)
        self.hear(Welcome("Ada", "secret", 2, 0, LIMITS, present))
        self.run()

    def run(self) -> None:
        while self._inbox.waiting or self._inbox.queue.calls:
            self.pump()


@pytest.fixture
def room() -> SeededRoom:
    return SeededRoom()


def dice(key: str, rolls: int = 3) -> list[int]:
    """What a generator of this key rolls."""
    generator = Generator(key)
    return [generator.randint(1, 6) for _ in range(rolls)]


def three(room: roomcast.Room) -> list[int]:
    return [room.random.randint(1, 6) for _ in range(3)]


# ------------------------------------------------------------------ the same for all


def test_players_are_drawn_from_a_list_of_them(room: SeededRoom) -> None:
    """They are found by id: to roll for one of them by number ended in a KeyError."""
    drawn: list[roomcast.Player] = []
    said: list[str] = []

    @room.command(ROLL)
    def roll() -> None:
        drawn.append(room.random.choice(list(room.players)))
        with pytest.raises(BadArgument) as caught:
            room.random.choice(room.players)  # type: ignore[arg-type]
        said.append(caught.value.message)

    room.hear(Do(3, "Alan", 0, ROLL, Raw(b"[]")))
    room.run()
    assert drawn[0].id in ("Ada", "Alan")
    assert said[0].endswith("not Players, which has no first element: write choice(list(…))")


def test_what_is_rolled_follows_from_seed_and_place(room: SeededRoom) -> None:
    found = []
    room.command(ROLL)(lambda: found.append(three(room)))
    room.hear(Do(3, "Alan", 0, ROLL), Do(4, "Alan", 0, "other"), Do(5, "Ada", 0, ROLL))
    room.run()
    assert found == [dice("seed:3"), dice("seed:5")]


def test_every_kind_of_entry_has_dice(room: SeededRoom) -> None:
    found = []
    for event in ("join", "away", "set"):
        room.on(event)(lambda *what: found.append(three(room)))
    room.hear(Join(3, "Grace", 0, "Grace"), Away(4, "Alan", 0), Set(5, "Ada", 0, "me", Raw(b'{"x":1}')))
    room.run()
    assert found == [dice("seed:3"), dice("seed:4"), dice("seed:5")]


def test_each_function_begins_anew_so_that_more_functions_here_change_nothing(room: SeededRoom) -> None:
    found = []
    for _ in range(2):
        room.command(ROLL)(lambda place=[]: found.append(three(room)))
    room.hear(Do(3, "Alan", 0, ROLL))
    room.run()
    assert found == [dice("seed:3")] * 2


def test_dice_go_on_after_a_pump_within_a_function(room: SeededRoom) -> None:
    found = []

    @room.command("ask")
    def ask() -> None:
        first = room.random.randint(1, 6)
        room.pump()
        found.append([first, room.random.randint(1, 6), room.random.randint(1, 6)])

    room.command(ROLL)(lambda: found.append(three(room)))
    room.hear(Do(3, "Alan", 0, "ask"), Do(4, "Alan", 0, ROLL))
    room.run()
    assert found == [dice("seed:4"), dice("seed:3")]


def test_timers_have_dice_of_their_own(room: SeededRoom) -> None:
    found = []

    def step() -> None:
        found.append(three(room))

    @room.command("begin")
    def begin() -> None:
        room.after(0.5, step)
        room.after(1.0, step)

    room.hear(Do(3, "Alan", 1000, "begin"), Do(4, "Alan", 9000, "other"))
    room.run()
    assert found == [dice("seed:3:step:0"), dice("seed:3:step:1")]


def test_a_room_without_a_seed_has_dice_of_its_name() -> None:
    room, found = OfflineRoom(), []
    room.command(ROLL)(lambda: found.append(three(room)))
    room.pump()
    room.hear(Do(3, "Alan", 0, ROLL))
    room.pump()
    assert found == [dice("dots:3")]


def test_the_seed_of_the_first_entry_is_that_of_later_ones() -> None:
    room, found = OfflineRoom(), []
    room.command(ROLL)(lambda: found.append(three(room)))
    room.pump()
    room.hear(
        Join(3, "Grace", 0, "Grace", seed="first"), Join(4, "Kay", 0, "Kay", seed="second"), Do(5, "Ada", 0, ROLL)
    )
    room.pump()
    assert found == [dice("first:5")]


def test_after_what_was_skipped_dice_are_those_of_the_others(room: SeededRoom) -> None:
    found = []
    room.command(ROLL)(lambda: found.append(three(room)))
    room.hear(Skipped(3, 9, Snapshot((PlayerRecord("Ada", "Ada"),), seed="seed")), Do(10, "Ada", 0, ROLL))
    room.run()
    assert found == [dice("seed:10")]


@each("dice.json")
def test_its_methods_are_those_of_the_vectors(room: SeededRoom, vector: dict[str, Any]) -> None:
    calls = [call for call in vector["calls"] if call["do"] != "word"]
    found = []

    @room.command(ROLL)
    def roll() -> None:
        room._inbox.queue.running_call().generator = Generator(vector["key"])
        for call in calls:
            given = copy.deepcopy(call["a"])
            result = getattr(room.random, call["do"])(*given, **call.get("with", {}))
            found.append(given[0] if call["do"] == "shuffle" else list(result) if call["do"] == "randbytes" else result)

    room.hear(Do(3, "Alan", 0, ROLL))
    room.run()
    assert found == [call["is"] for call in calls]


# ------------------------------------------------------------------ where there are none


def test_outside_of_functions_it_says_what_to_do(room: SeededRoom) -> None:
    for use in (room.random.random, lambda: room.random.choice("ab"), lambda: room.random.shuffle([1])):
        with pytest.raises(
            BadArgument, match=r"outside of the room's functions.*@room.everywhere.*import random"
        ) as caught:
            use()
        assert caught.value.topic == "dice"


@pytest.mark.parametrize("event", ["error", "offline", "skipped", "join"])
def test_where_others_do_not_run_it_says_so(room: SeededRoom, event: str) -> None:
    caught = []

    @room.on(event)
    def handle(*what: object) -> None:
        with pytest.raises(BadArgument, match="not run for an entry") as one:
            room.random.random()
        caught.append(one.value.topic)

    @room.command("add")
    def add(number: int) -> None: ...

    room.hear(Do(3, "Alan", 0, "add"))  # it does not fit
    room.hear(Skipped(4, 9, Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Grace", "Grace")))))
    room.core.disconnected("cut", 0.0)
    room.run()
    assert caught == ["dice"]


def test_a_check_has_none(room: SeededRoom) -> None:
    room.check(lambda: room.random.random(), every=1)
    room.hear(Do(3, "Alan", 0, ROLL))
    with pytest.raises(BadArgument, match="not run for an entry"):
        room.run()


@pytest.mark.parametrize("name", ["seed", "getstate", "setstate", "betavariate", "vonmisesvariate"])
def test_what_it_has_not_is_said(room: SeededRoom, name: str) -> None:
    with pytest.raises(BadArgument, match=rf"room.random has no {name}\(\)") as caught:
        getattr(room.random, name)(1)
    assert caught.value.topic == "dice"


def test_nothing_of_pythons_own_generator_is_left() -> None:
    own = {name for name in dir(random.Random) if not name.startswith("_") and callable(getattr(random.Random, name))}
    assert own <= set(vars(roomcast.RoomRandom))


# ------------------------------------------------------------------ an object like any other


def test_it_is_one_lasting_random_that_cannot_be_replaced_or_copied(room: SeededRoom) -> None:
    assert isinstance(room.random, random.Random)
    assert room.random is room.random
    assert repr(room.random) == "<the room's dice>"
    with pytest.raises(BadArgument, match=r"room.random cannot be replaced"):
        room.random = random.Random(5)  # type: ignore[misc]
    copying: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps]
    for attempt in copying:
        with pytest.raises(BadArgument, match="cannot be copied or pickled"):
            attempt(room.random)


def test_pythons_own_dice_are_left_alone(room: SeededRoom) -> None:
    room.command(ROLL)(lambda: three(room))
    before = random.getstate()
    room.hear(Do(3, "Alan", 0, ROLL))
    room.run()
    assert random.getstate() == before
