"""Every limit of a server is a flag, a variable of the environment, and a key of the TOML file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from roomcast.cli.options import env
from roomcast.cli.serve import serve
from roomcast.core.protocol.limits import Limits, flag
from tests.cli.roomcast_program import said

NAMES = [one.name for one in fields(Limits)]


def other(name: str) -> float:
    """A value that the limit may have, and does not have by itself."""
    value: float = getattr(Limits(), name)
    return value // 2 if isinstance(value, int) else value / 2


def set_by(words: list[str], name: str) -> Any:
    """What `roomcast serve` takes a limit to be, when it is called with these words."""
    return serve.make_context("serve", words).params[name]


@pytest.mark.parametrize("name", NAMES)
def test_each_limit_is_a_flag(name: str) -> None:
    assert set_by([], name) == getattr(Limits(), name)
    assert set_by([f"--{flag(name)}", str(other(name))], name) == other(name)


@pytest.mark.parametrize("name", NAMES)
def test_each_limit_is_a_variable_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env(flag(name)), str(other(name)))
    assert set_by([], name) == other(name)
    assert env(flag(name)) == f"ROOMCAST_{name.upper()}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spelled", [flag, lambda name: name], ids=["as a flag", "as in Python"])
def test_each_limit_is_a_key_of_the_file(name: str, spelled: Any, tmp_path: Path) -> None:
    file = tmp_path / "roomcast.toml"
    file.write_text(f"{spelled(name)} = {other(name)}\n")
    assert set_by(["--config", str(file)], name) == other(name)


@pytest.mark.parametrize("name", ["kept_bytes", "rate"])
def test_a_limit_of_nothing_is_refused_in_a_sentence(name: str) -> None:
    code, sentence = said("serve", f"--{flag(name)}", "0")
    assert code == 2
    assert f"change --{flag(name)}" in sentence
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize(("name", "most"), [("json_depth", 256), ("name_length", 64)])
def test_what_the_protocol_promises_to_all_is_a_bound_for_each_server(name: str, most: int) -> None:
    code, sentence = said("serve", f"--{flag(name)}", str(most + 1))
    assert code == 2
    assert f"{name} is {most + 1}, but may be at most {most}" in sentence
