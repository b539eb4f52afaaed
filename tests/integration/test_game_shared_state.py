"""The client for game loops, on a real server: the state that players and rooms share."""

from collections.abc import Callable

import pytest

import roomcast
from roomcast import Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until

Enter = Callable[..., Room]


def test_a_players_state_is_seen_by_all_and_there_when_it_has_come_back(red: Room, blue: Room) -> None:
    seen = notes(red, "set")
    blue.me["x"] = 3
    assert "x" not in blue.me
    pump_until(lambda: "x" in blue.me and seen, red, blue)
    assert blue.me["x"] == red.players["blue"]["x"] == 3
    assert seen == [("set", "blue", {"x": 3})]


def test_state_is_set_updated_merged_and_deleted(red: Room, blue: Room) -> None:
    state, seen = red.state, blue.state
    state["level"] = 2
    state.update({"score": 1, "over": False}, map={"a": {"deep": [1]}, "b": 2})
    state.merge({"map": {"a": {"more": None, "new": 1}, "b": None}})
    del state["score"]
    state["last"] = True
    pump_until(lambda: "last" in state and "last" in seen, red, blue)
    assert dict(state.items()) == dict(seen.items())
    assert dict(seen.items()) == {
        "level": 2,
        "over": False,
        "map": {"a": {"deep": [1], "new": 1}},
        "last": True,
    }


def test_a_dict_that_is_set_replaces_the_old_one(red: Room) -> None:
    red.state["map"] = {"a": 1, "b": {"c": 2}}
    red.state["map"] = {"d": None, "e": 3}
    red.state["done"] = 1
    pump_until(lambda: "done" in red.state, red)
    assert red.state["map"] == {"d": None, "e": 3}


def test_the_last_one_to_set_a_key_wins_everywhere(red: Room, blue: Room) -> None:
    for number in range(50):
        red.state["who"] = f"red {number}"
        blue.state["who"] = f"blue {number}"
    pump_until(lambda: red.seq == blue.seq == 102, red, blue)
    assert red.state["who"] == blue.state["who"]


def test_what_several_add_at_the_same_moment_is_all_there(red: Room, blue: Room) -> None:
    for number in range(1, 51):
        red.state.add("total", number)
        blue.state.add("total", 0.5)
        blue.me.add("score", 2)
    pump_until(lambda: red.seq == blue.seq == 152, red, blue)
    assert red.state["total"] == blue.state["total"] == 50 * 51 / 2 + 25
    assert red.players["blue"]["score"] == 100


def test_the_first_claim_wins_and_everyone_hears_of_that_one_alone(red: Room, blue: Room) -> None:
    seen, at_blue = notes(red, "set"), notes(blue, "set")
    for room in (red, blue):
        for number in range(20):
            room.state.claim(f"coin{number}", room.me.id)
    pump_until(lambda: red.seq == blue.seq == 42, red, blue)
    assert seen == at_blue
    assert len(seen) == 20
    assert dict(red.state.items()) == {coin: owner for _, _, patch in seen for coin, owner in patch.items()}
    assert all(by in patch.values() for _, by, patch in seen)
    assert red.unacknowledged == blue.unacknowledged == 0


def test_a_value_is_changed_only_if_it_is_still_the_expected_one(red: Room, blue: Room) -> None:
    red.state["turn"] = {"of": "red", "number": 1}
    pump_until(lambda: "turn" in blue.state, red, blue)
    for room in (red, blue):  # both have seen the same turn
        room.state.compare_and_set("turn", room.state["turn"], {"of": room.me.id, "number": 2})
    red.state["done"] = blue.state["over"] = True
    pump_until(lambda: {"done", "over"} <= set(red.state) == set(blue.state), red, blue)
    assert red.state["turn"] == blue.state["turn"]
    assert red.state["turn"]["number"] == 2
    red.state.compare_and_set("done", True, None)
    pump_until(lambda: "done" not in blue.state, red, blue)


def test_what_cannot_be_added_is_an_error_event_of_its_sender(red: Room, blue: Room) -> None:
    errors, others = notes(red, "error"), notes(blue, "error")
    blue.state["title"] = "The cave"
    pump_until(lambda: "title" in red.state, red, blue)
    red.state.add("title", 1)
    pump_until(lambda: errors, red, blue)
    assert errors == [("error", "bad-argument")]
    assert others == []
    assert red.state["title"] == "The cave"


