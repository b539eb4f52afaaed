from pathlib import Path

import club
import pytest

from roomcast import CannotConnect
from roomcast.testing import Playtest, playtest


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playtest:
    monkeypatch.setattr(club, "ACCOUNTS", tmp_path / "accounts.db")
    club.add_account("Ada", "a fish called Wanda")
    return playtest(club.Club)


def test_who_has_an_account_comes_in(game: Playtest) -> None:
    game.join("Ada", credential="a fish called Wanda")
    assert game.Ada.players["Ada"]["member"] == 1
    game.leaks_nothing({"": ["Wanda"]})


@pytest.mark.parametrize(
    ("name", "credential"), [("Ada", "a fish"), ("Ada", None), ("Alan", "a fish called Wanda"), ("", "")]
)
def test_nobody_else_does(game: Playtest, name: str, credential: str | None) -> None:
    with pytest.raises(CannotConnect, match="no account has this name and this password"):
        game.join(name, credential=credential)


def test_an_account_is_here_once(game: Playtest) -> None:
    game.join("Ada", credential="a fish called Wanda")
    with pytest.raises(CannotConnect, match="Ada is here already"):
        game.join("Ada", credential="a fish called Wanda")


def test_the_file_has_no_password(game: Playtest) -> None:
    assert b"Wanda" not in club.ACCOUNTS.read_bytes()
