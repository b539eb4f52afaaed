"""Every code block of every page runs, or is an excerpt of a file that the tests run; every command in them exists."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import click
import pytest

from roomcast.cli.root_command import roomcast as root
from tests.docs.pages import PAGES, Block, blocks_of, name_of
from tests.integration.conftest import RunningServer
from tests.js.node import JS, MODULES, needs_node, run
from tests.programs import TOP

pytestmark = pytest.mark.takes(15)

# Pages whose code a test of their own runs, with what the page says of its output.
RUN_ELSEWHERE = {
    ("docs/guide.md", "python"),  # tests/test_docs.py
    ("docs/testing.md", "python"),
    ("docs/javascript.md", "js"),  # tests/js/test_guide.py
}
# What no program runs: lines of a wire (tests/core/protocol/test_protocol_page.py reads those), and text.
NOT_RUN = {"json", "starter", "dice", "text", "diff", "toml", "ini", "yaml", "nginx", "dockerfile", "systemd"}
SHELLS = {"", "console", "shell-session", "doscon", "pwsh-session", "powershell", "sh", "bash", "shell"}
RUN = {"python", "py", "js", "javascript"}
EXCERPTS = {"html", "css", "ts"}  # from files in examples/
ENDLESS = re.compile(r"^( *)while (?:True|not room\.closed):", re.MULTILINE)

BLOCKS = [block for page in PAGES for block in blocks_of(page)]


@cache
def example_files() -> str:
    """All that examples/ holds, each line without its indentation."""
    files = sorted(path for end in ("py", "js", "mjs", "html", "css") for path in TOP.glob(f"examples/**/*.{end}"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    for notebook in sorted(TOP.glob("examples/**/*.ipynb")):
        texts.extend("".join(cell["source"]) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    return "\0".join(map(_flat, texts))


def _flat(text: str) -> str:
    return "\n" + "\n".join(line.strip() for line in text.strip().splitlines() if line.strip()) + "\n"


def is_excerpt(block: Block) -> bool:
    """Whether its lines stand so, one after the other, in a file of examples/; `...` and … stand for left-out lines."""
    parts = re.split(r"^\s*(?:\.\.\.|…|# …|# \.\.\.)\s*$", block.text, flags=re.MULTILINE)
    return all(_flat(part) in example_files() for part in parts if part.strip())


def code_of(page: Path, *languages: str) -> list[Block]:
    found = [block for block in blocks_of(page) if block.language in languages and not is_excerpt(block)]
    return [] if any((name_of(page), language) in RUN_ELSEWHERE for language in languages) else found


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """Where a server runs, for all pages."""
    server = RunningServer()
    yield f"127.0.0.1:{server.port}"
    server.stop()


def test_every_language_is_one_that_is_tested() -> None:
    known = NOT_RUN | SHELLS | RUN | EXCERPTS
    assert [f"{block}: {block.language}" for block in BLOCKS if block.language not in known] == []


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page, "python", "py")], ids=name_of)
def test_python_runs_from_top_to_bottom(page: Path, place: str, tmp_path: Path) -> None:
    program = tmp_path / "page.py"
    code = code_of(page, "python", "py")
    text = "\n".join(f"# {block}\n{dedent(block.text)}" for block in code)
    program.write_text(ENDLESS.sub(r"\1for _ in range(3):", text), encoding="utf-8")  # three times round is enough here
    environment = os.environ | {"ROOMCAST_SERVER": place, "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        [sys.executable, "-W", "error", program],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout}{done.stderr}"


@needs_node
@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page, "js", "javascript")], ids=name_of)
def test_javascript_runs_from_top_to_bottom(page: Path, place: str, tmp_path: Path) -> None:
    before = f"import WebSocket from {str(MODULES / 'ws' / 'wrapper.mjs')!r};\nglobalThis.WebSocket ??= WebSocket;\n"
    code = "\n".join(block.text for block in code_of(page, "js", "javascript"))
    program = tmp_path / "page.mjs"
    program.write_text(before + code.replace('"/roomcast.js"', f'"{JS / "roomcast.js"}"'), encoding="utf-8")
    said = run("node", program, ROOMCAST_SERVER=place)
    assert "Error" not in said


def test_other_code_is_an_excerpt_of_an_example() -> None:
    blocks = [block for block in BLOCKS if block.language in EXCERPTS and block.page.name != "javascript.md"]
    assert [str(block) for block in blocks if not is_excerpt(block)] == []


# ---------------------------------------------------------------------- commands

_PROMPT = re.compile(r"^(?:\([\w.-]+\) )?(?:[\w~:\\/.@-]*[$%>#] |>>> )?")
_ASSIGNMENT = re.compile(r"^(?:[A-Z_][A-Z0-9_]*=\S+ )+")


def commands_of(block: Block) -> list[str]:
    """What is typed: after a prompt where the block has prompts, else each line."""
    lines = block.text.replace("\\\n", " ").splitlines()
    prompts = [line for line in lines if _PROMPT.match(line)[0].strip()]  # type: ignore[index]
    return [_PROMPT.sub("", line).strip() for line in prompts or lines]


def all_commands() -> list[tuple[str, str]]:
    """Where a command stands, and the command: in blocks, and in the text between backticks."""
    found = [(str(block), line) for block in BLOCKS if block.language in SHELLS for line in commands_of(block)]
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue  # of versions before
        text = re.sub(r"^(`{3,}).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found += [(name_of(page), words) for words in re.findall(r"`((?:roomcast|make) [^`]+)`", text)]
    return [(where, _ASSIGNMENT.sub("", line)) for where, line in found]


def words_of(line: str) -> list[str]:
    """The words of a command up to a comment, a pipe, a second command, or a column that says what it does."""
    line = re.split(r"\s{2,}", line.strip())[0]
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    ends = [at for at, word in enumerate(words) if word in ("|", ";", "&", "&&", ">", "2>")]
    return words[: min(ends, default=len(words))]


def test_roomcast_commands_have_these_names_and_flags() -> None:
    wrong, seen = [], set()
    for where, line in all_commands():
        words = words_of(line)
        if not words or not re.fullmatch(r"(?:.*[/\\])?roomcast(?:\.exe)?", words[0]) or len(words) < 2:
            continue
        name = words[1]
        if name.startswith("-"):
            if name not in ("--help", "-h", "--version"):
                wrong.append(f"{where}: {line}")
            continue
        if not re.fullmatch(r"[a-z]+", name):
            continue  # a placeholder such as NAME or …
        if name not in root.list_commands(click.Context(root)):
            wrong.append(f"{where}: no command {name!r}: {line}")
            continue
        seen.add(name)
        command = getattr(import_module(f"roomcast.cli.{name}"), name)
        flags = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}
        given = [
            word.partition("=")[0].rstrip(",.") for word in words[2:] if re.fullmatch(r"--[\w-]+[,.]?(=.*)?", word)
        ]
        wrong += [f"{where}: roomcast {name} has no {word}: {line}" for word in given if word not in flags]
    assert wrong == []
    assert {"serve", "join", "rooms", "doctor", "demo", "bench", "backup", "check", "forget"} <= seen


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = []
    for where, line in all_commands():
        words = words_of(line)
        if len(words) > 1 and words[0] == "make":
            wrong += [f"{where}: {line}" for word in words[1:] if re.fullmatch(r"[a-z]+", word) and word not in targets]
    assert wrong == []


def test_programs_that_are_run_by_python_are_there() -> None:
    files = {
        path.name for folder in ("examples", "scripts", "benchmarks", "docs") for path in (TOP / folder).rglob("*.py")
    }
    # The reader's own, one that is misspelt on purpose, and what `make wheelhouse` puts beside its wheels.
    own = {"my_game.py", "game.py", "server.py", "client.py", "helo.py", "install.py"}
    wrong = []
    for where, line in all_commands():
        words = words_of(line)
        if len(words) > 1 and re.fullmatch(r"(?:.*/)?python[\d.]*|py", words[0]) and words[1].endswith(".py"):
            name = words[1].replace("\\", "/").rpartition("/")[2]
            if name not in files | own:
                wrong.append(f"{where}: {line}")
    assert wrong == []
