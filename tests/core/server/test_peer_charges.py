"""What a peer is sent, and what it makes the server do, is charged to its address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import BeginRequest, Done, SetRequest
from roomcast.core.protocol.messages import Ping as PingMessage
from roomcast.core.server import prices
from roomcast.core.server.peer_input import EVERY
from tests.core.entries import raw
from tests.core.fakes import House, Program, act
from tests.core.server.spending import settled, spent

HOUR = 3600.0


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
