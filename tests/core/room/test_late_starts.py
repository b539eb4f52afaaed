"""Where newcomers begin who ask for the beginning or for the world, and when."""

import hashlib
from typing import TypeVar

import msgspec
import pytest

from roomcast.core.protocol.messages import Begin, BeginRequest, Error, Hello, Save, SavedWorld, Skipped, Welcome
from roomcast.core.room.commit_log import Level
from roomcast.core.room.worlds import AGAIN, ANSWER_WITHIN, EVERY
from roomcast.testing import MemoryStore
from tests.core.fakes import House, Program

Kind = TypeVar("Kind")


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


def test_a_world_counts_as_the_memory_that_it_takes() -> None:
    house = House(state_total=6000)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    house.flush()
    gives_world(house, ada, "🎲" + "x" * 2000)  # 2 KB on the wire, and four times as much as text in memory
    assert house.room()._worlds.newest is None


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


TEXT = '{"world":1}'


def told(program: Program, kind: type[Kind]) -> list[Kind]:
    return [one for one in program.hear() if isinstance(one, kind)]


def answers(house: House, program: Program, asked: Save, text: str = TEXT) -> None:
    program.say(SavedWorld(asked.s, hashlib.sha256(text.encode()).hexdigest(), text, at=asked.at))
    house.flush()


def grown_old(**limits: int) -> tuple[House, Program]:
    """A room whose log has forgotten its beginning, and one who was there from the beginning, and knows the world."""
    house = House(kept_entries=8, **limits)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    for step in range(20):
        ada.do("move", step)
        house.flush()
    return house, ada


def test_where_the_only_one_who_knows_the_world_is_behind_it_is_asked_when_it_has_read_on() -> None:
    house, ada = grown_old(unread=100)
    gives_world(house, ada, TEXT)
    ada.connection.stop_reading()
    ada.do("move", "x" * 200)
    for step in range(20):  # of the world that there is, the log has forgotten what follows
        ada.do("move", step)
    house.flush()
    alan = begins(house, "Alan", "world")
    for _ in range(10):
        house.flush()
    assert alan.hear() == []
    ada.connection.read_on()
    house.wait(AGAIN + 1)
    answers(house, ada, told(ada, Save)[-1])
    (welcome,) = told(alan, Welcome)
    assert welcome.world == TEXT


def test_one_who_waits_for_a_world_waits_for_three_questions_and_no_longer() -> None:
    house, ada = grown_old(unread=100)
    ada.connection.stop_reading()
    ada.do("move", "x" * 200)
    house.flush()
    alan = begins(house, "Alan", "world")
    house.wait(AGAIN)
    assert alan.hear() == []
    house.wait(ANSWER_WITHIN + 2 * AGAIN + 1)
    assert [type(one) for one in alan.hear()] == [Welcome, Error]


def test_a_skip_that_waits_for_its_commit_tells_who_needs_the_world_that_there_is_none() -> None:
    house = House(store=MemoryStore(Level.FULL), kept_entries=8, unread=100)
    ada, alan = house.join("Ada"), house.join("Alan")
    for step in range(20):
        alan.do("move", step)
        house.flush()
    ada.say(BeginRequest())
    house.flush()
    assert [one.code for one in told(ada, Error)] == ["no-world"]
    ada.connection.stop_reading()
    for _ in range(20):
        alan.do("move", "x" * 200)
        house.flush()
    house.held = True
    alan.do("move")
    ada.connection.read_on()
    ada.hear()
    house.held = False
    house.flush()
    heard = ada.hear()
    assert [type(one) for one in heard] == [Skipped, Error]
    assert [one.code for one in heard if isinstance(one, Error)] == ["no-world"]


def test_who_is_behind_begins_once_more_when_it_has_read_on() -> None:
    house = House(unread=100)
    ada = house.join("Ada")
    ada.connection.stop_reading()
    ada.do("move", "x" * 200)
    house.flush()
    ada.hear()
    waiting = ada.connection.unread()
    for _ in range(20):
        ada.say(BeginRequest())
    house.flush()
    assert ada.connection.unread() == waiting
    ada.connection.read_on()
    house.flush()
    (begun,) = told(ada, Begin)
    assert (begun.s, ada.seq) == (0, 2)


def test_who_asks_often_while_a_world_is_asked_for_begins_once() -> None:
    house, ada = grown_old()
    asked = told(ada, Save)[-1]
    alan = house.join("Alan")
    for _ in range(20):
        alan.say(BeginRequest())
    house.flush()
    answers(house, ada, asked)  # of a place that is forgotten
    answers(house, ada, told(ada, Save)[-1])
    assert [one.world for one in told(alan, Begin)] == [TEXT]


def test_who_is_told_that_there_is_no_world_and_has_much_to_read_stays_connected() -> None:
    house = House(kept_entries=8, unread=100)
    ada = house.join("Ada")
    for step in range(20):
        ada.do("move", step)
        house.flush()
    ada.set("me", {"x": "y" * 200})
    alan = house.knock()
    alan.connection.stop_reading()
    alan.say(Hello("dots", "Alan", start="world"))
    house.flush()
    assert not alan.connection.ended
    alan.connection.read_on()
    assert [one.code for one in told(alan, Error)] == ["no-world"]


# ---------------------------------------------------------------------- after a restart


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
    asked = told(ada, Save)[-1]
    answers(house, ada, asked)
    (welcome,) = told(alan, Welcome)
    assert (welcome.s, welcome.world) == (asked.s, TEXT)


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


def test_a_log_of_large_entries_has_places_to_begin_at_as_well() -> None:
    """It forgets for its bytes, long before it has as many entries as states are apart."""
    house = House(kept_bytes=200_000, rate=1e6, burst=10**6, address_burst=1e6)
    ada = house.join("Ada")
    for number in range(150):
        ada.do("draw", "x" * 5000)
        ada.set("room", {"drawn": number})
        house.now += 0.01
        house.flush()
    log = house.room().log
    alan = begins(house, "Alan", "beginning")
    (welcome,) = [one for one in alan.hear() if isinstance(one, Welcome)]
    assert log.gone <= welcome.s <= log.gone + len(log) * 0.3
    assert alan.state == house.room().state


def test_a_log_that_forgets_a_little_at_a_time_has_few_places_to_begin_at() -> None:
    house = House(kept_entries=1000, rate=1e6, burst=10**6, address_burst=1e6)
    ada = house.join("Ada")
    room = house.room()
    for number in range(3000):
        ada.do("move", number)
        house.now += 0.01
        house.flush()
        room.log.trim(900, 2**20, room.feed.flushed)
    assert len(room._points._points) < 20
