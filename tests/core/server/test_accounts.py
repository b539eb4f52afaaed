"""What each address spends of the server's time, and how long it waits once it has spent too much."""

from __future__ import annotations

import itertools

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.server import accounts, prices
from roomcast.core.server.accounts import MOST_WAIT, REFUSED_FROM, Accounts

NOW = 1000.0
SHARE = Limits().address_time
BURST = Limits().address_burst * 1e6  # microseconds


def test_nobody_waits_who_spends_less_than_the_burst() -> None:
    account = Accounts(Limits()).of("10.0.0.1", NOW)
    for _ in range(10):
        assert account.charge(BURST / 10, NOW) == pytest.approx(0)
    assert account.charge(1000, NOW) == pytest.approx(1000e-6 / SHARE)


def test_who_waits_as_it_is_told_spends_its_share_and_no_more() -> None:
    account = Accounts(Limits()).of("10.0.0.1", NOW)
    now, spent = NOW, 0.0
    while now < NOW + 60:
        now += account.charge(200, now) + 1e-6
        spent += 200e-6
    assert spent == pytest.approx(60 * SHARE + BURST * 1e-6, rel=0.01)


def test_the_connections_of_an_address_take_turns() -> None:
    """Each is told to wait for those that were charged before it: so they do not all wake up at once."""
    account = Accounts(Limits()).of("10.0.0.1", NOW)
    account.charge(BURST, NOW)
    waits = [account.charge(200, NOW) for _ in range(200)]
    assert waits == sorted(waits)
    steps = {round(later - before, 9) for before, later in itertools.pairwise(waits)}
    assert steps == {round(200e-6 / SHARE, 9)}


def test_no_debt_takes_longer_than_a_few_seconds_to_pay() -> None:
    account = Accounts(Limits()).of("10.0.0.1", NOW)
    for _ in range(1000):
        assert account.charge(1e6, NOW) <= MOST_WAIT
    assert account.wait(NOW + MOST_WAIT) == pytest.approx(0)
    assert account.charge(1, NOW + MOST_WAIT + 0.1) == 0


def test_one_address_does_not_spend_what_another_has() -> None:
    all_of_them = Accounts(Limits())
    assert all_of_them.charge("10.0.0.1", 1e7, NOW) > 0
    assert all_of_them.charge("10.0.0.2", 1000, NOW) == 0
    assert all_of_them.charge("2001:db8::1", 1e7, NOW) > 0
    assert all_of_them.charge("2001:db8::2", 1000, NOW) > 0  # the same network
    assert all_of_them.charge("2001:db8:0:1::1", 1000, NOW) == 0


def test_a_school_that_plays_in_full_rooms_hardly_waits() -> None:
    """200 pupils behind one router, in rooms of 64, each sending 60 commands a second: prices and share allow it."""
    limits = Limits()
    rooms, pupils, commands = 3.125, limits.connections_address, 60
    flushes = rooms / limits.pace  # a second, of all their rooms
    spent = pupils * commands * prices.COMMAND + flushes * limits.room_players * prices.WRITE
    assert spent * 1e-6 < 0.8 * limits.address_time
    joining = pupils * (prices.ACCEPT + prices.HELLO + limits.room_players / 2 * prices.WRITE)
    assert joining * 1e-6 / SHARE < 0.5  # seconds until all are in
    pages = pupils * 30 * (prices.ACCEPT + prices.PAGE)  # each page, with the files that it needs
    assert pages * 1e-6 / SHARE < REFUSED_FROM


def test_accounts_are_forgotten_when_there_is_nothing_to_remember() -> None:
    all_of_them = Accounts(Limits())
    all_of_them.charge("10.0.0.1", 100, NOW)
    all_of_them.of("10.0.0.2", NOW).sockets += 1
    all_of_them.of("10.0.0.3", NOW).connections += 1
    all_of_them.sweep(NOW)
    assert len(all_of_them) == 3
    all_of_them.sweep(NOW + 1)
    assert len(all_of_them) == 2


def test_however_many_addresses_come_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MANY", 100)
    all_of_them = Accounts(Limits())
    kept = all_of_them.of("2001:db8:ffff::1", NOW)
    kept.sockets += 1
    for number in range(10_000):
        all_of_them.charge(f"2001:db8:{number:x}::1", 1e6, NOW)
        assert len(all_of_them) <= 100
    assert all_of_them.of("2001:db8:ffff::1", NOW) is kept
    assert all_of_them.of("2001:db8:270f::1", NOW).wait(NOW) > 0  # of the latest, what they have spent is known
