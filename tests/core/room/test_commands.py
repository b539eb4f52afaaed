"""What a room checks of a command, and what it keeps of that."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import PlayerRecord
from roomcast.core.room import commands
from roomcast.core.room.commands import CommandNames, Readers
from tests.core.fakes import House, act

PLAYERS = {name: PlayerRecord(name, name) for name in ("Ada", "Alan", "Eve")}


def test_readers_are_the_audience_and_the_sender_kept_once() -> None:
    readers = Readers(Limits())
    first = readers.of("Ada", act(1, "whisper", to=("Alan", "Alan", "Ada")), PLAYERS)
    assert first == {"Ada", "Alan"}
    assert readers.of("Ada", act(2, "whisper", to=("Alan", "Alan", "Ada")), PLAYERS) is first
    assert readers.of("Eve", act(1, "whisper", to=("Alan", "Alan", "Ada")), PLAYERS) == {"Ada", "Alan", "Eve"}


def test_two_who_write_to_the_same_player_do_not_read_each_others_words(house: House) -> None:
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    house.flush()
    for program in (ada, alan, eve):
        program.hear()
    ada.do("whisper", 1, to=("Alan",))
    eve.do("whisper", 2, to=("Alan",))
    house.flush()
    assert ada.hear_commands() == ["Ada: whisper [1]"]
    assert eve.hear_commands() == ["Eve: whisper [2]"]
    assert alan.hear_commands() == ["Ada: whisper [1]", "Eve: whisper [2]"]


def test_a_private_command_to_one_who_has_left_is_refused_though_others_came_before(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.do("whisper", to=("Alan",))
    house.flush()
    ada.hear()
    alan.gone(clean=True)
    ada.do("whisper", to=("Alan",))
    (error,) = ada.hear_errors()
    assert error.code == "bad-argument"
    assert "'Alan'" in error.message


def test_of_all_the_sets_of_readers_that_one_may_think_of_only_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_READERS", 100)
    readers = Readers(Limits())
    for count in range(200):
        audience = tuple("Alan" if count >> bit & 1 else "Eve" for bit in range(8))
        readers.of("Ada", act(1, "whisper", to=audience), PLAYERS)
        assert sum(map(len, readers._sets)) <= 100 + 9


def test_of_all_the_names_that_one_may_think_of_only_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_NAMES", 10)
    known = CommandNames(Limits())
    for count in range(50):
        assert known[f"move{count}"] == f"move{count}"
    assert len(known) == 10
