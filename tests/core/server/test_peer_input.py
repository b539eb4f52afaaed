"""At which pace a peer takes what is sent: by its rate, weighed by the audience, and by its address's account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import BeginRequest, Bye, Do, Done, Error, Pong, SetRequest
from roomcast.core.protocol.messages import Ping as PingMessage
from roomcast.core.server import prices
from roomcast.core.server.peer_input import EVERY
from tests.core.entries import raw
from tests.core.fakes import House, Program, act

HOUR = 3600.0


def spent(house: House, address: str = "10.0.0.1") -> float:
    """Microseconds that an address has spent and that are not refilled yet."""
    account = house.directory.accounts.of(address, house.now)
    return max(0.0, account._full_at - house.now) / account._each


def settled(house: House, program: Program) -> float:
    """The same, once everything was charged."""
    program.peer._settle(house.now)
    return spent(house, program.peer.address)


def overdraw(house: House, address: str = "10.0.0.1", seconds: float = 1.0) -> None:
    """Spend so much that the address must wait for so many seconds."""
    account = house.directory.accounts.of(address, house.now)
    account.charge(house.directory.limits.address_burst * 1e6 + seconds / account._each, house.now)


# ---------------------------------------------------------------- the rate follows the audience


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


# ---------------------------------------------------------------- who is held back hears it


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


# ---------------------------------------------------------------- everything is charged


def strangers(count: int) -> tuple[House, list[Program]]:
    """Players from many addresses, whose accounts are empty, and refill slowly."""
    house = House(address_time=1e-4)
    programs = [house.join(f"p{n}", address=f"10.0.1.{n}") for n in range(count)]
    for program in programs:
        settled(house, program)
    house.now += 1e4 * HOUR
    return house, programs


def test_commands_are_charged_with_the_writes_that_they_cause() -> None:
    house, programs = strangers(10)
    for n in range(1, 101):
        programs[0].do("x", n)
        house.flush()
    assert settled(house, programs[0]) == pytest.approx(100 * (prices.COMMAND + 10 * prices.WRITE), rel=0.01)
    assert settled(house, programs[1]) == 0


def test_commands_that_go_in_one_flush_share_its_writes() -> None:
    house, programs = strangers(10)
    for n in range(1, 101):
        programs[0].do("x", n)
        programs[1].do("x", n)
    house.flush()
    for program in programs[:2]:
        assert settled(house, program) == pytest.approx(100 * prices.COMMAND + 5 * prices.WRITE, rel=0.02)


def test_a_command_is_charged_without_waiting_for_the_sweep() -> None:
    house = House()
    ada = house.join()
    house.now += HOUR
    for n in range(1, 2 * EVERY + 1):
        ada.say(act(n, "x"))
    assert spent(house) >= (EVERY - 1) * prices.COMMAND


MESSAGES = {
    "a ping": codec.encode(PingMessage()),
    "a repeated command": codec.encode(act(1, "x")),
    "an unknown type": b'{"t":"dance"}',
    "a refused command": b'{"t":"do","n":2,"c":"x y"}',
    "a check": b'{"t":"check","s":1,"d":"00"}',
    "a report that nobody asked for": codec.encode(Done(1, 1.0, 1.0)),
    "a kick without the token": b'{"t":"kick","who":"Ada"}',
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_other_messages_are_charged_too(message: bytes) -> None:
    house = House()
    ada = house.join("Ada")
    ada.do("x")
    house.now += HOUR
    settled(house, ada)
    house.now += HOUR
    for _ in range(20):
        ada.say(message)
    assert settled(house, ada) >= 20 * prices.MESSAGE - 1


def test_a_large_message_is_charged_for_its_bytes_and_for_each_copy() -> None:
    house, programs = strangers(20)
    programs[0].do("x", "y" * 60_000)
    assert settled(house, programs[0]) > 60_000 * (prices.BYTE_IN + 20 * prices.BYTE_COPIED)


@pytest.mark.parametrize(
    ("patch", "microseconds"),
    [
        ({f"k{n}": n for n in range(4000)}, 4000),
        ({"x": json.loads('{"a":' * 200 + "1" + "}" * 200)}, 700),
    ],
    ids=["many keys", "deep"],
)
def test_a_patch_is_charged_for_its_keys_and_its_objects(patch: dict[str, Any], microseconds: float) -> None:
    """At least what it was measured to take, for it takes far more than its bytes."""
    house, (ada, _) = strangers(2)
    for n in range(1, 11):
        ada.say(SetRequest(n, "room", patch))
    assert settled(house, ada) >= 10 * microseconds


def test_joining_is_charged_with_the_bytes_of_the_snapshot() -> None:
    house = House(address_time=1e-4)
    ada = house.join("Ada")
    ada.say(SetRequest(1, "room", raw({"k": "x" * 50_000})))
    house.flush()
    alan = house.join("Alan", address="10.0.2.1")
    assert settled(house, alan) >= prices.HELLO + 50_000 * prices.BYTE_OUT


def large_log(**limits: float) -> tuple[House, Program]:
    """A room with a log of a megabyte, and a player from elsewhere who was sent all of it, and was charged for that."""
    house = House(address_time=1e-4, **limits)
    ada = house.join("Ada")
    alan = house.join("Alan", address="10.0.2.1")
    for number in range(20):
        ada.do("move", number, "x" * 50_000)
        house.now += 1
    house.flush()
    alan.hear()
    alan.peer.sweep(house.now)
    return house, alan


def test_beginning_once_more_is_charged_with_the_bytes_that_are_sent() -> None:
    house, alan = large_log()
    before, written = spent(house, "10.0.2.1"), len(alan.connection.writes)
    alan.say(BeginRequest())
    sent = sum(map(len, alan.connection.writes[written:]))
    assert sent > 1_000_000
    charged = settled(house, alan) - before
    assert charged == pytest.approx(prices.MESSAGE + sent * prices.BYTE_OUT, abs=2 * prices.WRITE)


def test_beginning_once_more_again_and_again_is_not_charged_with_a_log_that_is_not_sent() -> None:
    house, alan = large_log(unread=100_000)
    before, written = spent(house, "10.0.2.1"), len(alan.connection.writes)
    alan.connection.stop_reading()
    for _ in range(20):
        alan.say(BeginRequest())
    sent = sum(map(len, alan.connection.writes[written:]))
    assert sent < 200_000
    charged = settled(house, alan) - before
    assert charged == pytest.approx(20 * prices.MESSAGE + sent * prices.BYTE_OUT, abs=2 * prices.WRITE)


@pytest.mark.parametrize("leaves", [False, True])
def test_what_was_missed_is_charged_with_the_bytes_that_are_sent(leaves: bool) -> None:
    house, alan = large_log(unread=1000)
    alan.seq = 2
    alan.gone()
    before = spent(house, "10.0.2.1")
    back = house.come_back(alan)
    house.flush()
    if leaves:
        back.gone()
    else:
        back.peer.sweep(house.now)
    assert spent(house, "10.0.2.1") - before >= prices.HELLO + 1_000_000 * prices.BYTE_OUT


# ---------------------------------------------------------------- an address that has spent too much


def test_it_waits_and_loses_nothing() -> None:
    house = House()
    ada, alan = house.join("Ada"), house.join("Alan", address="10.0.0.2")
    overdraw(house, seconds=2.0)
    ada.say(*[act(n, "x", n) for n in range(1, EVERY + 1)])
    ada.say(act(EVERY + 1, "x"))
    wait = ada.peer.receive(codec.encode(act(EVERY + 2, "x")), house.now)
    assert 1.9 < wait < 5
    while wait > 0:
        house.now += wait
        wait = ada.peer.read_on(house.now)
    house.flush()
    assert [m.n for m in ada.hear() if isinstance(m, Do)] == list(range(1, EVERY + 3))
    assert alan.peer.receive(codec.encode(act(1, "x")), house.now) == 0


def test_its_players_are_told() -> None:
    house = House()
    ada = house.join("Ada")
    overdraw(house, seconds=2.0)
    ada.say(*[act(n, "x", n) for n in range(1, EVERY + 3)])
    (error,) = ada.hear_errors()
    assert error.code == "rate"
    assert "10.0.0.1 uses more of this server's time than the 0.4 of a processor" in error.message
    assert "(setting: address-time)" in error.message


def test_its_hello_waits() -> None:
    house = House()
    overdraw(house, seconds=2.0)
    ada, alan = house.knock("10.0.0.1"), house.knock("10.0.0.2")
    wait = ada.peer.receive(b'{"t":"hello","room":"dots","name":"Ada"}', house.now)
    assert wait > 1.9
    alan.hello(name="Alan")
    house.flush()
    assert [type(m).__name__ for m in alan.hear()] == ["Welcome"]
    assert ada.hear() == []
    house.now += wait
    ada.peer.read_on(house.now)
    house.flush()
    ada.hear()
    assert ada.me == "Ada"


# ---------------------------------------------------------------- frames that are no messages


def test_a_few_pings_and_pongs_are_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    for _ in range(100):
        assert all(ada.peer.control(0, house.now) == 0 for _ in range(4))
        house.wait(1)
    assert not ada.connection.ended


@pytest.mark.parametrize("greeted", [True, False])
def test_who_sends_nothing_else_is_disconnected_with_a_sentence(greeted: bool) -> None:
    house = House(burst=50, rate=10)
    ada = house.join("Ada") if greeted else house.knock()
    for _ in range(50):
        assert ada.peer.control(0, house.now) == 0
    assert not ada.connection.ended
    assert ada.peer.control(0, house.now) > 0
    error, bye = ada.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert bye.code == "rate"
    assert "too many pings, pongs and small fragments" in bye.message
    assert "51 where the limit is 50 commands (setting: burst)" in bye.message
    assert any(ada.peer.control(0, house.now) > 0 for _ in range(100_000)), "what comes after the end is charged, too"


def test_who_plays_at_its_rate_may_still_ping() -> None:
    house = House(rate=10, burst=10)
    ada = house.join("Ada")
    ada.say(*[act(n, "x") for n in range(1, 40)])
    assert ada.peer.control(4, house.now) == 0
    assert not ada.connection.ended


def test_large_fragments_are_charged_for_their_bytes_only() -> None:
    house = House(burst=5)
    ada = house.join("Ada")
    house.now += HOUR
    for _ in range(60):
        ada.peer.control(50_000, house.now)
    assert not ada.connection.ended
    assert settled(house, ada) >= 60 * 50_000 * prices.BYTE_IN


def test_frames_are_charged() -> None:
    house = House()
    ada = house.join("Ada")
    house.now += HOUR
    for _ in range(200):
        ada.peer.control(0, house.now)
    assert settled(house, ada) >= 200 * prices.FRAME


def test_a_line_that_comes_byte_by_byte_is_charged_for_each_piece() -> None:
    house = House(address_time=1e-4)
    ada = house.join_by_lines(address="10.0.3.1")
    house.now += 1e4 * HOUR
    for _ in range(1000):
        ada.peer.receive(b"x", house.now)
    assert spent(house, "10.0.3.1") >= 900 * prices.FRAME
    overdraw(house, "10.0.3.1", seconds=2.0)
    waits = [ada.peer.receive(b"x", house.now) for _ in range(100)]
    assert max(waits) > 0, "and is read more slowly, though no line is complete"


def test_one_that_was_disconnected_and_still_sends_is_hardly_read() -> None:
    house = House()
    ada = house.join("Ada")
    ada.peer.disconnect("kicked", "go")
    assert ada.peer.receive(codec.encode(act(1, "x")), house.now) > 0
    assert ada.peer.receive(b"\n" * 1000, house.now) > 0
    assert [m for m in ada.hear() if isinstance(m, Pong | Error)] == []
