"""The names of rooms that a server makes say how they were made, and no other names do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.made_names import MadeName, is_private, made_name, read_made_name
from roomcast.core.protocol.names import clean_room_name
from roomcast.core.protocol.room_codes import ALPHABET, LENGTH, PRIVATE_LENGTH, RoomCodes
from roomcast.errors import BadArgument

LIMITS = Limits()
KINDS = st.sampled_from(["duel", "team-duel", "Schach 960", "a"])


@given(KINDS, st.text(max_size=40), st.booleans())
def test_a_made_name_says_its_kind_and_whether_it_is_private(kind: str, secret: str, private: bool) -> None:
    name = made_name(kind, secret, LIMITS, private=private)
    assert read_made_name(name) == MadeName(kind, private)
    assert is_private(name) is private
    assert clean_room_name(name) == name


@pytest.mark.parametrize(
    "name", ["duel", "duel-friday", "duel-", "-cdfghjkm", "cdfghjkm", "duel-cdfghjk", "duel-cdfghjkmn", "duel-CDFGHJKM"]
)
def test_a_name_that_somebody_has_chosen_is_none(name: str) -> None:
    assert read_made_name(name) is None
    assert not is_private(name)


def test_names_follow_from_the_secret_alone() -> None:
    names = {made_name("duel", f"secret {n}", LIMITS, private=True) for n in range(1000)}
    assert len(names) == 1000
    assert made_name("duel", "secret 1", LIMITS, private=True) in names


def test_a_kind_whose_rooms_would_have_too_long_a_name_is_refused() -> None:
    with pytest.raises(BadArgument, match=r"too long: 75 where the limit is 64 characters"):
        made_name("d" * 58, "secret", LIMITS, private=True)
    assert made_name("d" * 47, "secret", LIMITS, private=True)


def test_private_rooms_have_longer_codes() -> None:
    codes = RoomCodes("server")
    assert len(codes.of(made_name("duel", "1", LIMITS, private=False))) == LENGTH
    assert len(codes.of(made_name("duel", "1", LIMITS, private=True))) == PRIVATE_LENGTH


def test_made_names_are_of_the_letters_of_codes() -> None:
    letters = "".join(made_name("x", str(n), LIMITS, private=True)[2:] for n in range(100))
    assert set(letters) == set(ALPHABET.lower())
