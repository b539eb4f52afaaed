"""What is typed wrong is answered with whose `--help` says how it is written."""

from __future__ import annotations

import click
import pytest

from roomcast.cli.root_command import main
from roomcast.cli.root_command import roomcast as root

CONTEXT = click.Context(root, info_name="roomcast")
COMMANDS = {name: command for name in root.list_commands(CONTEXT) if (command := root.get_command(CONTEXT, name))}
WITH_A_VALUE = [
    (name, option.opts[-1])
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag and not option.count
]


def sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    monkeypatch.setattr("sys.argv", ["roomcast", *typed])
    with pytest.raises(SystemExit):
        main()
    return capsys.readouterr().err


@pytest.mark.parametrize("name", sorted({name for name, _ in WITH_A_VALUE}))
def test_an_option_without_its_value_leads_to_the_help_of_its_command(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (option for of, option in WITH_A_VALUE if of == name):
        told = sentence(monkeypatch, capsys, name, option)
        assert told == f"roomcast: Option {option!r} requires an argument. (help: roomcast {name} --help)\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_so_does_an_option_that_there_is_not(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = sentence(monkeypatch, capsys, name, "--of-no-command")
    assert told.startswith("roomcast: No such option '--of-no-command'.")
    assert told.endswith(f" (help: roomcast {name} --help)\n")
