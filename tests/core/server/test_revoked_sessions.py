"""Sessions that an administrator ended: the client is told why, and cannot resume them."""

from __future__ import annotations

import pytest

from roomcast.core.server.revoked_sessions import RevokedSessions
from roomcast.errors import Refused
from tests.core.fakes import House, codes


def revoke(house: House, player: str, code: str = "kicked") -> None:
    room = house.room()
    house.directory.revoked_sessions.revoke(room, room.sessions[player], code, "you were sent out", house.now)


@pytest.fixture
def house() -> House:
    return House(resume_window=20)


def test_a_kicked_player_is_told_and_leaves_at_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    revoke(house, "Ada")
    house.flush()
    assert codes(ada) == ["Bye kicked"]
    assert ada.connection.closed == (1008, "kicked")
    assert alan.hear_entries()[-1].why == "kicked"  # type: ignore[union-attr]
    assert list(house.room().sessions) == ["Alan"]


def test_it_cannot_come_back_and_is_told_the_same_again_wherever_it_tries(house: House) -> None:
    ada = house.join("Ada")
    revoke(house, "Ada")
    for _ in range(2):
        bye = house.come_back(ada).hear_bye()
        assert (bye.code, bye.message, bye.again) == ("kicked", "you were sent out", None)
    elsewhere = house.knock()
    elsewhere.hello("chess", "Ada", ada.back)
    assert elsewhere.hear_bye().code == "kicked"
    assert list(house.directory.rooms) == ["dots"]


def test_it_may_come_as_somebody_new(house: House) -> None:
    house.join("Ada")
    revoke(house, "Ada")
    again = house.join("Ada")
    assert again.me == "Ada"


def test_one_without_a_connection_is_dismissed_as_well(house: House) -> None:
    ada = house.join("Ada")
    ada.gone()
    revoke(house, "Ada", "room-closed")
    assert house.room().state.players == {}
    assert house.come_back(ada).hear_bye().code == "room-closed"


def test_a_starter_client_is_dismissed_and_there_is_nothing_to_remember(house: House) -> None:
    joan = house.join_by_lines(("Joan",))
    joan.hear()
    revoke(house, "Joan")
    assert joan.hear() == ["error server you were sent out"]
    assert house.directory.revoked_sessions._ended == {}


def test_revoked_sessions_are_forgotten_when_nobody_could_come_back_any_more(house: House) -> None:
    ada = house.join("Ada")
    revoke(house, "Ada")
    house.wait(19)
    assert house.come_back(ada).hear_bye().code == "kicked"
    house.wait(3)
    assert house.directory.revoked_sessions._ended == {}
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert not again.welcome.resumed


def test_whoever_was_not_dismissed_is_no_concern_of_theirs() -> None:
    revoked = RevokedSessions(20)
    revoked.check("somebody's secret")
    revoked.sweep(1000)


def test_who_was_dismissed_is_refused_by_its_secret() -> None:
    house = House()
    ada = house.join("Ada")
    revoke(house, "Ada")
    with pytest.raises(Refused) as refused:
        house.directory.revoked_sessions.check(ada.back.session)
    assert (refused.value.code, refused.value.message) == ("kicked", "you were sent out")
