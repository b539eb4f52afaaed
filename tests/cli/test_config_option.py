"""`roomcast serve --config FILE`."""

from pathlib import Path

import pytest

from tests.cli.roomcast_program import Roomcast, said, stranger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "roomcast.toml"


def test_settings_of_a_file_count(file: Path) -> None:
    file.write_text(
        'port = 0\nstarter_port = 0\nhost = "127.0.0.1"\nrate = 33.5\nnames = ["Zoe", "Yan"]\nshow = false\n'
    )
    with Roomcast("serve", "--config", str(file)) as server, stranger(server.port) as (_, welcome):
        assert welcome["limits"]["rate"] == 33.5


def test_a_flag_comes_first_then_the_environment_then_the_file(file: Path) -> None:
    file.write_text('host = "127.0.0.1"\nport = 0\nstarter-port = 0\nrate = 10\nburst = 20\nmessage-size = 3000\n')
    with (
        Roomcast("serve", "--config", str(file), "--rate", "30", ROOMCAST_RATE="40", ROOMCAST_BURST="50") as server,
        stranger(server.port) as (_, welcome),
    ):
        limits = welcome["limits"]
        assert (limits["rate"], limits["burst"], limits["message_size"]) == (30, 50, 3000)


def test_the_environment_may_name_the_file(file: Path) -> None:
    file.write_text('host = "127.0.0.1"\nport = 0\nstarter-port = 0\nrate = 12\n')
    with Roomcast("serve", ROOMCAST_CONFIG=str(file)) as server, stranger(server.port) as (_, welcome):
        assert welcome["limits"]["rate"] == 12


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 9000", "there is no setting 'prot': perhaps port?"),
        ("[limits]\nrate = 3", "there is no setting 'limits'"),
        ("config = 'other.toml'", "there is no setting 'config'"),
        ('port = "ten"', "'ten' is no port"),
        ("port = true", "'True' is no port"),
        ("rate = -3", "rate is -3.0, but must be more than 0 commands/s"),
        ("show = 7", "--show"),
        ("rate = [1, 2]", "'1,2' is not a finite number"),
        ("[limits", "is no TOML file: "),
        (f"rate = {'[' * 5000}", "is no TOML file: its lists are nested too deeply"),
        ("rate = {most = 5}", "'rate' is a table, and a setting has one value"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    code, sentence = said("serve", "--config", str(file))
    assert code in (1, 2)
    assert says in sentence
    assert len(sentence.splitlines()) == 1


def test_a_file_that_is_not_there_is_one_sentence(file: Path) -> None:
    code, sentence = said("serve", "--config", str(file))
    assert code == 2
    assert "does not exist" in sentence


def test_a_flag_that_may_be_repeated_takes_one_value_as_well(file: Path) -> None:
    file.write_text('host = "127.0.0.1"\nport = 0\nstarter-port = 0\nallow-host = "play.example.org"\n')
    with Roomcast("serve", "--config", str(file)) as server, stranger(server.port) as (_, welcome):
        assert welcome["t"] == "welcome"
    file.write_text("trusted-proxy = 7\n")
    code, sentence = said("serve", "--config", str(file))
    assert code in (1, 2)
    assert "iterable" not in sentence
