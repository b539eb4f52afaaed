"""The host: it follows from the state alone. And rooms whose state it alone sets."""

from __future__ import annotations

import random
from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Away, Back, Error, Join, Leave, Set, SetRequest
from roomcast.core.room.fold import EMPTY, RoomState, apply, host_of, restore, snapshot
from roomcast.core.room.host_state_room import HostStateRoom
from roomcast.core.server.room_kinds import StateBy
from roomcast.testing.disk import MemoryStore
from tests.core.entries import raw
from tests.core.fakes import House, Program

HOSTED = StateBy(usual=True, by_room={"free": False})


def after(*entries: Any) -> RoomState:
    state = EMPTY
    for entry in entries:
        state = apply(state, entry)
    return state


def test_the_host_is_the_first_who_is_connected() -> None:
    ada, alan = Join(1, "Ada", 0, "Ada"), Join(2, "Alan", 0, "Alan")
    assert host_of(EMPTY) == ""
    assert host_of(after(ada)) == "Ada"
    assert host_of(after(ada, alan)) == "Ada"
    assert host_of(after(ada, alan, Away(3, "Ada", 0))) == "Alan"
    assert host_of(after(ada, alan, Away(3, "Ada", 0), Back(4, "Ada", 0))) == "Ada"
    assert host_of(after(ada, alan, Leave(3, "Ada", 0, "left"))) == "Alan"
    assert host_of(after(ada, alan, Leave(3, "Ada", 0, "left"), Join(4, "Ada", 0, "Ada"))) == "Alan"
    assert host_of(after(ada, Away(2, "Ada", 0))) == ""


@pytest.mark.parametrize("seed", range(20))
def test_who_begins_with_a_snapshot_anywhere_knows_the_same_host_from_then_on(seed: int) -> None:
    chance = random.Random(seed)
    kinds = [lambda s, who: Join(s, who, 0, who), lambda s, who: Leave(s, who, 0, "left"),
             lambda s, who: Away(s, who, 0), lambda s, who: Back(s, who, 0),
             lambda s, who: Set(s, who, 0, "me", raw({"x": s}), n=1)]  # fmt: skip
    entries = [chance.choice(kinds)(s, chance.choice(["Ada", "Alan", "Grace"])) for s in range(1, 60)]
    states = [EMPTY]
    for entry in entries:
        states.append(apply(states[-1], entry))
    for seq in range(0, 60, 7):
        newcomer = restore(snapshot(states[seq]))
        for entry, state in zip(entries[seq:], states[seq + 1 :], strict=True):
            newcomer = apply(newcomer, entry)
            assert host_of(newcomer) == host_of(state)


# ---------------------------------------------------------------------- whose state


def refusals(program: Program) -> list[str]:
    return [message.message for message in program.hear() if isinstance(message, Error)]


def test_the_host_alone_sets_the_rooms_state_and_everyone_its_own() -> None:
    house = House(state_by=HOSTED)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.set("room", {"round": 1})
    alan.set("me", {"x": 1})
    alan.set("room", {"round": 2})
    alan.do("move", 5)
    house.flush()
    assert refusals(alan) == ["in this room, its host alone sets room.state: that is Ada now"]
    ada.hear()
    state = house.room().log.state
    assert state.shared.decoded() == {"round": 1}
    assert state.players["Alan"].state.decoded() == {"x": 1}
    assert ada.state == alan.state


@pytest.mark.parametrize("op", ["add", "claim", "swap"])
def test_operations_are_judged_as_well(op: str) -> None:
    house = House(state_by=HOSTED)
    ada, alan = house.join("Ada"), house.join("Alan")
    was = raw({"coin": None}) if op == "swap" else raw({})
    for program in (alan, ada):
        program.n += 1
        program.say(SetRequest(program.n, "room", raw({"coin": 1}), op=op, was=was))
        house.flush()
    assert len(refusals(alan)) == 1
    assert refusals(ada) == []
    assert house.room().log.state.shared.decoded() == {"coin": 1}


def test_a_new_host_sets_it_as_soon_as_the_log_says_so() -> None:
    house = House(state_by=HOSTED)
    ada, alan = house.join("Ada"), house.join("Alan")
    house.flush()
    ada.gone()
    alan.set("room", {"by": "Alan"})
    house.flush()
    assert refusals(alan) == []
    ada = house.come_back(ada)
    ada.set("room", {"by": "Ada"})
    alan.set("room", {"by": "Alan again"})
    house.flush()
    assert refusals(alan) == ["in this room, its host alone sets room.state: that is Ada now"]
    assert house.room().log.state.shared.decoded() == {"by": "Ada"}


def test_rooms_are_of_the_kind_that_was_said_of_them() -> None:
    assert HOSTED.host_in("dots")
    assert not HOSTED.host_in("free")
    house = House(state_by=HOSTED)
    ada, alan = house.join("Ada", "free"), house.join("Alan", "free")
    alan.set("room", {"round": 2})
    house.flush()
    assert refusals(alan) == []
    ada.hear()
    assert not isinstance(house.room("free"), HostStateRoom)


def test_a_kept_room_is_the_same_after_a_restart() -> None:
    house = House(state_by=HOSTED, store=MemoryStore())
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.set("room", {"round": 1})
    house.flush()
    ada.hear()
    alan.hear()
    house.restart()
    alan = house.come_back(alan)  # while Ada is away, it is the first
    alan.set("room", {"round": 2})
    house.flush()
    assert refusals(alan) == []
    assert isinstance(house.room(), HostStateRoom)
    assert house.room().log.state.shared.decoded() == {"round": 2}


@pytest.mark.parametrize("seed", range(15))
def test_at_random_nobody_but_the_host_of_that_moment_has_set_the_rooms_state(seed: int) -> None:
    chance = random.Random(seed)
    house = House(state_by=HOSTED)
    here: list[Program] = []
    away: list[Program] = []
    sent = 0
    for step in range(80):
        match chance.choice(["join", "set", "set", "set", "drop", "return", "leave"]):
            case "join" if len(here) < 5:
                here.append(house.join(f"P{step}"))
            case "set" if here:
                chance.choice(here).set("room", {"last": step})
                sent += 1
            case "drop" if here:
                program = here.pop(chance.randrange(len(here)))
                program.hear()
                program.gone()
                away.append(program)
            case "return" if away:
                here.append(house.come_back(away.pop(chance.randrange(len(away)))))
            case "leave" if here:
                here.pop(chance.randrange(len(here))).gone(clean=True)
        house.flush()
    assert sent
    if not here:
        return
    state, log = EMPTY, house.room().log
    for line in log.lines(0, log.last):
        entry: Any = codec.decode_server(line)
        if type(entry) is Set:
            assert entry.by == host_of(state)
        state = apply(state, entry)
    for program in here:
        program.hear()
        assert program.state == state
        assert host_of(program.state) == host_of(state)
