"""Private commands in linear time: the work of a flush grows with what is sent, and not with its square.

Work is counted in calls, not measured in time, so that nothing blurs it.
"""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import pytest

from roomcast.core.protocol import codec


@pytest.fixture
def hot_path(benchmark_script: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_script("hot_path_server")


def decoded_in_a_flush(hot_path: ModuleType, monkeypatch: pytest.MonkeyPatch, players: int, commands: int) -> int:
    """How many entries a flush of private commands reads from their text again."""
    room = hot_path.OneRoom(players)
    for receive, frame in room.commands(commands, to=players // 2):
        receive(frame, room.now)
    count = 0

    def counted(decode: Callable[[Any], Any], line: Any) -> Any:
        nonlocal count
        count += 1
        return decode(line)

    for name in ("decode_server", "decode_client"):
        real = getattr(codec, name)
        monkeypatch.setattr(codec, name, lambda line, real=real: counted(real, line))
    room.flush()
    monkeypatch.undo()
    return count


def test_private_entries_are_not_read_again_for_each_reader(
    hot_path: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decoded_in_a_flush(hot_path, monkeypatch, players=64, commands=200) <= 200


def calls_in_a_flush(hot_path: ModuleType, players: int, commands: int, to: int) -> int:
    """How many functions a flush calls, those in C among them."""
    room = hot_path.OneRoom(players)
    for receive, frame in room.commands(commands, to):
        receive(frame, room.now)
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:
        calls[event] += 1

    sys.setprofile(count)
    try:
        room.flush()
    finally:
        sys.setprofile(None)
    return calls["call"] + calls["c_call"]


def test_calls_grow_with_readers_plus_copies_and_not_with_their_product(hot_path: ModuleType) -> None:
    """Each reader costs a few calls (its view), and so does each copy; doubling either at most doubles the work."""
    calls = calls_in_a_flush(hot_path, players=32, commands=100, to=8)
    assert calls_in_a_flush(hot_path, players=32, commands=200, to=8) <= 2.1 * calls
    assert calls_in_a_flush(hot_path, players=64, commands=100, to=8) <= 2.1 * calls
    assert calls_in_a_flush(hot_path, players=32, commands=100, to=16) <= 2.1 * calls
    assert calls <= 8 * (32 + 100 * 9)
