"""At which pace a peer takes what is sent: by its rate, weighed by the audience; who is held back hears it."""

from __future__ import annotations

import pytest

from roomcast.core.protocol import codec
from tests.core.fakes import House, Program, act


def room_of(players: int, **limits: float) -> tuple[House, list[Program]]:
    house = House(room_players=1000, connections_address=1000, address_time=1e6, **limits)
    return house, [house.join(f"p{number}") for number in range(players)]


def taken_at_once(house: House, program: Program, to: tuple[str, ...] | None = None) -> int:
    """How many of a player's commands are taken before the rate holds it back."""
    before = house.room().log.last
    program.peer._settle_each_second(house.now)
    for n in range(1, 600):
        program.say(act(program.n + n, "x", to=to))
    return house.room().log.last - before


@pytest.mark.parametrize(("players", "at_once"), [(2, 480), (64, 480), (65, 472), (128, 240), (640, 48)])
def test_a_command_to_more_than_64_counts_for_more(players: int, at_once: int) -> None:
    house, programs = room_of(players)
    assert taken_at_once(house, programs[-1]) == pytest.approx(at_once, abs=1)


def test_a_private_command_counts_by_its_readers() -> None:
    house, programs = room_of(640)
    assert taken_at_once(house, programs[-1], to=("p0",)) >= 470
    house, programs = room_of(640)
    assert taken_at_once(house, programs[-1], to=tuple(f"p{n}" for n in range(319))) == pytest.approx(96, abs=2)


def test_when_the_room_empties_commands_count_for_less_again() -> None:
    house, programs = room_of(128)
    for program in programs[:64]:
        program.gone(clean=True)
    assert taken_at_once(house, programs[-1]) == 480


def test_a_command_that_weighs_more_than_the_burst_is_taken_all_the_same() -> None:
    house, programs = room_of(640, rate=10, burst=5)
    assert taken_at_once(house, programs[-1]) == 1
    house.now += 1.1
    programs[-1].peer.read_on(house.now)
    assert house.room().log.last == 640 + 2


def play(house: House, program: Program, rate: float, seconds: float) -> list[tuple[float, str]]:
    """Send at a steady rate, as a transport passes it on; returns when an error came (seconds from now), and which."""
    began, paused_until, waiting = house.now, 0.0, 0
    told: list[tuple[float, str]] = []
    for step in range(round(seconds * rate)):
        house.now = began + step / rate
        waiting += 1
        while waiting and paused_until <= house.now:  # what waits in the socket is read when the pause is over
            program.n += 1
            waiting -= 1
            wait = program.peer.receive(codec.encode(act(program.n, "x")), house.now)
            moment = house.now
            while wait > 0 and moment + wait <= house.now:
                moment += wait
                wait = program.peer.read_on(moment)
            paused_until = moment + wait if wait > 0 else 0.0
            while paused_until and paused_until <= house.now + 1 / rate:
                wait = program.peer.read_on(paused_until)
                paused_until = paused_until + wait if wait > 0 else 0.0
        told += [(house.now - began, error.message) for error in program.hear_errors()]
    return told


def test_a_program_just_above_the_rate_hears_it_within_a_second_of_falling_behind() -> None:
    """61.3 commands a second where 60 are allowed: the burst lasts for a while, and nobody is told before it ends."""
    house = House(rate=60, burst=120)
    ada = house.join("Ada")
    falls_behind = (120 - 1) / (61.3 - 60)
    told = play(house, ada, 61.3, falls_behind + 5)
    assert len(told) == 1
    when, message = told[0]
    assert falls_behind - 0.1 <= when <= falls_behind + 1
    assert "what you send waits, and is late: more comes than the 60 commands a second" in message
    assert message.endswith("(setting: rate)")


def test_a_game_loop_of_60_and_mouse_motion_of_120_lines_a_second_are_not_held_back() -> None:
    house = House()
    ada = house.join("Ada")
    assert play(house, ada, 120, 30) == []
    assert play(house, ada, 239, 30) == []


def test_a_moment_of_haste_is_not_told() -> None:
    house = House(rate=100, burst=10)
    ada = house.join("Ada")
    wait = ada.peer.receive(b"\n".join(codec.encode(act(n, "x")) for n in range(1, 50)), house.now)
    while wait > 0:
        house.now += wait
        wait = ada.peer.read_on(house.now)
    assert ada.hear_errors() == []


def test_who_falls_behind_again_later_is_told_again() -> None:
    house = House(rate=10, burst=10)
    ada = house.join("Ada")
    for _ in range(2):
        wait = ada.peer.receive(b"\n".join(codec.encode(act(ada.n + n, "x")) for n in range(1, 31)), house.now)
        ada.n += 30
        while wait > 0:
            house.now += wait
            wait = ada.peer.read_on(house.now)
        assert [error.code for error in ada.hear_errors()] == ["rate"]
        house.now += 2


def test_in_a_large_room_the_sentence_names_what_is_left_of_the_rate() -> None:
    house, programs = room_of(128, rate=60.0, burst=1)
    programs[-1].peer._settle(house.now)
    wait = programs[-1].peer.receive(b"\n".join(codec.encode(act(n, "x")) for n in range(1, 60)), house.now)
    while wait > 0:
        house.now += wait
        wait = programs[-1].peer.read_on(house.now)
    (error,) = programs[-1].hear_errors()
    assert "the 30 commands a second that a player may send in a room of 128" in error.message


def test_for_a_starter_client_the_log_has_a_line() -> None:
    house = House(rate=10, burst=10)
    lines: list[str] = []
    house.directory.log = lines.append
    ada = house.join_by_lines()
    wait = ada.say("move 1\n" * 60)
    while wait > 0:
        house.now += wait
        wait = ada.peer.read_on(house.now)
    (line,) = lines
    assert line.startswith("Starter client Ada in the room 'dots': what you send waits, and is late: more comes than")
    assert line.endswith("the 10 commands a second that a player may send: send less often (setting: rate)")
