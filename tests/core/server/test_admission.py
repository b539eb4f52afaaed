"""Who may connect: so many in all, and so many from one address."""

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.server.accounts import Accounts
from roomcast.core.server.admission import Admission
from roomcast.errors import Refused
from tests.core.fakes import House


def test_a_full_server_lets_nobody_in_until_somebody_goes() -> None:
    house = House(connections=2)
    first = house.knock("10.0.0.1")
    house.knock("10.0.0.2")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.3")
    assert refused.value.code == "server-full"
    assert "2 where the limit is 2 connections (setting: connections)" in refused.value.message
    first.gone()
    house.knock("10.0.0.3")


def test_one_address_has_only_so_many_connections() -> None:
    house = House(connections_address=2)
    first = house.knock("10.0.0.1")
    house.knock("10.0.0.1")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.1")
    assert refused.value.code == "server-full"
    assert "10.0.0.1: 2 where the limit is 2 connections (setting: connections-address)" in refused.value.message
    house.knock("10.0.0.2")
    first.gone()
    house.knock("10.0.0.1")


def test_who_was_not_let_in_takes_no_place_when_it_goes() -> None:
    house = House(connections=1)
    house.knock("10.0.0.1")
    for _ in range(3):
        with pytest.raises(Refused):
            house.knock("10.0.0.1")
    assert len(house.directory.peers) == 1
    assert house.directory.accounts.of("10.0.0.1", house.now).connections == 1


def test_who_goes_twice_or_never_came_counts_once_or_not_at_all() -> None:
    house = House()
    first, second, never = house.knock("10.0.0.1"), house.knock("10.0.0.1"), House().knock("10.0.0.1")
    for peer in (never.peer, first.peer, first.peer):
        house.directory.exit(peer)
    assert list(house.directory.peers) == [second.peer]
    assert house.directory.accounts.of("10.0.0.1", house.now).connections == 1
    house.directory.exit(second.peer)
    assert house.directory.accounts.of("10.0.0.1", house.now).connections == 0


def test_peers_stand_in_the_order_in_which_they_came() -> None:
    house, admission = House(), Admission(Limits(), Accounts(Limits()))
    peers = [house.knock(f"10.0.0.{number}").peer for number in (3, 1, 2)]
    for peer in peers:
        admission.enter(peer)
    admission.exit(peers[0])
    admission.enter(peers[0])
    assert list(admission.peers) == [*peers[1:], peers[0]]
