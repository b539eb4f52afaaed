"""`roomcast rooms`: what it shows of a server that it is told of."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from roomcast import Room
from roomcast.cli.rooms import rooms
from tests.integration.conftest import RunningServer, enter, server, start_server  # noqa: F401  # fixtures


@pytest.fixture
def listed(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:  # noqa: F811
    """What the command says of the server of this test."""
    monkeypatch.setenv("ROOMCAST_SERVER", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("ROOMCAST_NO_DISCOVERY", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def run(*flags: str) -> str:
        ended = CliRunner().invoke(rooms, flags)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    return run


def test_those_who_gave_no_name_are_told_apart(
    listed: Callable[..., str],
    enter: Callable[..., Room],  # noqa: F811
) -> None:
    for name in ("Ada Lovelace", "", ""):
        enter(name, room="dots")
    assert "3: Ada Lovelace, player, player2" in listed("--no-color")
    found = [one for one in json.loads(listed("--json")) if one["rooms"]]
    assert [one["id"] for one in found[0]["rooms"][0]["players"]] == ["Ada_Lovelace", "player", "player2"]
    assert [one["name"] for one in found[0]["rooms"][0]["players"]] == ["Ada Lovelace", "player", "player"]
