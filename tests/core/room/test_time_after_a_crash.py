"""A server that is killed while players are there: the room goes on from the time that it told; nothing goes back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol.messages import Away, Back, Entry, Leave, Tick, Wake
from roomcast.core.room.commit_log import Level
from roomcast.core.room.order import LEAD
from roomcast.testing import SimulatedRoom, Simulation
from roomcast.testing.disk import MemoryStore
from roomcast.testing.disk_commit_log import DiskCommitLog
from tests.core.fakes import House, Program
from tests.core.keeping import KEPT, house_of
from tests.core.room.test_ticks import run, ticks

HOUR = 3600.0
STEP = Wake(every=50.0, start=1_000_000.0)  # 20 times a second


def house_with_steps(level: Level) -> tuple[House, MemoryStore, Program]:
    """Ada has a step, and its room has told its time for two seconds."""
    house, store = house_of(level, pace=0)
    ada = house.join("Ada")
    ada.say(STEP)
    run(house, 2)
    return house, store, ada


def last_told(program: Program) -> int:
    return max((message.at for message in program.hear() if isinstance(message, Entry | Tick)), default=0)


@pytest.mark.parametrize("level", KEPT)
def test_who_was_here_has_gone_when_the_time_was_told_last_or_little_later(level: Level) -> None:
    house, _, ada = house_with_steps(level)
    told = last_told(ada)
    assert told >= 1_001_950
    house.crash()
    house.now += HOUR
    house.come_back(ada)
    away, back = list(house.room().log.entries(1, 3))
    assert isinstance(away, Away)
    assert isinstance(back, Back)
    assert told <= away.at <= told + LEAD
    assert back.at == 1_002_000 + HOUR * 1000


@pytest.mark.parametrize("level", KEPT)
def test_a_room_that_told_no_time_goes_on_from_its_newest_entry(level: Level) -> None:
    house, _ = house_of(level, pace=0)
    ada = house.join("Ada")
    house.now += 2
    ada.do("move")
    house.flush()
    house.crash()
    house.now += HOUR
    house.come_back(ada)
    assert [entry.at for entry in house.room().log.entries(1, 4)] == [1_002_000, 1_002_000, 1_002_000 + HOUR * 1000]


@pytest.mark.parametrize("level", KEPT)
def test_who_cannot_come_back_has_left_then_as_well(level: Level) -> None:
    house, _ = house_of(level, pace=0)
    house.join_by_lines()
    house.now += 2
    house.join("Ada")
    house.flush()
    house.crash()
    house.now += HOUR
    house.join("Alan")
    found = list(house.room().log.entries(2, house.room().log.last))
    assert [(type(entry), entry.at) for entry in found[:2]] == [(Leave, 1_002_000), (Away, 1_002_000)]


@pytest.mark.parametrize("back", [0.0, 1.0, HOUR])
@pytest.mark.parametrize("level", KEPT)
def test_a_clock_that_was_set_back_undoes_nothing_that_was_told(level: Level, back: float) -> None:
    house, _, ada = house_with_steps(level)
    told = last_told(ada)
    house.crash()
    house.directory.clock.offset = -back
    ada = house.come_back(ada)
    ada.say(STEP)
    run(house, 1)
    times = [message.at for message in ada.hear() if isinstance(message, Entry | Tick)]
    assert times == sorted(times)
    assert times[0] >= told


@pytest.mark.parametrize("level", KEPT)
def test_nothing_is_told_before_it_is_kept_that_it_may_be(level: Level) -> None:
    house, _ = house_of(level, pace=0)
    ada = house.join("Ada")
    house.held = True
    ada.hear()
    ada.say(STEP)
    run(house, 2)
    assert ada.hear() == []
    house.held = False
    run(house, 0.1)
    assert last_told(ada) >= 1_002_000
    house.held = True
    run(house, LEAD / 2000)
    assert last_told(ada) >= 1_002_000 + LEAD / 2, "so much was kept before"
    run(house, LEAD / 1000)
    last = house.room().log.at
    assert last <= 1_002_100 + LEAD
    house.crash()
    house.come_back(ada)
    assert house.room().log.at >= last


@pytest.mark.parametrize("level", KEPT)
def test_it_is_kept_once_each_half_of_the_lead(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    save = DiskCommitLog.save_time
    monkeypatch.setattr(DiskCommitLog, "save_time", lambda log, at: kept.append(at) or save(log, at))
    house, _, ada = house_with_steps(level)
    run(house, 100)
    assert len(ticks(ada)) > 2000
    assert [later - earlier for earlier, later in pairwise(kept)] == [LEAD // 2] * (2 * 102_000 // LEAD - 1)


def test_a_room_in_memory_writes_nothing_and_tells_at_once() -> None:
    house = House(pace=0)
    ada = house.join("Ada")
    ada.say(STEP)
    run(house, 1)
    assert last_told(ada) >= 1_000_950


@given(
    st.lists(
        st.tuples(st.sampled_from(["step", "move", "sync", "write"]), st.integers(0, 3 * LEAD)), min_size=1, max_size=30
    ),
    st.sampled_from(KEPT),
    st.floats(-HOUR, HOUR),
    st.integers(0, 9),
)
def test_whatever_is_on_disk_at_a_crash_the_time_does_not_go_back(
    steps: list[tuple[str, int]], level: Level, jump: float, kept: int
) -> None:
    house, store = house_of(level, pace=0)
    ada = house.join("Ada")
    run(house, 0.1)
    ada.say(STEP)
    house.held = True
    for what, milliseconds in steps:
        if what == "move" and level is Level.FULL:  # at the level relaxed, it may be lost: that is told
            ada.do("move")
        elif what == "sync":
            store.save()
            house.poll()
        elif what == "write":
            store.write(milliseconds % 5)
        run(house, milliseconds / 1000)
    told = last_told(ada)
    store.crash(kept)
    house.crash()
    house.directory.clock.offset = jump
    house.come_back(ada)
    assert house.room().log.at >= told


# ---------------------------------------------------------------------- programs with timers


def stepping(simulation: Simulation, name: str) -> tuple[SimulatedRoom, list[float]]:
    """A program that makes 20 steps a second, and notes when each was due."""
    room, steps = simulation.join("dots", name), []

    def step() -> None:
        steps.append(room.time)

    room.command("start")(lambda: room.every(1 / 20, step))
    return room, steps


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])
@pytest.mark.parametrize("level", KEPT)
def test_the_steps_of_an_hour_in_which_the_server_was_down_are_not_run(level: Level, power: bool) -> None:
    simulation = Simulation(3, level=level)
    (red, reds), (blue, blues) = stepping(simulation, "red"), stepping(simulation, "blue")
    red.send("start")
    simulation.run(20)
    before = len(reds)
    assert 300 < before < 410
    simulation.faults.crash_server(HOUR, power=power)
    simulation.run(HOUR + 60)
    assert red.seq == blue.seq
    assert before < len(reds) <= before + 20 * (60 + LEAD / 1000)
    least = min(len(reds), len(blues))
    assert reds[:least] == blues[:least]
    assert least > before


def test_the_time_is_the_clocks_again_once_nobody_was_there_for_a_moment() -> None:
    simulation = Simulation(5, level=Level.FULL)
    red, steps = stepping(simulation, "red")
    red.send("start")
    for _ in range(10):
        simulation.run(5)
        simulation.faults.crash_server(0.1)
    simulation.run(5)
    clock = simulation.server.wall + simulation.server.machine.clock
    assert clock < steps[-1] < clock + 10 * LEAD / 1000
    red.leave()
    simulation.run(10 * LEAD / 1000)
    blue, steps = stepping(simulation, "blue")
    blue.send("start")
    simulation.run(1)
    assert steps[-1] == pytest.approx(simulation.server.wall + simulation.server.machine.clock, abs=0.5)