def test_only_the_player_sets_its_own_state(red: Room, blue: Room) -> None:
    pump_until(lambda: "blue" in red.players, red)
    with pytest.raises(roomcast.BadArgument, match="the state of blue is its own to set"):
        red.players["blue"]["x"] = 1
    with pytest.raises(roomcast.BadArgument, match="own to set"):
        del red.players["blue"]["x"]


def test_state_that_json_cannot_carry_fails_at_the_caller(red: Room) -> None:
    with pytest.raises(roomcast.BadArgument, match=r'room.state\["when"\] is an object'):
        red.state["when"] = object()
    with pytest.raises(roomcast.BadArgument, match=r"key 1 of room.me is not text"):
        red.me[1] = 2  # type: ignore[index]


def test_what_is_not_there_yet_says_when_it_will_be(red: Room) -> None:
    red.me["score"] = 3
    with pytest.raises(KeyError) as missing:
        red.me["score"]
    assert missing.value.args == ("score",)
    (note,) = missing.value.__notes__
    assert "once it has come back, which may take several calls of room.pump()" in note
    assert "room.me.get('score') gives None" in note
    assert "0" not in note  # nobody knows that it is a number


def test_who_is_not_here_says_how_players_are_found(red: Room) -> None:
    for key in ("nobody", 0):
        with pytest.raises(KeyError) as missing:
            _ = red.players[key]  # type: ignore[index]
        assert missing.value.args == (key,)
        assert "list(room.players)[0]" in missing.value.__notes__[0]


def test_a_misspelt_attribute_has_what_python_needs_to_show_the_nearest(red: Room) -> None:
    with pytest.raises(AttributeError) as missing:
        _ = red.me.nmae  # type: ignore[attr-defined]
    assert (missing.value.name, missing.value.obj) == ("nmae", red.me)


def test_attributes_are_no_state_and_say_what_is(red: Room, blue: Room) -> None:
    pump_until(lambda: "blue" in red.players, red)
    for change, says in [
        (
            lambda: setattr(red.state, "level", 3),
            "room.state has no attribute 'level'.* write room.state[\"level\"] = …",
        ),
        (lambda: red.state.level, 'for what everyone sees write room.state["level"] '),
        (lambda: setattr(red.me, "score", 3), 'write room.me["score"] = …'),
        (lambda: red.players["blue"].score, 'write room.players["blue"]["score"] '),
        (lambda: setattr(red.me, "name", "green"), "name"),
    ]:
        with pytest.raises(AttributeError, match=says.replace("[", r"\[")):
            change()
    assert not hasattr(red.me, "_nothing")


def test_a_late_joiner_has_all_state(red: Room, enter: Enter) -> None:
    red.state["level"] = 7
    red.me["at"] = [1, 2]
    red.send("step")
    pump_until(lambda: red.unacknowledged == 0, red)
    late = enter("late")
    assert late.state["level"] == 7
    assert late.players["red"]["at"] == [1, 2]
    assert late.seq == red.seq + 1  # its own join


def test_a_handler_reads_the_state_as_of_its_own_entry(red: Room, blue: Room) -> None:
    read = []
    blue.on("look")(lambda number: read.append((number, blue.state["level"], blue.seq)))
    blue.on("set")(lambda player, patch: read.append((patch["level"], blue.state["level"], blue.seq)))
    for number in range(3):
        red.state["level"] = number
        red.send("look", number)
    pump_until(lambda: len(read) == 6, blue)
    assert read == [(number, number, 3 + 2 * number + look) for number in range(3) for look in (0, 1)]


def test_too_much_state_is_refused_with_the_setting(start_server: Callable[..., RunningServer]) -> None:
    server = start_server(player_state=1000)
    with roomcast.join(server.address(), name="red") as red:
        errors: list[roomcast.Refused] = []
        red.on("error")(errors.append)
        red.me["small"] = "x"
        red.me["large"] = "x" * 1000
        red.me["other"] = "y"
        pump_until(lambda: "other" in red.me, red)
        assert [error.code for error in errors] == ["state-full"]
        assert "setting: player-state" in str(errors[0])
        assert dict(red.me.items()) == {"small": "x", "other": "y"}
