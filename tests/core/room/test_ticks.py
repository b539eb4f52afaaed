"""A quiet room tells its time to programs that have timers: when one is due, and at no cost else."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import Bye, Entry, Error, Tick, Wake
from roomcast.core.room.commit_log import Level
from roomcast.core.room.session import Session
from roomcast.core.room.ticks import Ticks
from roomcast.core.room.token_bucket import TokenBucket
from tests.core.fakes import House, Program
from tests.core.keeping import house_of


@pytest.fixture
def house() -> House:
    return House(pace=0)


def run(house: House, seconds: float) -> None:
    """Let time pass, as a driver does: flush whenever that was asked for."""
    end = house.now + seconds
    woken = -1
    while True:
        again = house.directory.flush(house.now)
        if house.store is not None and not house.held:
            house.store.save()
            house.poll()
        if woken < house.woken:
            woken = house.woken
        elif again is None or again > end:
            break
        else:
            house.now = max(again, house.now)
    house.now = end


def ticks(program: Program) -> list[int]:
    """The times of the ticks that it has heard since the last time."""
    return [message.at for message in program.hear() if isinstance(message, Tick)]


def test_a_moment_is_told_once_to_all_and_is_in_no_log(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(Wake(at=1_002_000.25))
    run(house, 10)
    assert ticks(ada) == ticks(alan) == [1_002_001]  # the first whole millisecond that is not before it
    assert house.room().log.last == 2


def test_a_schedule_is_told_at_each_step(house: House) -> None:
    ada = house.join("Ada")
    ada.say(Wake(every=50.0, start=1_000_100.0))
    run(house, 0.31)
    assert ticks(ada) == [1_000_100, 1_000_150, 1_000_200, 1_000_250, 1_000_300]


def test_programs_that_run_the_same_timers_have_one_schedule(house: House) -> None:
    programs = [house.join(f"player{number}") for number in range(5)]
    for program in programs:
        program.say(Wake(every=100.0, start=1_000_100.0))
    run(house, 0.55)
    assert {tuple(ticks(program)) for program in programs} == {tuple(range(1_000_100, 1_000_600, 100))}


def test_what_is_asked_for_takes_the_place_of_what_was_and_ends_with_the_connection(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(Wake(every=100.0, start=1_000_100.0))
    ada.say(Wake(at=1_000_500.0))
    run(house, 1)
    assert ticks(ada) == [1_000_500]
    ada.say(Wake(every=100.0, start=1_002_000.0), Wake())
    run(house, 2)
    assert ticks(alan) == [1_000_500]
    ada.say(Wake(every=100.0, start=1_000_100.0))
    ada.gone()
    run(house, 2)
    assert ticks(alan) == []


def test_who_lost_its_connection_and_is_replaced_asks_anew(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(Wake(every=100.0, start=1_000_100.0))
    house.come_back(ada)
    run(house, 1)
    assert ticks(alan) == []


def test_an_entry_tells_the_time_as_well(house: House) -> None:
    ada = house.join("Ada")
    ada.say(Wake(at=1_002_000.0))
    house.now += 2.5
    ada.do("move")
    run(house, 5)
    assert ticks(ada) == []


def test_a_moment_that_has_passed_is_told_at_once(house: House) -> None:
    ada = house.join("Ada")
    house.now += 10
    ada.say(Wake(at=1_000_500.0))
    run(house, 0)
    assert ticks(ada) == [1_010_000]
    ada.say(Wake(at=1_009_000.0))  # it was told since
    run(house, 1)
    assert ticks(ada) == []


def test_no_entry_comes_that_is_from_before_a_tick(house: House) -> None:
    ada = house.join("Ada")
    ada.say(Wake(every=30.0, start=1_000_000.0))
    for count in range(20):
        run(house, 0.0123)
        house.now -= 0.001  # a reading of the clock that comes late
        if count % 3 == 0:
            ada.do("move")
    times = [message.at for message in ada.hear() if isinstance(message, Tick | Entry)]
    assert times == sorted(times)


def test_while_an_entry_is_not_committed_nothing_is_told(house: House) -> None:
    kept, _ = house_of(Level.FULL, pace=0)
    ada = kept.join("Ada")
    ada.say(Wake(at=1_000_500.0))
    run(kept, 0.1)
    kept.held = True
    ada.do("move")
    at = kept.room().log.at
    run(kept, 3)
    assert ada.hear() == []
    kept.held = False
    run(kept, 0.5)
    heard = ada.hear()
    assert [type(message).__name__ for message in heard] == ["Do", "Tick"]
    assert isinstance(heard[0], Entry)
    assert heard[0].at == at


def test_who_does_not_read_is_told_once_it_has_caught_up(house: House) -> None:
    house = House(pace=0, unread=2000)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.connection.stop_reading()
    for _ in range(10):
        ada.do("say", "x" * 500)
        run(house, 0.01)
    assert alan.connection.behind
    alan.hear()
    ada.say(Wake(at=1_005_000.0))
    run(house, 10)
    assert ticks(ada) == [1_005_000]
    assert ticks(alan) == []
    alan.connection.read_on()
    run(house, 0)
    heard = alan.hear()
    assert heard[-1] == Tick(1_005_000)
    assert [message.s for message in heard if isinstance(message, Entry)][-1] == house.room().log.last


def test_who_reads_slowly_gets_no_more_than_others_before_it(house: House) -> None:
    house = House(pace=0, unread=200)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.connection.stop_reading()
    ada.say(Wake(every=20.0, start=1_000_000.0))
    run(house, 20)
    assert alan.connection.behind
    assert alan.connection.unread() < 1000
    alan.connection.read_on()
    assert alan.hear()[-1] == Tick(house.room().feed.ticked)


def test_a_newcomer_hears_the_newest_tick_after_its_welcome(house: House) -> None:
    ada = house.join("Ada")
    ada.say(Wake(at=1_000_500.0))
    run(house, 1)
    alan = house.knock()
    alan.hello("dots", "Alan")
    run(house, 0)
    assert ticks(alan) == [1_000_500]


def test_line_clients_hear_no_ticks(house: House) -> None:
    line = house.join_by_lines()
    ada = house.join("Barbara")
    line.hear()
    ada.say(Wake(every=100.0, start=1_000_000.0))
    run(house, 1)
    assert len(ticks(ada)) >= 9
    assert line.hear() == []


def test_there_are_at_most_sixty_a_second_however_many_ask(house: House) -> None:
    programs = [house.join(f"player{number}") for number in range(4)]
    for number, program in enumerate(programs):
        program.say(Wake(every=0.001, start=1_000_000.0 + number * 3.1))
    run(house, 2)
    assert 100 <= len(ticks(programs[0])) <= 121


@pytest.mark.parametrize("text", [b'"at":-1', b'"every":1e400', b'"every":NaN', b'"from":"now"', b'"at":1e300'])
def test_a_wake_that_makes_no_sense_ends_the_connection_with_a_sentence(house: House, text: bytes) -> None:
    ada = house.join("Ada")
    ada.say(b'{"t":"wake",' + text + b"}")
    heard = ada.hear()
    assert [type(message) for message in heard] == [Error, Bye]
    assert isinstance(heard[0], Error)
    assert heard[0].code == "bad-message"
    assert house.room().ticks.due == float("inf")


@pytest.mark.parametrize("wake", [Wake(2.0**53, 2.0**53, 2.0**53), Wake(0.0, 2.0**53, 0.0), Wake(0.0, 1e-300, 2.0**53)])
def test_extremes_cost_nothing(house: House, wake: Wake) -> None:
    ada = house.join("Ada")
    ada.say(wake)
    run(house, 5)
    assert len(ticks(ada)) <= 1


def test_many_wakes_leave_nothing_behind(house: House) -> None:
    house = House(pace=0, rate=10_000, burst=100_000, address_burst=100.0)
    ada = house.join("Ada")
    for number in range(5000):
        ada.say(Wake(at=1e12 - number))
        run(house, 0)
    assert len(house.directory._flushes._timed) < 200
    ada.gone(clean=True)
    assert house.room().ticks._moments == house.room().ticks._of == {}


def test_a_tick_is_charged_to_those_who_asked_in_turn(house: House) -> None:
    house = House(pace=0)
    programs = [house.join(f"player{number}", address=f"10.0.0.{number}") for number in range(3)]
    for program in programs:
        program.say(Wake(every=100.0, start=1_000_100.0))
    run(house, 0.01)
    before = [program.peer.account._full_at for program in programs]
    spent: list[int] = []
    for _ in range(6):
        run(house, 0.1)
        now = [program.peer.account._full_at for program in programs]
        spent += [place for place in range(3) if now[place] != before[place]]
        before = now
    assert spent == [0, 1, 2, 0, 1, 2]


def test_an_address_that_has_spent_too_much_is_told_the_time_less_often(house: House) -> None:
    house = House(pace=0, address_burst=0.001, address_time=0.001)
    for number in range(30):
        house.join(f"player{number}", address=f"10.0.1.{number}")
    ada = house.join("Ada", address="10.0.0.1")
    house.now += 100
    ada.hear()
    ada.say(Wake(every=20.0, start=1_100_000.0))
    run(house, 10)
    assert 50 < len(ticks(ada)) < 120  # of 500: 1 ms of work a second, in writes of 4 µs


def test_ticks_hold_up_no_command_of_the_one_who_asked(house: House) -> None:
    house = House(pace=0, burst=5, rate=1)
    ada = house.join("Ada")
    ada.say(Wake(every=20.0, start=1_000_000.0))
    run(house, 1)
    assert len(ticks(ada)) > 40
    ada.do("move")
    run(house, 0)
    assert ada.hear_commands() == ["Ada: move []"]


def session(name: str) -> Session:
    return Session(name, name, name, TokenBucket(1, 1, 0))


def test_the_earliest_of_all_is_next() -> None:
    ticks = Ticks()
    ada, alan = session("Ada"), session("Alan")
    ticks.ask(ada, Wake(at=5000.0, every=1000.0, start=2500.0))
    ticks.ask(alan, Wake(at=2400.0))
    found = []
    for at in (2399, 2400, 2500, 4999, 5000, 5500):
        ticks.told(at)
        asking = ticks.next_asking()
        found.append((ticks.due, asking.id if asking else None))
    assert found == [(2400, "Alan"), (2500, "Ada"), (3500, "Ada"), (5000, "Ada"), (5500, "Ada"), (6500, "Ada")]
    ticks.forget(ada)
    assert (ticks.due, ticks.next_asking()) == (float("inf"), None)
