"""The names that programs may rely on. Who changes one of these lists changes other people's programs."""

import roomcast
import roomcast.server
import roomcast.testing
from roomcast.client.client_room import ClientRoom
from roomcast.client.where import parse_where

ROOM = {
    "after",
    "behind",
    "catching_up", "check", "closed", "code", "command",
    "entry", "every", "everywhere",
    "host",
    "latency", "leave",
    "me",
    "name",
    "on", "outdated",
    "party_ticket", "players", "predict", "predicted",
    "random",
    "send", "seq", "smooth", "state",
    "time", "timer", "timers",
    "unacknowledged",
    "world",
}  # fmt: skip
SHARED = {"add", "claim", "compare_and_set", "get", "items", "keys", "merge", "update", "values"}


def public(names: object) -> set[str]:
    return {name for name in dir(names) if not name.startswith("_")}


def of_rooms(kind: type[ClientRoom]) -> set[str]:
    """The public names of a room: those of its class, and those that each one has from its start."""
    return public(kind) | public(ClientRoom(parse_where("dots"), "Ada"))


def test_the_package_hands_on_these_names() -> None:
    assert roomcast.__all__ == [
        "AsyncRoom",
        "BadArgument",
        "CannotConnect",
        "CannotServe",
        "CurrentEntry",
        "HostedRoom",
        "Limits",
        "LogEntry",
        "OpenRoom",
        "Player",
        "Players",
        "Progress",
        "ProtocolError",
        "Refused",
        "ReplayRoom",
        "Room",
        "RoomBusy",
        "RoomClosed",
        "RoomRandom",
        "RoomcastError",
        "Shared",
        "Smooth",
        "Timer",
        "TooFast",
        "__version__",
        "connect",
        "connect_new",
        "connect_or_create",
        "create",
        "find_rooms",
        "host",
        "join",
        "join_or_create",
        "replay",
    ]
    for name in roomcast.__all__:
        assert getattr(roomcast, name) is not None


def test_a_room_for_game_loops() -> None:
    assert of_rooms(roomcast.Room) == ROOM | {"ask", "attach", "pump"}


def test_a_replay_has_the_same_names_and_a_speed() -> None:
    assert of_rooms(roomcast.ReplayRoom) == ROOM | {"attach", "length", "pump", "speed"}


def test_a_room_for_asyncio_has_the_same_names_but_for_pump() -> None:
    assert of_rooms(roomcast.AsyncRoom) == ROOM | {"ask"}


def test_a_room_that_brings_its_server_has_the_same_names() -> None:
    assert of_rooms(roomcast.HostedRoom) == ROOM | {"ask", "attach", "pump"}


def test_shared_state_is_used_like_a_dict() -> None:
    assert public(roomcast.Shared) == SHARED
    for name in ("getitem", "setitem", "delitem", "contains", "iter", "len"):
        assert hasattr(roomcast.Shared, f"__{name}__")


def test_a_player_is_its_shared_state_and_says_who_it_is() -> None:
    assert public(roomcast.Player) == SHARED | {"here", "id", "name"}


def test_players_are_looked_up_by_id() -> None:
    assert public(roomcast.Players) == {"get"}
    for name in ("getitem", "contains", "iter", "len"):
        assert hasattr(roomcast.Players, f"__{name}__")


def test_a_log_entry_says_what_an_entry_of_the_wire_says() -> None:
    assert public(roomcast.LogEntry) == {
        "args", "at", "command", "effects", "kind", "kwargs", "of", "patch", "player", "seq", "to",
    }  # fmt: skip


def test_progress_says_how_far_a_call_with_bytes_has_come() -> None:
    assert public(roomcast.Progress) == {"command", "done", "failed", "id", "size"}


def test_every_error_is_a_roomcast_error_and_some_are_what_python_calls_them() -> None:
    errors = [getattr(roomcast, name) for name in roomcast.__all__ if isinstance(getattr(roomcast, name), type)]
    errors = [kind for kind in errors if issubclass(kind, Exception)]
    assert len(errors) == 9
    assert all(issubclass(kind, roomcast.RoomcastError) for kind in errors)
    assert issubclass(roomcast.CannotConnect, ConnectionError)
    assert issubclass(roomcast.RoomClosed, ConnectionError)
    assert issubclass(roomcast.BadArgument, ValueError)
    assert issubclass(roomcast.RoomBusy, RuntimeError)


def test_an_error_about_one_thing_says_which_and_why() -> None:
    refused = roomcast.Refused("rate", "send less often", 7)
    assert (refused.code, refused.message, refused.n) == ("rate", "send less often", 7)
    assert str(refused) == "send less often (help: roomcast help too-fast)"
    wrong = roomcast.ProtocolError("bad-message", "not UTF-8")
    assert (wrong.code, wrong.message) == ("bad-message", "not UTF-8")
    assert str(wrong) == "not UTF-8 (help: roomcast help protocol)"


def test_a_simulated_room_has_all_names_of_a_room() -> None:
    room = roomcast.testing.Simulation().join("dots", "Ada")
    assert ROOM | {"pump"} <= public(room)
    with room:
        assert not room.closed


def test_a_simulation_has_these_names() -> None:
    assert roomcast.testing.__all__ == [
        "PROMISES",
        "Broken",
        "Difference",
        "Faults",
        "MemoryStore",
        "Playtest",
        "PlaytestPlayer",
        "PlaytestSpectator",
        "RulesFailed",
        "SimulatedRoom",
        "Simulation",
        "Weather",
        "first_difference",
        "playtest",
        "replay",
        "simulate",
    ]
    assert public(roomcast.testing.Simulation(0).faults) == {
        "crash", "crash_server", "cut_after", "drop", "end", "fail_disk", "hang", "hold_up", "outage", "read_slowly",
        "restart_server", "set_wall_clock", "silence", "sleep", "sleep_server", "slow_disk", "stop_reading", "twin",
        "weather",
    }  # fmt: skip


def test_makers_of_rooms_import_these_names() -> None:
    assert roomcast.server.__all__ == [
        "Matchmaking",
        "Owner",
        "Past",
        "Player",
        "Players",
        "Reject",
        "Room",
        "State",
        "Timer",
        "TurnRoom",
        "WaitingRoom",
        "WorkLost",
    ]
    assert public(roomcast.server.Room) == {
        "after", "background", "emit", "every", "host", "kick", "kind", "listing", "lock", "locked", "max_players",
        "name", "options", "players", "private", "random", "relay", "relays", "reserved", "spectators", "state",
        "tick_rate", "time", "timers", "unlock",
    }  # fmt: skip
    assert public(roomcast.server.Timer) == {"advice", "cancel", "due", "id"}
