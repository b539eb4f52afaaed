"""`roomcast new NAME --with KIND`: what it makes, what it says, and what it refuses."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from roomcast.cli import main
from roomcast.scaffold.new_project import FOLDER, new_project, project_files
from roomcast.scaffold.project_kinds import KINDS
from roomcast.scaffold.project_name import MOST, ProjectRefused, check_project_name
from tests.cli.roomcast_program import ROOMCAST
from tests.programs import TOP

pytestmark = pytest.mark.takes(12)

LINES = 60  # of code, in one file of a project


def new(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [ROOMCAST, "new", *words],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_makes_a_project_and_says_what_to_type_next(tmp_path: Path) -> None:
    made = new(tmp_path, "star-hunt", "--with", "pygame")
    assert made.returncode == 0, made.stderr
    assert sorted(one.name for one in (tmp_path / "star-hunt").iterdir()) == sorted(project_files("pygame"))
    said = [line.split("   ")[0].strip() for line in made.stdout.splitlines()]
    assert said[0] == "Made star-hunt/"
    commands = said[said.index("To play, type") + 1 :]
    assert commands == [
        "cd star-hunt",
        "python -m pip install -r requirements.txt",
        "roomcast serve",
        "python game.py ada",
        "python game.py grace",
        "python -m pytest",
        "",
        "In each new terminal, first type",
        f"source {Path(sys.executable).parent / 'activate'}",
        f"cd {tmp_path / 'star-hunt'}",
    ]


def test_where_python_is_another_one_it_says_how_to_get_the_right_one(tmp_path: Path) -> None:
    ran = subprocess.run(
        [ROOMCAST, "new", "star-hunt"], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    activate = Path(sys.executable).parent / "activate"
    assert f"source {activate} " in ran.stdout
    assert f"VIRTUAL_ENV={activate.parent.parent}" in (
        subprocess.run(["bash", "-c", f"source {activate}; env"], capture_output=True, text=True).stdout
    )


def test_where_python_is_on_no_path_it_is_typed_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = r"/opt/Ada's \Users\python"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setattr(sys, "argv", ["roomcast", "new", "game"])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"  {shlex.quote(python)} game.py ada " in said
    assert f"  {shlex.quote(python)} -m pytest " in said


def test_an_environment_in_a_folder_with_blanks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    activate = tmp_path / "my games" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(activate.with_name("python")))
    monkeypatch.setattr(sys, "argv", ["roomcast", "new", "game"])
    with pytest.raises(SystemExit):
        main()
    assert f"  source '{activate}' " in capsys.readouterr().out


def test_what_is_there_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "game").mkdir()
    (tmp_path / "notes").write_text("mine")
    for name, what in (("game", "a folder"), ("notes", "a file")):
        refused = new(tmp_path, name)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"roomcast: There is already {what} named {name} here, and it stays as it is.")
    assert list((tmp_path / "game").iterdir()) == []
    assert (tmp_path / "notes").read_text() == "mine"


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    refused = new(Path("/proc"), "game")
    assert refused.returncode == 1
    assert refused.stderr.startswith("roomcast: game cannot be made here: ")
    assert len(refused.stderr.splitlines()) == 1


def test_half_a_project_is_removed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        new_project("game", "tkinter", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["my-game", "Pong2", "a", "x" * MOST, "snake_case"])
def test_a_good_name(name: str) -> None:
    check_project_name(name)


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("my game!", "my-game"),
        ("../up", "up"),
        ("a/b", "a-b"),
        ("2048", "my-game"),
        ("", "my-game"),
        ("größe", "gr-e"),
        ("-x", "x"),
        (".hidden", "hidden"),
        ("a\nb", "a-b"),
        ("con!", "my-game"),
    ],
)
def test_a_bad_name_is_refused_and_a_good_one_suggested(name: str, suggested: str) -> None:
    with pytest.raises(ProjectRefused, match=rf"such as {re.escape(suggested)}$"):
        check_project_name(name)
    check_project_name(suggested)


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "x" * (MOST + 1)])
def test_names_that_no_folder_should_have(name: str) -> None:
    with pytest.raises(ProjectRefused):
        check_project_name(name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_is_everywhere_and_nothing_is_left_over(kind: str, tmp_path: Path) -> None:
    folder = new_project("star-hunt", kind, tmp_path)
    texts = {
        one.relative_to(folder).as_posix(): one.read_text(encoding="utf-8")
        for one in folder.rglob("*")
        if one.is_file()
    }
    assert not [name for name, text in texts.items() if "my-game" in text]
    assert "star-hunt" in texts["README.md"]
    used = {source.relative_to(TOP) for source in project_files(kind).values()}
    there = {one.relative_to(TOP) for one in (TOP / FOLDER / kind).rglob("*.*") if "__pycache__" not in one.parts}
    assert there <= used, "a file in examples/new that no project gets"
    for name in re.findall(r"python (\w+\.py)", texts["README.md"]):
        assert name in texts
    for name in re.findall(r"^\| `([\w./, ]+)`", texts["README.md"], re.MULTILINE):
        assert set(name.split(", ")) <= set(texts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_small_and_frightens_nobody(kind: str) -> None:
    for name, source in project_files(kind).items():
        text = source.read_text(encoding="utf-8")
        if name.endswith(".py"):
            assert len(code_lines(text)) <= LINES, name
            assert "except:" not in text
            assert "suppress" not in text or kind == "turtle"  # its window may be closed while it draws a frame


def code_lines(text: str) -> list[str]:
    """The lines of a Python file without its docstring, comments and blank lines."""
    body = ast.parse(text).body
    start = body[0].end_lineno or 0
    return [line for line in text.splitlines()[start:] if line.strip() and not line.strip().startswith("#")]
