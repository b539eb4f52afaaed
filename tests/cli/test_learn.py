"""`roomcast learn`: the list, a learner's progress, the pages, and what a check prints."""

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from roomcast.cli import main
from roomcast.learn import chapters as chapters_of_the_package
from roomcast.learn.chapters import Chapter, chapters
from roomcast.learn.check_run import CHAPTERS, steps, usual_file
from roomcast.learn.page_text import parts, plain_markdown
from roomcast.learn.progress import Progress, progress_file, read_progress, write_progress
from roomcast.learn.tracebacks import MEANINGS, find_fault, meaning
from tests.cli.roomcast_program import Roomcast
from tests.cli.terminal import Terminal
from tests.learn.mistakes import SOLUTIONS
from tests.programs import TOP, is_running
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(20)

COLOUR = re.compile(r"\x1b\[[\d;]*3\dm")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the progress is kept; there is none yet."""
    file = tmp_path / "data" / "learn.json"
    monkeypatch.setenv("ROOMCAST_LEARN", str(file))
    monkeypatch.setenv("ROOMCAST_PORT", "1")  # where nobody listens: this computer may have a server on the usual one
    return file


@dataclass(frozen=True)
class Said:
    """What `roomcast learn …` printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def learn(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """learn("check", "3", COLUMNS="100"): `roomcast learn check 3` in the folder `tmp_path`, with that environment."""

    def run(*words: str, **environment: str) -> Said:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["roomcast", "learn", *words])
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, *capsys.readouterr())

    return run


Learn = Callable[..., Said]


# ---------------------------------------------------------------- the chapters


def test_the_chapters_are_the_pages_and_their_titles_the_headings() -> None:
    found = chapters()
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    for one in found:
        assert one.page.read_text(encoding="utf-8").splitlines()[0] in (
            f"# {one.number}. {one.title}",
            f"# {one.title}",
        )


def test_each_chapter_has_a_check_and_each_check_a_chapter() -> None:
    assert [one.number for one in chapters()] == list(CHAPTERS)


def test_the_list_shows_what_is_passed_and_what_comes_next(learn: Learn, file: Path) -> None:
    write_progress(file, Progress(opened={1: "2026-01-02", 3: "2026-01-03"}, passed={1: "2026-01-02"}))
    said = learn().stdout
    one, two, three = (re.search(rf"^ .*\b{n}  .*$", said, re.MULTILINE)[0] for n in (1, 2, 3))  # type: ignore[index]
    assert "✓" in one
    assert "passed on 2026-01-02" in one
    assert "› 2" in two
    assert two.endswith("next")
    assert three.endswith("opened")
    assert "roomcast learn check 2" in said
    assert "\x1b" not in said


def test_who_has_passed_all_hears_what_to_do_then(learn: Learn, file: Path) -> None:
    write_progress(file, Progress(passed=dict.fromkeys(CHAPTERS, "2026-01-02")))
    assert "roomcast new" in learn().stdout


def test_reset_forgets(learn: Learn, file: Path) -> None:
    write_progress(file, Progress(passed={1: "2026-01-02"}))
    assert learn("--reset").returncode == 0
    assert not file.exists()
    assert learn("--reset").returncode == 0  # nothing to forget is no error
    assert "› 1" in learn().stdout


def test_where_it_cannot_be_forgotten_it_says_so(learn: Learn, file: Path) -> None:
    file.mkdir(parents=True)
    said = learn("--reset")
    assert said.returncode == 1
    assert said.stderr.startswith(f"roomcast: {file} cannot be removed: ")
    assert len(said.stderr.splitlines()) == 1


def test_a_damaged_file_of_progress_stops_nobody(file: Path) -> None:
    file.parent.mkdir()
    for text in ("", "{", "[]", '{"passed": 3}', '{"passed": {"x": 1}}', "\0\0", "[" * 100_000):
        file.write_text(text)
        assert read_progress(file) == Progress()


