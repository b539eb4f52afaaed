"""Every topic has an entry, every entry a topic; codes, sources and roomcast.js agree with the table."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

import roomcast
from roomcast.cli import main
from roomcast.cli.help import entries
from roomcast.client.hints import KINDS
from roomcast.errors import CODES, Refused, RoomcastError, sentence
from roomcast.help_topics import ASKED_FOR, OF_CODE, TOPICS
from tests.errors.test_mistakes import MISTAKES  # after the files that make them
from tests.programs import TOP

SOURCES = TOP / "src" / "roomcast"
PAGE = (TOP / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def topics_in_python() -> Iterator[str]:
    """Each topic that an error, a hint or a warning in the sources names."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "topic":
                yield from (one.value for one in ast.walk(node.value) if _is_word(one))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in ("with_link", "link", "warn"):
                    yield from (one.value for one in node.args[-1:] if _is_word(one))
            elif isinstance(node, ast.Assign) and any(_name(one) in ("topic", "TOPIC") for one in node.targets):
                yield from (one.value for one in ast.walk(node.value) if _is_word(one))


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.replace("-", "").isalpha()


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "")


IN_JAVASCRIPT = (
    r'new BadArgument\(.*, "([a-z-]+)"\);$',
    r'^ +"([a-z-]+)",\n +\);$',  # the last argument of several lines
    r'warn\((?:\n +)?"([a-z-]+)",',
    r'withLink\(.*, "([a-z-]+)"\)',
    r'emitOrWarn\("[a-z]+", "([a-z-]+)"',
    r'static topic = "([a-z-]+)";',
)


def topics_in_javascript() -> set[str]:
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (SOURCES / "js").glob("*.js"))
    found = [set(re.findall(pattern, sources, re.MULTILINE)) for pattern in IN_JAVASCRIPT]
    assert all(found)
    return set().union(*found)


def test_every_topic_has_an_entry_and_every_entry_a_topic() -> None:
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(TOPICS | ASKED_FOR)
    assert all(len(text) > 80 for text in entries().values())


def test_every_code_of_the_wire_has_a_topic() -> None:
    assert OF_CODE.keys() == CODES.keys()
    assert set(OF_CODE.values()) <= TOPICS.keys()


def test_the_sources_name_topics_that_there_are_and_the_table_has_no_others() -> None:
    named = set(topics_in_python())
    assert named <= TOPICS.keys()
    assert topics_in_javascript() <= TOPICS.keys()
    assert named | set(KINDS) | set(OF_CODE.values()) == TOPICS.keys()


def test_roomcast_js_has_the_same_table() -> None:
    source = (SOURCES / "js" / "help_topics.js").read_text(encoding="utf-8")
    (table,) = re.findall(r"OF_CODE = (\{.*?\});", source, re.DOTALL)
    assert json.loads(re.sub(r'"?([\w-]+)"?: "', r'"\1": "', table).replace(",\n}", "\n}")) == OF_CODE


def test_the_entries_quote_what_leads_to_them() -> None:
    with_messages = {one.topic for one in MISTAKES} | set(OF_CODE.values())
    for topic in with_messages:
        assert "\n> " in f"\n{entries()[topic]}", topic
    assert len({one.topic for one in MISTAKES}) >= 30


def test_an_error_has_its_sentence_its_topic_and_its_code() -> None:
    for kind in vars(roomcast).values():
        if isinstance(kind, type) and issubclass(kind, RoomcastError):
            error = (
                kind("room-full", "no seat") if issubclass(kind, Refused | roomcast.ProtocolError) else kind("no seat")
            )
            assert error.message == sentence(error) == "no seat"
            assert str(error) == f"no seat (help: roomcast help {error.topic})"
            assert error.topic in TOPICS
    assert roomcast.CannotConnect("no seat", "room-full").topic == "room-full"
    assert roomcast.CannotConnect("no seat", "banana").topic == "no-answer"
    assert roomcast.BadArgument("no", topic="state").topic == "state"


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", line.split())
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_roomcast_help_prints_the_entry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(monkeypatch, capsys, "roomcast help no-server")
    assert code == 0
    assert out.startswith("no-server: no server answers at an address\n")
    assert "It needs a terminal of its own" in out
    assert "###" not in out
    for word in ("(no-server).", "NO-SERVER"):
        assert typed(monkeypatch, capsys, f"roomcast help {word}")[1] == out


def test_a_code_of_the_wire_leads_to_its_topic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, capsys, "roomcast help state-full")[1].startswith("too-big: ")


def test_roomcast_help_alone_lists_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(monkeypatch, capsys, "roomcast help")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == [*TOPICS, *ASKED_FOR]


def test_a_topic_that_there_is_not_is_guessed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = typed(monkeypatch, capsys, "roomcast help no-servr")
    assert code == 2
    assert "did you mean no-server" in err


@pytest.mark.parametrize(
    ("line", "help_of"), [("roomcast sevre", "roomcast"), ("roomcast serve --prot 1", "roomcast serve")]
)
def test_a_slip_at_the_command_line_leads_to_the_commands_own_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, help_of: str
) -> None:
    code, _, err = typed(monkeypatch, capsys, line)
    assert code == 2
    assert err.rstrip().endswith(f"(help: {help_of} --help)")


def test_a_whole_program_shows_the_link_in_its_traceback() -> None:
    source = "import roomcast; roomcast.join('127.0.0.1:1/dots')"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("(help: roomcast help no-server)")
