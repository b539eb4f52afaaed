"""How large shared state may grow is known by upper bounds, which come and go with their owners."""

from __future__ import annotations

from tests.core.fakes import House


def test_nothing_is_kept_of_those_who_have_left(house: House) -> None:
    house.join("Eve").set("me", {"x": 1})
    for number in range(20):
        ada = house.join(f"Ada-{number}")
        ada.set("me", {"x": number})
        ada.gone(clean=True)
    assert house.room()._sizes._bounds.keys() == {"Eve"}
