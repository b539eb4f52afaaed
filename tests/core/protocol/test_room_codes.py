"""Room codes: easy to say, hard to get wrong, the same every day; and each means one room."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import room_codes
from roomcast.core.protocol.room_codes import ALPHABET, LENGTH, RoomCodes, candidates, looks_like_code, parse
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House

servers = st.text(string.ascii_lowercase + ":0123456789", max_size=20)
rooms = st.text(min_size=1, max_size=20)


def a_code(server: str, room: str) -> str:
    return next(candidates(server, room))


# ---------------------------------------------------------------------- a code


def test_no_letter_looks_like_another_or_like_a_digit() -> None:
    assert not set(ALPHABET) & set("BILOSZU" + "AE" + string.digits)
    assert len(set(ALPHABET)) == 17


@given(servers, rooms)
def test_a_code_is_short_and_read_as_itself(server: str, room: str) -> None:
    code = a_code(server, room)
    assert len(code) == LENGTH
    assert parse(code) == code
    assert code == a_code(server, room)


@given(servers, rooms, st.data())
def test_a_wrong_letter_is_found(server: str, room: str, data: st.DataObject) -> None:
    for code in list(zip(range(20), candidates(server, room), strict=False)):
        right = code[1]
        place = data.draw(st.integers(0, len(right) - 1))
        letter = data.draw(st.sampled_from([one for one in ALPHABET if one != right[place]]))
        wrong = right[:place] + letter + right[place + 1 :]
        assert parse(wrong) is None
        assert looks_like_code(wrong)


@given(servers, rooms, st.data())
def test_two_letters_that_changed_places_are_found(server: str, room: str, data: st.DataObject) -> None:
    right = a_code(server, room)
    one, other = data.draw(st.lists(st.integers(0, len(right) - 1), min_size=2, max_size=2, unique=True))
    letters = list(right)
    letters[one], letters[other] = letters[other], letters[one]
    wrong = "".join(letters)
    assert wrong == right or parse(wrong) is None


@pytest.mark.parametrize("typed", ["KXRH", "kxrh", " k x r h ", "KX-RH", "kx.rh"])
def test_it_is_read_however_it_is_typed(typed: str) -> None:
    assert parse(typed) == "KXRH"


def test_a_u_is_a_v() -> None:
    code = next(code for room in map(str, range(1000)) if "V" in (code := a_code("", room)))
    assert parse(code.replace("V", "U")) == code


@pytest.mark.parametrize("typed", ["", "dots", "class 7b", "KXR", "KXRHKXRHKXRHKXRHKXRHKXRH", "KXR8", "ΚΧRH", "ß" * 4])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert parse(typed) is None
    assert not looks_like_code(typed)


@given(st.text())
def test_any_text_may_be_asked(typed: str) -> None:
    assert parse(typed) is None or looks_like_code(typed)


# ---------------------------------------------------------------------- the codes of a server


def test_each_room_has_its_own_code_and_longer_ones_come_when_the_short_are_taken() -> None:
    given_codes = RoomCodes("lab-pc:8112")
    names = [f"room {number}" for number in range(6000)]  # more than there are codes of four letters
    all_codes = {given_codes.of(name) for name in names}
    assert len(all_codes) == len(names)
    assert {len(code) for code in all_codes} == {4, 5}
    assert all(given_codes.room(given_codes.of(name)) == name for name in names)


def test_another_server_has_other_codes() -> None:
    names = [f"room {number}" for number in range(50)]
    here, there = RoomCodes("lab-pc:8112"), RoomCodes("lab-pc:9000")
    assert [here.of(name) for name in names] != [there.of(name) for name in names]


def test_the_order_in_which_rooms_open_hardly_matters() -> None:
    names = [f"room {number}" for number in range(10)]
    one, other = RoomCodes("lab-pc:8112"), RoomCodes("lab-pc:8112")
    assert [one.of(name) for name in names] == [other.of(name) for name in reversed(names)][::-1]


def test_codes_of_rooms_long_gone_are_forgotten_and_those_of_open_rooms_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_codes, "MAX_CLOSED", 10)
    some = RoomCodes()
    first = some.of("open")
    for number in range(100):
        some.of(f"room {number}")
        some.trim({"open"})
    assert len(some._codes) == len(some._rooms) <= 20
    assert some.room(first) == "open"
    assert some.room(some.of("room 99")) == "room 99"


# ---------------------------------------------------------------------- what people type


def test_a_room_is_joined_by_its_code_and_told_its_name() -> None:
    house = House()
    ada = house.join("Ada")
    assert ada.welcome is not None
    assert (ada.welcome.room, ada.welcome.code) == ("", house.directory.code("dots"))
    code = ada.welcome.code
    alan = house.join("Alan", room=f" {code[:2].lower()}-{code[2:]} ")
    assert alan.welcome is not None
    assert (alan.welcome.room, alan.welcome.code) == ("dots", code)
    assert list(house.directory.rooms) == ["dots"]


def test_a_code_holds_when_the_room_is_empty_and_forgotten() -> None:
    house = House()
    code = house.directory.code("dots")
    house.join("Ada", room=code).gone(clean=True)
    house.wait(house.directory.limits.empty_room + 2)
    assert not house.directory.rooms
    house.join("Ada", room=code)
    assert list(house.directory.rooms) == ["dots"]


def test_one_who_came_by_code_comes_back_by_code() -> None:
    house = House()
    ada = house.join("Ada", room=house.directory.code("dots"))
    ada.gone()
    again = house.knock()
    again.seq, again.state = ada.seq, ada.state
    again.hello(house.directory.code("dots"), "Ada", ada.back)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert again.welcome.resumed
    assert again.welcome.room == "dots"


def test_a_code_that_nobody_has_is_a_name() -> None:
    house = House()
    house.join("Ada", room="KXRH")
    assert list(house.directory.rooms) == ["KXRH"]


def test_a_room_named_like_a_code_keeps_its_name_as_its_code() -> None:
    house = House()
    wanted = a_code("", "dots")
    house.join("Eve", room=wanted.lower())
    assert house.directory.code(wanted.lower()) == wanted
    dots = house.join("Ada", room="dots")
    assert dots.welcome is not None
    assert dots.welcome.code != wanted
    assert house.directory.resolve(wanted) == wanted.lower()
    assert house.directory.resolve(dots.welcome.code) == "dots"


def test_a_code_that_is_given_cannot_be_taken_by_a_room_of_that_name() -> None:
    house = House()
    code = house.join("Ada").welcome.code  # type: ignore[union-attr]
    house.join("Eve", room=code)
    assert list(house.directory.rooms) == ["dots"]


def test_codes_of_rooms_on_disk_hold_after_a_restart_before_anyone_has_opened_them() -> None:
    house = House(store=MemoryStore())
    code = house.join("Ada").welcome.code  # type: ignore[union-attr]
    house.restart()
    assert not house.directory.rooms
    alan = house.join("Alan", room=code)
    assert alan.welcome is not None
    assert alan.welcome.room == "dots"


def test_a_room_on_disk_that_is_named_like_a_code_is_never_hidden_by_another() -> None:
    house = House(store=MemoryStore())
    wanted = a_code("", "dots")
    house.join("Eve", room=wanted)
    house.restart()
    house.join("Ada", room="dots")
    assert house.directory.resolve(wanted) == wanted
    assert house.directory.code("dots") != wanted
