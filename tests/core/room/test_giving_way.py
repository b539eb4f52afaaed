"""Who gives up its seat in a full room: every rule, and those whom it must not touch."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.room import giving_way
from roomcast.core.room.giving_way import AWAY_WHY, SHARE_WHY, SILENT, SILENT_LONG, SILENT_WHY, who_gives_way
from roomcast.core.room.session import Session
from roomcast.core.room.token_bucket import TokenBucket

NOW = 10_000.0
SHARE = 48
HERE: Any = object()  # a peer


def seat(
    number: int, address: str, *, n: int = 1, away: bool = False, since: float = 0.0, secret: str = "s"
) -> Session:
    session = Session(f"{address}-{number}", "Ada", secret, TokenBucket(1, 1, NOW))
    session.address, session.n, session.peer = address, n, None if away else HERE
    session.since = NOW - 1000 + since
    return session


def seats(count: int, address: str, **more: Any) -> list[Session]:
    return [seat(number, address, since=number, **more) for number in range(count)]


def given(seated: list[Session], address: str = "new", *, returning: bool = False) -> tuple[str, str] | None:
    giving = who_gives_way(seated, address, SHARE, NOW, returning=returning)
    return None if giving is None else (giving.session.id, giving.why)


STRANGERS = [seat(0, f"10.0.0.{number}") for number in range(64)]


def test_players_who_play_keep_their_seats() -> None:
    assert given(STRANGERS) is None
    assert given(seats(48, "A") + seats(16, "B")) is None


def test_ghosts_of_the_address_with_the_most_seats_go_first_the_longest_away_before_the_others() -> None:
    seated = seats(20, "A", away=True) + seats(9, "B", away=True) + seats(35, "C")
    assert given(seated) == ("A-0", AWAY_WHY)
    assert given(seated, "A") == ("A-0", AWAY_WHY)
    assert given(seats(9, "B", away=True) + seats(55, "C"), returning=True) == ("B-0", AWAY_WHY)


def test_the_seats_of_a_few_players_of_one_address_are_kept_while_they_are_away() -> None:
    family = seats(giving_way.SMALL_SHARE, "A", away=True)
    assert given(family + STRANGERS[:56]) is None
    assert given(family + STRANGERS[:56], "A") is None
    assert given([seat(0, "A", away=True), seat(1, "A")], "A") is None


def test_players_who_were_kept_on_disk_count_for_no_address() -> None:
    assert given(seats(64, "", away=True)) is None


def test_silent_starter_clients_of_one_address_give_way_to_anyone() -> None:
    silent = seats(64, "A", n=0, secret="")
    assert given(silent) == ("A-0", SILENT_WHY)
    assert given(silent, "A") == ("A-0", SILENT_WHY)
    assert given([seat(0, "A", n=0, secret="", since=800), *STRANGERS[:63]]) is None


def test_silent_programs_give_way_to_other_addresses_where_there_are_many() -> None:
    silent = seats(30, "A", n=0) + STRANGERS[:34]
    for one in silent[:30]:
        one.since = NOW - SILENT
    assert given(silent) == ("A-0", SILENT_WHY)
    assert given(silent, "A") is None, "not to their neighbours: a class that has not answered yet"
    few = [seat(number, "A", n=0, since=900) for number in range(giving_way.SMALL_SHARE)]
    assert given(few + STRANGERS[:56]) is None


def test_who_has_just_come_has_time_to_say_something() -> None:
    silent = seats(64, "A", n=0, secret="")
    for one in silent:
        one.since = NOW - SILENT + 0.1
    assert given(silent, "A") is None


def test_who_looks_on_honestly_gives_way_after_a_long_while_only() -> None:
    onlooker = seat(0, "A", n=0)
    onlooker.since = NOW - SILENT_LONG + 1
    assert given([onlooker, *STRANGERS[:63]]) is None
    onlooker.since = NOW - SILENT_LONG
    assert given([onlooker, *STRANGERS[:63]]) == ("A-0", SILENT_WHY)
    assert given([onlooker, *STRANGERS[:63]], returning=True) is None


def test_of_an_address_with_more_than_its_share_the_last_to_come_gives_way_to_another_address() -> None:
    seated = seats(60, "A") + seats(4, "B")
    assert given(seated) == ("A-59", SHARE_WHY)
    assert given(seated, "B") == ("A-59", SHARE_WHY)
    assert given(seated, "A") is None
    assert given(seated, returning=True) is None


def test_an_address_that_has_its_share_takes_seats_from_itself_only() -> None:
    others = seats(15, "B", away=True)
    assert given(seats(48, "A") + others, "A") is None
    assert given([*seats(48, "A"), seat(99, "A", away=True), *others], "A") == ("A-99", AWAY_WHY)


@pytest.mark.parametrize("address", ["A", "new"])
def test_an_empty_room_of_no_seats_has_nobody_to_give_way(address: str) -> None:
    assert given([], address) is None
