"""Where newcomers begin who ask for the beginning or for the world, and when."""

import hashlib

import msgspec
import pytest

from roomcast.core.protocol.messages import BeginRequest, Error, Hello, Save, SavedWorld, Welcome
from roomcast.core.room.commit_log import Level
from roomcast.core.room.worlds import EVERY
from roomcast.testing import MemoryStore
from tests.core.fakes import House, Program


def begins(house: House, name: str, start: str) -> Program:
    program = house.knock()
    program.say(Hello("dots", name, start=start))
    house.flush()
    return program


def gives_world(house: House, program: Program, text: str) -> None:
    """The only one who knows the world is asked, and answers."""
    house.wait(EVERY + 1)
    *_, asked = [one for one in program.hear() if isinstance(one, Save)]
    program.say(SavedWorld(asked.s, hashlib.sha256(text.encode()).hexdigest(), text))
    house.flush()


@pytest.mark.parametrize("start", ["beginning", "world"])
def test_nobody_is_welcome_before_its_join_is_on_disk(start: str) -> None:
    house = House(store=MemoryStore(Level.FULL))
    house.join("Ada")
    house.held = True
    alan = begins(house, "Alan", start)
    assert alan.hear() == []
    house.held = False
    house.flush()
    welcome = alan.hear()[0]
    assert isinstance(welcome, Welcome)
    assert (welcome.s, welcome.upto, alan.seq) == (0, 2, 2)


def test_a_world_for_which_there_is_no_room_keeps_no_room_from_opening() -> None:
    house = House(store=MemoryStore(Level.FULL), state_total=6000)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    house.flush()
    gives_world(house, ada, "x" * 2000)
    assert house.room()._worlds.newest is not None
    house.restart()
    house.join("Mia", room="chess").set("room", {"key": "y" * 2000})
    house.flush()
    again = begins(house, "Alan", "")
    assert [one for one in again.hear() if isinstance(one, Error)] == []
    assert house.room()._worlds.newest is None
    assert house.directory.state_total.held <= 6000


def test_who_waits_for_a_world_is_not_sent_on_while_it_is_being_asked_for() -> None:
    house = House(kept_entries=8)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    for step in range(20):
        ada.do("move", step)
    house.flush()
    *_, asked = [one for one in ada.hear() if isinstance(one, Save)]
    alan = begins(house, "Alan", "world")
    for step in range(4):  # as many as let the next world be due
        ada.do("move", step)
        house.flush()
    assert alan.hear() == []
    text = '{"world":1}'
    ada.say(SavedWorld(asked.s, hashlib.sha256(text.encode()).hexdigest(), text, at=asked.at))
    house.flush()
    welcome = alan.hear()[0]
    assert isinstance(welcome, Welcome)
    assert (welcome.s, welcome.world) == (asked.s, text)


def comes_back(house: House, before: Program, *, knows: bool) -> Program:
    """A program that asked for the world returns to a server that has started again."""
    after = house.knock()
    after.state, after.seq = before.state, before.seq
    after.say(Hello("dots", start="world", resume=msgspec.structs.replace(before.back, world=knows)))
    house.flush()
    return after


def restarted(*, knows: bool) -> tuple[House, Program]:
    """A house that began again, in which a program that had the world goes on; its log has forgotten its beginning."""
    house = House(store=MemoryStore(Level.FULL), kept_entries=8)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    house.flush()
    for step in range(20):
        ada.do("move", step)
        house.flush()
    ada.hear()
    house.restart()
    return house, comes_back(house, ada, knows=knows)


def test_after_a_restart_who_resumes_and_knows_its_world_gives_it_to_newcomers() -> None:
    house, ada = restarted(knows=True)
    alan = begins(house, "Alan", "world")
    assert alan.hear() == []
    *_, asked = [one for one in ada.hear() if isinstance(one, Save)]
    text = '{"world":1}'
    ada.say(SavedWorld(asked.s, hashlib.sha256(text.encode()).hexdigest(), text))
    house.flush()
    welcome = alan.hear()[0]
    assert isinstance(welcome, Welcome)
    assert (welcome.s, welcome.world) == (asked.s, text)


def test_after_a_restart_who_does_not_know_its_world_is_not_asked_for_it() -> None:
    house, ada = restarted(knows=False)
    alan = begins(house, "Alan", "world")
    assert [one.code for one in alan.hear() if isinstance(one, Error)] == ["no-world"]
    assert [one for one in ada.hear() if isinstance(one, Save)] == []


def test_who_says_that_it_knows_the_world_is_not_believed_where_the_server_knows_better() -> None:
    house = House()
    ada = house.join("Ada")
    ada.do("move")
    house.flush()
    ada.hear()
    ada.gone()
    ada = comes_back(house, ada, knows=True)
    assert not house.room().sessions["Ada"].knows_world
