"""How large shared state may grow, and what of it is counted: by owner, which come and go, and over all rooms."""

from __future__ import annotations

from msgspec import Raw

from roomcast.core.protocol.messages import Error
from roomcast.core.room.commit_log import Level
from roomcast.core.room.shared_map import KEY_OVERHEAD
from tests.core.fakes import House
from tests.core.keeping import house_of


def counted(house: House) -> dict[str, int]:
    sizes = house.room().state_sizes
    assert sizes.held == sum(sizes._by_owner.values())
    assert house.directory.state_total.held == sum(room.state_sizes.held for room in house.directory.rooms.values())
    return {owner: held for owner, held in sizes._by_owner.items() if held > 2}


def test_nothing_is_kept_of_those_who_have_left(house: House) -> None:
    house.join("Eve").set("me", {"x": 1})
    for number in range(20):
        ada = house.join(f"Ada-{number}")
        ada.set("me", {"x": number})
        ada.gone(clean=True)
    assert counted(house) == {"Eve": 2 * len('{"x":1}') + KEY_OVERHEAD}


def test_who_may_come_back_is_counted_by_the_text_of_its_state_and_forgotten_with_its_session() -> None:
    house = House(seat_kept=5, resume_window=10, empty_room=1000)
    ada = house.join("Ada")
    ada.set("me", {"lists": [[]] * 9000})
    text = len('{"lists":[]}') + 9000 * 3 - 1
    assert counted(house) == {"Ada": 2 * text + KEY_OVERHEAD}
    ada.gone()
    house.wait(6)
    session = house.room().sessions["Ada"]
    assert isinstance(session.left_state, Raw)
    assert counted(house) == {"Ada": text}
    again = house.come_back(ada)
    assert counted(house) == {"Ada": text}, "not taken apart before somebody changes it"
    again.set("me", {"x": 1})
    assert counted(house)["Ada"] > 2 * text
    again.gone()
    house.wait(20)
    assert counted(house) == {}


def test_a_room_that_is_closed_counts_no_more() -> None:
    house = House(empty_room=5)
    ada = house.join("Ada")
    ada.set("room", {"k": "x" * 1000})
    ada.gone(clean=True)
    assert house.directory.state_total.held > 1000
    house.wait(10)
    assert house.directory.rooms == {}
    assert house.directory.state_total.held == 0


def test_one_room_after_the_other_is_filled_until_the_server_has_enough() -> None:
    house = House(state_total=300_000, rate=1e6, burst=1_000_000, address_time=1e6)
    refused = 0
    for number in range(20):
        eve = house.join("Eve", room=f"room{number}")
        for key in range(5):
            eve.set("room", {f"{key}": [[]] * 9_990})
        refused += len([one for one in eve.hear() if isinstance(one, Error) and one.code == "state-full"])
        eve.gone()
    assert refused > 80
    assert house.directory.state_total.held < 300_000 + 3 * 30_000


def test_a_kept_room_is_not_opened_while_its_state_would_be_too_much() -> None:
    house, _ = house_of(Level.FULL, state_total=4000, seat_kept=5, resume_window=10, empty_room=5)
    ada, alan = house.join("Ada", room="one"), house.join("Alan", room="two")
    ada.set("room", {"k": "x" * 1800})
    house.flush()
    ada.gone(clean=True)
    house.wait(10)
    assert list(house.directory.rooms) == ["two"]
    alan.set("room", {"k": "y" * 1800})
    house.flush()
    again = house.knock()
    again.hello("one", "Ada")
    house.flush()
    bye = again.hear_bye()
    assert bye.code == "rooms-full"
    assert bye.again is not None, "later it may be"
    assert "4000 bytes" in bye.message
    assert "(setting: state-total)" in bye.message
    assert list(house.directory.rooms) == ["two"]
    assert house.directory.state_total.held == house.room("two").state_sizes.held
    alan.set("room", {"k": None})
    house.flush()
    assert house.join("Ada", room="one").state.shared == {"k": "x" * 1800}


def test_a_state_that_is_too_much_may_become_less() -> None:
    house = House(state_total=1000)
    ada = house.join("Ada")
    for name in "abc":
        ada.set("room", {name: "x" * 300})
    ada.set("room", {"a": None})
    ada.set("room", {"a": "x" * 200, "b": None})
    house.flush()
    assert [one.n for one in ada.hear() if isinstance(one, Error)] == [2, 3]
    assert house.room().state.shared == {"a": "x" * 200}