def test_progress_is_kept_whole_or_not_at_all(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_progress(file, Progress(passed={1: "2026-01-02"}))
    monkeypatch.setattr(json, "dumps", lambda *_, **__: "\ud83d")  # cannot be written
    with pytest.raises(UnicodeEncodeError):
        write_progress(file, Progress())
    assert read_progress(file).passed == {1: "2026-01-02"}
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_progress_is_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ROOMCAST_LEARN", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert progress_file() == tmp_path / "roomcast" / "learn.json"


@pytest.mark.parametrize("words", [("9",), ("0",), ("check", "9"), ("check", "three")])
def test_a_chapter_that_is_not_there(words: tuple[str, ...], learn: Learn, file: Path) -> None:
    said = learn(*words)
    assert said.returncode == 2
    assert f"there is no chapter {words[-1]}: they are 1 to 8" in said.stderr
    assert len(said.stderr.splitlines()) == 1


# ---------------------------------------------------------------- a page


def test_a_chapter_is_served_until_ctrl_c(file: Path) -> None:
    with Roomcast("learn", "1", DISPLAY="", WAYLAND_DISPLAY="") as program:  # where no browser can open
        url = program.line("Open this in a browser: ")
        program.line("Ctrl-C ends it")
        host, _, path = url.removeprefix("http://").partition("/")
        with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
            connection.request("GET", f"/{path}")
            answer = connection.getresponse()
            assert answer.status == 200
            assert chapters()[0].title in answer.read().decode()
        program.signal(signal.SIGINT)
        assert program.wait() == 0
    assert list(read_progress(file).opened) == [1]


def test_a_browser_is_opened_where_there_is_one(file: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 >{shown}\n")
    browser.chmod(0o755)
    with Roomcast("learn", "2", DISPLAY=":0", BROWSER=f"{browser} %s") as program:
        url = program.line("In your browser: ")
        program.line("Ctrl-C ends it")
        assert shown.read_text().strip() == url
        program.signal(signal.SIGINT)
        assert program.wait() == 0


def test_in_a_terminal_the_next_chapter_is_opened(file: Path) -> None:
    write_progress(file, Progress(passed={1: "2026-01-02"}))
    with Terminal("-m", "roomcast", "learn", columns=100, DISPLAY="", WAYLAND_DISPLAY="") as terminal:
        terminal.read("1 of 8 passed")
        assert "/learn/learn/2-terminal.html" in terminal.read("Open this in a browser: [^\n]+")
        terminal.read("Ctrl-C ends it")
        terminal.type("\x03")
        assert terminal.end() == 0
    assert list(read_progress(file).opened) == [2]


@pytest.mark.parametrize("words", [("1", "--here"), ("--here", "1")])
def test_a_chapter_can_be_read_in_the_terminal(words: tuple[str, ...], learn: Learn, file: Path) -> None:
    said = learn(*words, COLUMNS="100")
    assert said.returncode == 0
    assert chapters()[0].title in said.stdout
    assert "import socket" in said.stdout  # the code that the page includes
    for left_over in ("literalinclude", "{download}", ":::", "```"):
        assert left_over not in said.stdout


def test_code_in_the_terminal_can_be_copied_and_files_have_paths(learn: Learn) -> None:
    printed = learn("1", "--here", COLUMNS="40").stdout
    for name in ("where_am_i.py", "letterbox.py"):
        program = TOP / "examples" / "learn" / "1-sockets" / name
        assert f"\n{program}\n" in printed  # whole, on a line of its own
        assert f"\n{program.read_text(encoding='utf-8').rstrip()}\n\n" in printed
    for line in printed.splitlines():
        assert len(line) <= 40 or line in {line for part in parts_of(1) for line in part.splitlines()}


def test_a_list_goes_on_after_code_in_it(learn: Learn) -> None:
    printed = learn("8", "--here", COLUMNS="80").stdout
    assert re.search(r"^ 4 Install Caddy", printed, re.MULTILINE)
    assert re.search(r"^ 6 From home", printed, re.MULTILINE)


def parts_of(chapter: int) -> list[str]:
    """The blocks of code of a chapter."""
    return [part.text for part in parts(plain_markdown(chapters()[chapter - 1].page)) if part.language is not None]


def test_every_file_that_a_page_offers_is_there() -> None:
    for chapter in chapters():
        offered = re.findall(r"\{download\}`[^`<]+ <([^>]+)>`", chapter.page.read_text(encoding="utf-8"))
        text = plain_markdown(chapter.page)
        for path in offered:
            assert f"\n{(chapter.page.parent / path).resolve()}\n" in text, (chapter.page.name, path)


def test_every_page_becomes_plain_text() -> None:
    for chapter in chapters():
        text = plain_markdown(chapter.page)
        assert f"# {chapter.number}. {chapter.title}" in text
        outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for left_over in ("{literalinclude}", "{download}", ":::", "{image}", "\n% "):
            assert left_over not in outside, (chapter.page.name, left_over)


def test_without_the_pages_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chapters_of_the_package, "shipped", lambda path: tmp_path / path)
    assert chapters() == []


# ---------------------------------------------------------------- a check


def test_a_check_that_passes_is_kept(learn: Learn, file: Path, tmp_path: Path) -> None:
    solution = SOLUTIONS / "2" / usual_file(2)
    said = learn("check", "2", str(solution))
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("✓") == 5
    assert "Chapter 2 is passed." in said.stdout
    assert list(read_progress(file).passed) == [2]


def test_a_check_says_what_is_missing(learn: Learn, file: Path, tmp_path: Path) -> None:
    (tmp_path / usual_file(1)).write_text("print('address 192.168.1.300')\nprint('port 50123')\n")
    said = learn("check", "1", COLUMNS="100")
    assert said.returncode == 1
    text = said.stdout
    assert "Checking address.py, the exercise of chapter 1" in text
    assert "✓ The program ends by itself and prints both" in text
    assert "✗ The address is an address" in text
    assert "That is no address." in text
    for word in ("tried", "saw", "expected", "hint"):
        assert re.search(rf"^  {word}  ", text, re.MULTILINE)
    assert not file.exists()


def test_a_files_name_is_shown_as_it_is(learn: Learn, tmp_path: Path) -> None:
    (tmp_path / "[bold]mine.py").write_text("raise SystemExit\n")
    said = learn("check", "4", "[bold]mine.py", COLUMNS="100").stdout
    assert re.search(r"^  tried +I ran python \[bold\]mine\.py \d+, and waited\.", said, re.MULTILINE)


def test_a_check_shows_the_line_that_failed(learn: Learn, file: Path, tmp_path: Path) -> None:
    (tmp_path / usual_file(1)).write_text("import socket\n\nprint('port ' + 50123)\n")
    said = learn("check", "1", COLUMNS="100").stdout
    assert "Your program ends with an exception: TypeError: can only concatenate str" in said
    assert re.search(r"^  line 3 +print\('port ' \+ 50123\)", said, re.MULTILINE)


def test_without_a_file_it_says_which_one_it_looks_for(learn: Learn, file: Path, tmp_path: Path) -> None:
    said = learn("check", "3")
    assert said.returncode == 1
    assert said.stderr.startswith(
        f"roomcast: client.py, the file of chapter 3's exercise, is not in {tmp_path}: go to its folder (cd), "
        "or name another: roomcast learn check 3 FILE (help: roomcast help exercise)"
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_check_that_is_stopped_leaves_nothing(how: signal.Signals, file: Path, tmp_path: Path) -> None:
    (folders := tmp_path / "folders").mkdir()
    solution, noted = tmp_path / "where.py", tmp_path / "noted"
    solution.write_text(
        f"import os\nprint(os.getpid(), file=open({str(noted)!r}, 'a'), flush=True)\nwhile True: pass\n"
    )
    with Roomcast("learn", "check", "2", str(solution), TMPDIR=str(folders)) as program:
        wait_for(lambda: noted.exists() and len(noted.read_text().split()) == 2, what="both programs run")
        program.signal(how)
        assert program.wait() == 130
    assert [line for line in program.lines if line] == ["Checking where.py, the exercise of chapter 2"]
    # One whose start the signal interrupted ends by itself, as the check's end of its control connection is gone.
    processes = [int(process) for process in noted.read_text().split()]
    wait_for(lambda: not any(map(is_running, processes)), 10, "both programs end")
    assert list(folders.iterdir()) == []


def test_in_a_folder_that_is_gone_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (gone := tmp_path / "gone").mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(gone)
        gone.rmdir()
        patch.setattr(sys, "argv", ["roomcast", "learn", "check", "3"])
        with pytest.raises(SystemExit):
            main()
    assert "is not in this folder, which is not there any more: go to its folder" in capsys.readouterr().err


def test_without_a_screen_no_step_has_failed(learn: Learn, file: Path, tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("print(1)\n")
    said = learn("check", "3", DISPLAY="", WAYLAND_DISPLAY="", COLUMNS="100")
    assert said.returncode == 1
    assert "There is no screen here to open a window on." in said.stdout
    assert "✗" not in said.stdout
    assert said.stdout.count("  · ") == len(steps(3))
    assert "Your file was not judged." in said.stdout


def test_colours_can_be_off_before_and_after_the_word(learn: Learn, file: Path, tmp_path: Path) -> None:
    (tmp_path / usual_file(1)).write_text("print(1)\n")
    assert COLOUR.search(learn("check", "1", FORCE_COLOR="1").stdout)
    for words in (("--no-color", "check", "1"), ("check", "1", "--no-color")):
        assert not COLOUR.search(learn(*words, FORCE_COLOR="1").stdout)


# ---------------------------------------------------------------- exceptions, in words


@pytest.mark.parametrize("code", [
    "undefined", "int('x')", "{}['a']", "[][1]", "None.x", "(1).x", "'a' + 1", "1 + 'a'", "b'a' + 'b'",
    "a, b = 1, 2, 3", "a, b = [1]", "b'\\xff'.decode()", "open", "len()", "len(1, 2)", "import nosuchmodule",
    "raise RecursionError('x')", "import socket; socket.create_connection(('127.0.0.1', 9))",
    "import socket; socket.socket().send('text')", "import socket; socket.getaddrinfo('no.such.invalid', 1)",
])  # fmt: skip
def test_a_usual_exception_is_explained(code: str, tmp_path: Path) -> None:
    file = tmp_path / "game.py"
    file.write_text(f"\n{code}\n")
    printed = subprocess.run([sys.executable, file], capture_output=True, text=True).stderr
    fault = find_fault(printed, file)
    if code == "open":
        assert fault is None
        return
    assert fault is not None
    assert (fault.line, fault.code) == (2, code)
    assert fault.meaning


def test_a_line_is_the_learners_though_a_library_has_a_file_of_that_name(tmp_path: Path) -> None:
    file = tmp_path / "game.py"
    file.write_text("import roomcast\n\nroom = roomcast.join('')\n")
    ran = subprocess.run([sys.executable, file], capture_output=True, text=True)
    assert "client/game.py" in ran.stderr
    fault = find_fault(ran.stderr, file)
    assert fault is not None
    assert (fault.line, fault.code) == (3, "room = roomcast.join('')")


def test_an_exception_of_the_learners_own_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "game.py"
    file.write_text("class Over(Exception): pass\n\nraise Over('for today\\nand tomorrow: NoError')\n")
    ran = subprocess.run([sys.executable, file], capture_output=True, text=True)
    fault = find_fault(ran.stderr, file)
    assert fault is not None
    assert (fault.line, fault.error) == (3, "Over: for today")


def test_what_a_program_prints_does_nothing_to_the_terminal(learn: Learn, tmp_path: Path) -> None:
    (tmp_path / "address.py").write_text("print('address \\x1b[2J')\nprint('port 5')\n")
    said = learn("check", "1", "address.py", COLUMNS="200")
    assert "the last that it printed is: address \\x1b[2J / port 5" in said.stdout
    assert "\x1b" not in said.stdout


def test_every_meaning_is_a_sentence() -> None:
    for pattern, words in MEANINGS:
        assert re.compile(pattern)
        assert words[0].isupper() or words.startswith("int()")
        assert words.endswith((".", "?"))
    assert meaning("a line of no exception") == ""


def test_a_chapter_knows_its_path() -> None:
    assert Chapter(3, "Starter code", TOP / "docs/learn/3-starter-code.md").path == "/learn/learn/3-starter-code.html"
