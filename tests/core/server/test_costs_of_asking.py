"""What a stranger asks for costs what it is sent: no log is decoded for it, and no state is encoded beside that."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Check, Do, Welcome
from roomcast.core.protocol.observer_messages import History, HistoryRequest, Watching
from roomcast.core.room import log as room_log
from roomcast.core.room.shared_map import SharedMap
from roomcast.core.server import observer_history
from roomcast.core.server.observers import ENTRIES_PER_SECOND
from tests.core.fakes import House, LineProgram
from tests.core.looking import look


class Counted:
    """How often something is called, and with how many bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.calls = 0
        whole = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return whole(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)


@pytest.fixture
def full(house: House) -> House:
    """A house with a room full of large patches, and of state."""
    ada = house.join("Ada")
    for number in range(100):
        ada.set("room", {f"key{number % 5}": [[]] * 9_990})
        house.now += 0.1
    house.flush()
    ada.hear()
    return house


def test_who_watches_has_nothing_of_the_log_decoded(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = Counted(monkeypatch, room_log.codec, "decode_server")
    texts = Counted(monkeypatch, SharedMap, "text")
    for _ in range(20):
        observer = look(full)
        observer.gone()
    assert (decoded.calls, texts.calls) == (0, 0)
    assert len(b"".join(observer.connection.writes)) < 300
    assert observer.one(Watching).s == 101


def test_who_looks_back_has_nothing_of_the_log_decoded(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    observer = look(full)
    observer.hear()
    decoded = Counted(monkeypatch, observer_history.codec, "decode_server")
    (line,) = full.room().log.lines(100, 101)
    for _ in range(20):
        observer.say(HistoryRequest(101, codec.time_of(line)))
    assert decoded.calls == 0
    answers = [one for one in observer.hear() if isinstance(one, History)]
    assert [(one.after, one.entries) for one in answers] == [(101, ())] * 20


def test_observers_are_sent_entries_that_nobody_decoded(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    observer, ada = look(full), full.join("Alan")
    full.flush()
    observer.hear()
    decoded = Counted(monkeypatch, room_log.codec, "decode_server")
    for number in range(10):
        ada.set("me", {"x": number})
    full.flush()
    assert decoded.calls == 0
    assert len(observer.hear()) == 10


def test_a_busy_room_is_sampled_from_the_first_look_on() -> None:
    house = House(rate=1e6, burst=1_000_000)
    ada = house.join("Ada")
    for _ in range(3):
        for number in range(2 * ENTRIES_PER_SECOND):
            ada.do("move", number)
        house.wait(1)
    observer = look(house)
    observer.hear()
    for number in range(100):
        ada.do("move", number)
    house.flush()
    seqs = [message.s for message in observer.hear() if hasattr(message, "c") and hasattr(message, "n")]
    assert len(seqs) <= 50, "one of two, at most"


def test_commands_that_are_private_to_all_are_made_into_one_frame_and_decoded_by_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House(rate=1e6, burst=1_000_000)
    players = [house.join(f"p{number}") for number in range(30)]
    house.flush()
    everybody = tuple(player.me for player in players)
    packed = Counted(monkeypatch, type(players[0].peer.wire), "pack")
    decoded = Counted(monkeypatch, room_log.codec, "decode_server")
    for player in players:
        player.do("move", 1, to=everybody)
    house.flush()
    assert (packed.calls, decoded.calls) == (1, 0)
    monkeypatch.undo()
    assert {len([one for one in player.hear() if isinstance(one, Do)]) for player in players} == {30}


def test_line_clients_come_and_go_without_any_text_of_state(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Counted(monkeypatch, SharedMap, "text")
    for name in ("Eve", "Mallory"):
        lines = LineProgram(full, "10.0.0.9")
        full.directory.enter(lines.peer)
        lines.peer.enter("dots", (name,), full.now)
        full.flush()
        assert name.encode() in b"".join(lines.connection.writes)
        lines.gone()
    assert texts.calls == 0


def test_line_clients_read_on_past_patches_that_nobody_decoded(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = LineProgram(full, "10.0.0.9")
    full.directory.enter(lines.peer)
    lines.peer.enter("dots", ("Eve",), full.now)
    alan = full.join("Alan")
    full.flush()
    decoded = Counted(monkeypatch, codec, "decode_server")
    for number in range(10):
        alan.set("me", {"x": number})
    alan.do("move", 1)
    full.flush()
    assert decoded.calls == 1
    assert b"".join(lines.connection.writes).endswith(b"move Alan 1\n")


def test_those_who_join_one_after_the_other_share_the_text_of_what_did_not_change(
    full: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    full.join("Eve")
    sizes: list[int] = []
    encode = codec.encode

    def counting(value: Any) -> bytes:
        text = encode(value)
        if isinstance(value, dict):
            sizes.append(len(text))
        return text

    monkeypatch.setattr(codec, "encode", counting)
    for name in ("Alan", "Grace", "Edsger"):
        program = full.join(name)
        assert program.welcome is not None
        assert isinstance(program.welcome, Welcome)
    assert sizes == [], "the text of the room's state was there"


def test_a_hash_is_compared_with_those_of_its_place_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    for number in range(50):
        ada.do("move", number)
    for seq in range(3, 53):
        alan.say(Check(seq, "same"))
    compared = Counted(monkeypatch, type(house.room()._checks), "_compare")
    ada.say(Check(10, "same"))
    assert compared.calls == 1


def test_hashes_of_those_who_left_are_gone_with_them(house: House) -> None:
    house.join("Ada").do("move")
    for number in range(20):
        eve = house.join(f"Eve{number}")
        eve.say(Check(1, f"{number}"))
        eve.gone(clean=True)
    assert [place.hashes for place in house.room()._checks._places.values()] == [{}]
