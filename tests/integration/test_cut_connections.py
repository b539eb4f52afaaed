"""A connection that is cut again and again, in the middle of frames: the game has no code for it."""

from collections.abc import Callable
from typing import Any

import pytest

from roomcast import CannotConnect, Room, join
from roomcast.core.client import backoff
from tests.integration.conftest import RunningServer
from tests.integration.cutter import Cutter
from tests.waiting import wait_for

CUTS = 100
SEED = 2026


def patiently_join(address: str, name: str) -> Room:
    """The first connection, too, may be cut: then a person would try again."""
    for _ in range(50):
        try:
            return join(address, name=name)
        except CannotConnect:
            continue
    raise AssertionError("never got in")


def test_every_command_arrives_exactly_once_through_a_hundred_cuts(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.02)  # seconds: a hundred times a tenth of one is long
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.02)  # none of them lasts, so the waits would grow
    ran: dict[str, list[tuple[str, int, int]]] = {"red": [], "blue": []}

    def play(room: Room, name: str) -> Callable[..., None]:
        @room.everywhere
        def count(player: Any, number: int) -> None:
            ran[name].append((player.id, number, room.seq))

        return count

    with (
        Cutter(server.port, CUTS, SEED) as cutter,
        join(server.address("cut"), name="blue") as blue,
        patiently_join(f"127.0.0.1:{cutter.port}/cut", "red") as red,
    ):
        red_counts, blue_counts = play(red, "red"), play(blue, "blue")
        troubles: list[object] = []
        for event in ("error", "lost", "skipped", "closed"):
            red.on(event)(lambda *what: troubles.append(what))
        offline: list[str] = []
        red.on("offline")(offline.append)
        sent = 0

        def all_done() -> bool:
            nonlocal sent
            for _ in range(4 if cutter.cuts_left > 0 else 0):
                sent += 1
                red_counts(sent)
                blue_counts(-sent)
            red.pump(wait=0.002)
            blue.pump()
            return cutter.cuts_left <= 0 and len(ran["red"]) == len(ran["blue"]) == 2 * sent

        wait_for(all_done, 60, "all commands have arrived at both")

    assert cutter.cuts_done >= CUTS
    assert len(offline) >= CUTS / 2  # the others were cut before there was a connection
    assert troubles == []
    assert ran["red"] == ran["blue"]
    assert [number for player, number, _ in ran["red"] if player == red.me.id] == list(range(1, sent + 1))
    assert [number for player, number, _ in ran["red"] if player == blue.me.id] == list(range(-1, -sent - 1, -1))
    seqs = [seq for _, _, seq in ran["red"]]
    assert seqs == sorted(set(seqs))


def test_what_is_added_counts_once_and_one_claim_wins_through_cuts(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.02)
    with (
        Cutter(server.port, 30, SEED) as cutter,
        join(server.address("sums"), name="blue") as blue,
        patiently_join(f"127.0.0.1:{cutter.port}/sums", "red") as red,
    ):
        won: list[tuple[str, str]] = []

        @blue.on("set")
        def hear(player: Any, patch: dict[str, Any]) -> None:
            won.extend((key, player.id) for key in patch if key.startswith("coin"))

        red.on("offline")(lambda why: None)
        rounds = 0

        def all_done() -> bool:
            nonlocal rounds
            if cutter.cuts_left > 0:
                rounds += 1
                for room in (red, blue):
                    room.state.add("total", rounds)
                    room.me.add("score", 1)
                    room.state.claim(f"coin{rounds}", room.me.id)
            red.pump(wait=0.002)
            blue.pump()
            both = (red.me.id, blue.me.id)  # red's first try may have been cut, and be another player
            scores = [room.players[one].get("score") for room in (red, blue) for one in both if one in room.players]
            return cutter.cuts_left <= 0 and scores == 4 * [rounds] and len(won) >= rounds

        wait_for(all_done, 60, "all that was added has arrived at both")
        assert red.state["total"] == blue.state["total"] == rounds * (rounds + 1)
        assert sorted(key for key, _ in won) == sorted(f"coin{number}" for number in range(1, rounds + 1))
        assert {key: value for key, value in blue.state.items() if key != "total"} == dict(won)
    assert cutter.cuts_done >= 30
