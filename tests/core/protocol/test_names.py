"""Names: what rooms, players and commands may be called, and how a player's id is made."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol.limits import MAX_CHARACTERS
from roomcast.core.protocol.names import EVENTS, check_command, clean_name, clean_room_name, new_id
from roomcast.errors import BadArgument

GOOD = ["a", "dots", "class 7b", "Zoë", "漢字", "Ωμέγα", "ж", "🎲", "a.b-c_d", "100%", "what?", "❤️"]

# A character that cannot be seen, or that looks like a blank and is none.
UNSEEN = {
    "zero byte": "\0",
    "line end": "\n",
    "carriage return": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "no-break space": "\u00a0",
    "soft hyphen": "\u00ad",
    "en space": "\u2002",
    "zero width space": "\u200b",
    "right-to-left override": "\u202e",
    "line separator": "\u2028",
    "word joiner": "\u2060",
    "ideographic space": "\u3000",
    "byte order mark": "\ufeff",
    "half a character": "\ud83c",
    "private use": "\ue000",
    "not a character": "\uffff",
    "letter without a shape": "\u3164",
    "its narrow form": "\uffa0",
    "first letter without a shape": "\u115f",
    "Braille without dots": "\u2800",
    "joiner of marks": "\u034f",
}


@pytest.mark.parametrize("name", GOOD)
def test_names_of_all_the_world_are_taken_as_they_are(name: str) -> None:
    assert clean_name(name, "a player's name") == name
    assert clean_room_name(name) == name


@pytest.mark.parametrize("what", UNSEEN)
def test_what_cannot_be_seen_is_refused_wherever_it_stands_and_named(what: str) -> None:
    unseen = UNSEEN[what]
    for name in (f"a{unseen}b", f"{unseen}a", f"a{unseen}", unseen):
        for check in (lambda name: clean_name(name, "a player's name"), clean_room_name, check_command):
            with pytest.raises(BadArgument, match=f"U\\+{ord(unseen):04X}"):
                check(name)


@pytest.mark.parametrize("name", ["\ufe0f", "Ada \ufe0f", " \ufe0e"])
def test_what_says_how_a_sign_looks_does_not_stand_alone(name: str) -> None:
    with pytest.raises(BadArgument, match=r"U\+FE0[EF]"):
        clean_name(name, "a player's name")


@pytest.mark.timeout(20)
def test_a_long_name_of_marks_takes_no_time_that_a_stranger_could_stretch() -> None:
    for marks in ("\u0315" * 15_000 + "\u0300" * 15_000, "\u0315\u0300" * 15_000):
        for _ in range(50):  # each took seconds
            with pytest.raises(BadArgument, match=r"too long: 3000\d where the limit is 64 characters"):
                clean_name("a" + marks, "a player's name")
            with pytest.raises(BadArgument, match="too long"):
                check_command("a" + marks)


def test_as_many_marks_as_a_character_can_have_are_composed() -> None:
    longest = unicodedata.normalize("NFD", "\u1fa7" * MAX_CHARACTERS)
    assert len(longest) == 4 * MAX_CHARACTERS
    assert clean_name(longest, "a player's name") == "\u1fa7" * MAX_CHARACTERS


def test_blanks_around_a_name_do_not_count_and_within_it_do() -> None:
    assert clean_name("  Ada Lovelace ", "a player's name") == "Ada Lovelace"


def test_two_spellings_of_the_same_letters_are_one_name() -> None:
    decomposed = "Zoe\u0308"
    assert decomposed != "Zoë"
    assert clean_name(decomposed, "a player's name") == "Zoë"
    assert clean_room_name(decomposed) == clean_room_name("Zoë")


@pytest.mark.parametrize("name", ["", " ", "   "])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(BadArgument, match="a room's name is empty"):
        clean_room_name(name)


def test_a_name_may_be_so_long_and_no_longer() -> None:
    assert clean_name("ä" * MAX_CHARACTERS, "a player's name") == "ä" * MAX_CHARACTERS
    assert clean_name("a\u0308" * MAX_CHARACTERS, "a player's name") == "ä" * MAX_CHARACTERS
    with pytest.raises(BadArgument, match=f"too long: {MAX_CHARACTERS + 1} where the limit is {MAX_CHARACTERS}"):
        clean_name("a" * (MAX_CHARACTERS + 1), "a player's name")


@pytest.mark.parametrize("name", [None, 5, b"dots", ["dots"]])
def test_a_name_is_text(name: object) -> None:
    with pytest.raises(BadArgument, match="must be text"):
        clean_name(name, "a player's name")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a/b", "/", "dots/"])
def test_a_rooms_name_holds_no_slash(name: str) -> None:
    with pytest.raises(BadArgument, match="no '/'"):
        clean_room_name(name)


@pytest.mark.parametrize("name", [name for name in GOOD if " " not in name])
def test_commands_may_have_names_of_all_the_world(name: str) -> None:
    assert check_command(name) == name


@pytest.mark.parametrize("name", ["move left", " move", "move "])
def test_a_commands_name_is_one_word(name: str) -> None:
    with pytest.raises(BadArgument, match="blanks in its name"):
        check_command(name)


def test_a_command_has_one_spelling() -> None:
    with pytest.raises(BadArgument, match="composed"):
        check_command("Zoe\u0308")


@pytest.mark.parametrize("name", ["", "a" * (MAX_CHARACTERS + 1)])
def test_a_commands_name_has_a_length(name: str) -> None:
    with pytest.raises(BadArgument, match="a command's name"):
        check_command(name)


def test_names_of_events_could_be_commands_on_the_wire() -> None:
    # Only in Python does `room.on("join")` mean the event; other languages may have their own way.
    assert all(check_command(event) == event for event in EVENTS)


def test_an_id_is_the_name_as_one_word() -> None:
    assert new_id("Ada", ()) == "Ada"
    assert new_id("Ada Lovelace  Byron", ()) == "Ada_Lovelace_Byron"


def test_an_id_is_like_no_other() -> None:
    assert new_id("Ada", {"Ada"}) == "Ada2"
    assert new_id("Ada", {"Ada", "Ada2", "Ada3"}) == "Ada4"
    assert new_id("Ada", {"Ada2"}) == "Ada"


@pytest.mark.parametrize("name", ["me", "room"])
def test_no_id_is_a_word_of_the_wire(name: str) -> None:
    assert new_id(name, ()) == f"{name}1"
    assert new_id(name, {f"{name}1"}) not in ("me", "room", f"{name}1")


def test_there_is_an_id_where_there_is_no_name() -> None:
    assert new_id("", ()) == "player"
    assert new_id("", {"player"}) == "player2"


@given(st.text(max_size=MAX_CHARACTERS), st.sets(st.sampled_from(["a", "a2", "player", "me1", "_"])))
def test_whatever_is_a_good_name_makes_a_good_id(name: str, taken: set[str]) -> None:
    try:
        good = clean_name(name, "a player's name")
    except BadArgument:
        return
    assert unicodedata.is_normalized("NFC", good)
    assert clean_name(good, "a player's name") == good
    made = new_id(good, taken)
    assert made not in taken
    assert " " not in made
    assert made.split() == [made]


def test_one_picture_of_several_emoji_is_a_name() -> None:
    assert clean_name("👩\u200d💻 Ada", "a name") == "👩\u200d💻 Ada"
    with pytest.raises(BadArgument, match="U\\+200D"):
        clean_name("Ad\u200da", "a name")
