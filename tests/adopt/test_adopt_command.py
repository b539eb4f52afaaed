"""`roomcast adopt` as it is typed: what it prints, what it writes, and what it leaves alone."""

from __future__ import annotations

import ast
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from roomcast.adopt import adopt
from roomcast.cli import main
from tests.cli.roomcast_program import ROOMCAST
from tests.programs import EXAMPLES

STARTER = EXAMPLES / "starter" / "dots_client.py"
OLD = STARTER.read_text(encoding="utf-8")
NEW = adopt(OLD).source
HELP = "(help: roomcast help adopt)"


@pytest.fixture
def game(tmp_path: Path) -> Path:
    path = tmp_path / "game.py"
    path.write_text(OLD, encoding="utf-8")
    return path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """run("game.py", …) → what `roomcast adopt game.py …` gives in that folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def runs(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["roomcast", "adopt", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return runs


def test_the_diff_alone_is_on_stdout_and_patch_takes_it(run: Run, game: Path) -> None:
    code, diff, told = run("game.py")
    assert code == 0
    assert diff.startswith("--- game.py\n+++ game.py\n@@ ")
    assert "\x1b" not in diff + told
    assert game.read_text(encoding="utf-8") == OLD
    assert "the branch of move is a function of the room" in told
    assert told.endswith("Nothing is changed yet. To change it, with a copy kept: roomcast adopt game.py --apply\n")
    subprocess.run(["patch", "-p0"], cwd=game.parent, input=diff, text=True, check=True, capture_output=True)
    assert game.read_text(encoding="utf-8") == NEW


def test_apply_changes_the_file_and_keeps_a_copy_each_time(run: Run, game: Path) -> None:
    game.chmod(0o755)
    code, diff, told = run("game.py", "--apply", "--room", "party")
    assert (code, diff) == (0, "")
    assert "game.py is changed; as it was, it is in game.py.bak." in told
    assert game.read_text(encoding="utf-8") == NEW.replace("/dots", "/party")
    assert game.stat().st_mode & 0o777 == 0o755
    assert (game.parent / "game.py.bak").read_text(encoding="utf-8") == OLD
    assert run("game.py", "--apply") == (
        1,
        "",
        f"roomcast: game.py is on Roomcast already: it has import roomcast {HELP}\n",
    )
    game.write_text(OLD, encoding="utf-8")
    assert "it is in game.py.bak2." in run("game.py", "--apply")[2]
    assert sorted(path.name for path in game.parent.iterdir()) == ["game.py", "game.py.bak", "game.py.bak2"]


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(run: Run, game: Path) -> None:
    (game.parent / "new.py").symlink_to("nowhere.py")
    assert "there is a file new.py already" in run("game.py", "--output", "new.py")[2]
    (game.parent / "game.py.bak").symlink_to("nowhere.py")
    assert "it is in game.py.bak2." in run("game.py", "--apply")[2]


def test_output_goes_beside_or_to_stdout_and_never_over_another_file(run: Run, game: Path) -> None:
    assert run("game.py", "--output", "-")[1] == NEW
    assert run("game.py", "--output", "new.py")[0] == 0
    assert (game.parent / "new.py").read_text(encoding="utf-8") == NEW
    taken = f"roomcast: there is a file new.py already: give another name, or remove it first {HELP}\n"
    assert run("game.py", "--output", "new.py") == (1, "", taken)
    code, _, told = run("game.py", "--output", "b.py", "--apply")
    assert code == 2
    assert "choose one of them" in told
    assert game.read_text(encoding="utf-8") == OLD


def test_line_ends_encoding_and_byte_order_mark_stay(run: Run, game: Path) -> None:
    written = OLD.replace("The beginner's game", "Für Anfänger").replace("\n", "\r\n")
    game.write_bytes(b"# coding: latin-1\r\n" + written.encode("latin-1"))
    assert run("game.py", "--apply")[0] == 0
    data = game.read_bytes()
    assert data.startswith(b'# coding: latin-1\r\n"""F\xfcr Anf\xe4nger')
    assert data.count(b"\n") == data.count(b"\r\n")
    game.write_bytes(b"\xef\xbb\xbf" + OLD.encode())
    assert run("game.py", "--apply")[0] == 0
    assert game.read_bytes() == b"\xef\xbb\xbf" + NEW.encode()


def test_the_copy_is_the_file_as_it_was_though_its_line_ends_differ(run: Run, game: Path) -> None:
    mixed = OLD.replace("\n", "\r\n", 3).encode()
    game.write_bytes(mixed)
    assert run("game.py", "--apply")[0] == 0
    assert (game.parent / "game.py.bak").read_bytes() == mixed


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (".", "there is a folder . already: give another name, or remove it first"),
        ("game.py/new.py", "game.py/new.py cannot be written: Not a directory"),
    ],
)
def test_a_place_where_no_file_can_be_gets_a_sentence(run: Run, game: Path, place: str, says: str) -> None:
    assert run("game.py", "--output", place) == (1, "", f"roomcast: {says} {HELP}\n")


def test_what_cannot_be_told_is_said_and_the_exit_code_is_1(run: Run, game: Path) -> None:
    game.write_text(OLD.replace("        self.log = log\n", "        print(server.getpeername())\n"), encoding="utf-8")
    code, diff, told = run("game.py")
    assert code == 1
    assert "+        # roomcast: a room has no getpeername: say what you need it for in another way\n" in diff
    assert "What could not be told, and is marked with # roomcast:\n    41  a room has no getpeername" in told


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.py", None, "there is no file gone.py: is the name right, and is this the folder that it is in?"),
        ("a.py", b"\x00\x01", "a.py has zero bytes in it: is it a program?"),
        ("a.py", b"x = '\xff'\n", "a.py is no text that Python could read: is it a program?"),
        ("a.py", b"# coding: rot13\nimport socket\n", "a.py is no text that Python could read: is it a program?"),
        ("a.py", b"# coding: undefined\nx\n", "a.py is no text that Python could read: is it a program?"),
        ("a.py", b"x = 1\n" * 40_000, "a.py has 240,000 bytes, and adopt reads programs of up to 200,000: is it one?"),
        (".", None, ". is a folder: name the file of the client, such as client.py"),
        ("/dev/zero", None, "/dev/zero is no file but a pipe or a device: save the program in a file first"),
    ],
)
def test_files_that_cannot_be_read_get_a_sentence(
    run: Run, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run(name) == (1, "", f"roomcast: {says} {HELP}\n")


def test_a_pipe_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    says = "a.py is no file but a pipe or a device: save the program in a file first"
    assert run("a.py") == (1, "", f"roomcast: {says} {HELP}\n")


def test_letters_that_the_encoding_of_the_file_has_not(run: Run, game: Path) -> None:
    game.write_bytes(b"# coding: latin-1\n" + OLD.encode("latin-1"))
    assert run("game.py", "--apply", "--room", "Ж🐢")[0] == 0
    said = [node.value for node in ast.walk(ast.parse(game.read_bytes())) if isinstance(node, ast.Constant)]
    assert "/Ж🐢" in said


def test_the_line_to_copy_has_quotes_where_a_shell_needs_them(run: Run, game: Path) -> None:
    game.rename(game.with_name("my game.py"))
    assert run("my game.py")[2].endswith("roomcast adopt 'my game.py' --apply\n")


def test_in_a_terminal_the_diff_has_colours(game: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [ROOMCAST, "adopt", str(game)], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the other side is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(10) == 0
    assert b"\x1b[31m-import socket" in shown
    assert b"\x1b[32m+import roomcast" in shown
