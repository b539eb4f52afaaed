"""The limits: each has its unit and its reason, and a refusal says all that one needs to know."""

from dataclasses import FrozenInstanceError, fields

import pytest

from roomcast.core.protocol.limits import Limits, exceeded, flag

NAMES = [one.name for one in fields(Limits)]
MAY_BE_ZERO = {"pace", "room_observers", "keep_entries", "keep_bytes", "keep_days"}


@pytest.mark.parametrize("name", NAMES)
def test_each_limit_has_a_unit_and_a_reason(name: str) -> None:
    metadata = Limits.__dataclass_fields__[name].metadata
    assert metadata["unit"].strip()
    assert len(metadata["why"].split()) >= 3


def test_the_defaults_are_those_of_the_design() -> None:
    limits = Limits()
    assert limits.message_size == 64 * 1024
    assert (limits.hello_within, limits.ping_every, limits.silent_for) == (10, 10, 25)
    assert (limits.kept_entries, limits.kept_bytes) == (10_000, 8 * 1024 * 1024)
    assert (limits.resume_window, limits.seat_kept) == (120, 30)
    assert (limits.rate, limits.burst) == (240, 480)
    assert (limits.unread, limits.unread_for) == (256 * 1024, 30)
    assert (limits.room_players, limits.connections, limits.connections_address) == (64, 10_000, 200)
    assert (limits.player_state, limits.room_state) == (64 * 1024, 256 * 1024)
    assert limits.pace == 0.004


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in MAY_BE_ZERO])
def test_zero_and_less_are_refused_with_the_name_of_the_setting(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}, but must be more than 0 .*--{flag(name)}"):
        Limits(**{name: value})


def test_a_pace_of_zero_writes_in_each_turn_but_time_does_not_run_backwards() -> None:
    assert Limits(pace=0).pace == 0
    with pytest.raises(ValueError, match="--pace"):
        Limits(pace=-0.001)


def test_no_observers_at_all_is_a_limit_too() -> None:
    assert Limits(room_observers=0).room_observers == 0
    with pytest.raises(ValueError, match="--room-observers"):
        Limits(room_observers=-1)


def test_limits_do_not_change_while_a_server_runs() -> None:
    with pytest.raises(FrozenInstanceError):
        Limits().rate = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_names_the_limit_the_value_met_and_the_setting(name: str) -> None:
    limits = Limits()
    said = exceeded(name, limits, 1234567, "too much of it")
    assert said.startswith("too much of it: 1234567 where the limit is ")
    assert str(getattr(limits, name)).removesuffix(".0") in said
    assert Limits.__dataclass_fields__[name].metadata["unit"] in said
    assert said.endswith(f"(setting: {flag(name)})")


def test_a_refusal_shows_times_without_their_last_digits() -> None:
    said = exceeded("hello_within", Limits(), 10.000000123, "no hello came")
    assert said == "no hello came: 10 where the limit is 10 seconds (setting: hello-within)"


def test_a_setting_is_spelled_as_on_the_command_line() -> None:
    assert flag("connections_address") == "connections-address"
