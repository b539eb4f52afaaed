"""A learner's program may do anything: the check that runs it ends, and nothing of the program is left."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from roomcast.learn.check_run import run_check
from roomcast.learn.checked_server import CheckedServer
from roomcast.learn.learner_program import Frozen, LearnerProgram
from tests.learn.mistakes import SOLUTIONS
from tests.programs import is_running
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(6)

Run = Callable[..., LearnerProgram]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """write("print(1)") → a file with that."""

    def new(text: str) -> Path:
        file = tmp_path / "game.py"
        file.write_text(text, encoding="utf-8")
        return file

    return new


def test_what_it_prints_without_end_takes_no_more_memory(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(write("while True:\n    print('é' * 100_000)\n    print('x' * 100_000, end='')\n"))
    try:
        wait_for(lambda: len(program.output) >= 200_000)
        assert len(program.output) <= 200_000
        assert program.exit_code is None
    finally:
        program.close()
    assert program.exit_code == -signal.SIGKILL


def test_what_it_has_started_ends_with_it(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(
        write(
            "import signal, subprocess, sys\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
            "print(child.pid, flush=True)\n"
            "child.wait()\n"
        )
    )
    try:
        (line,) = wait_for(lambda: program.lines)
        assert is_running(int(line))
    finally:
        program.close()
        program.close()  # twice does nothing
    wait_for(lambda: not is_running(int(line)), what="its child ends")


def test_what_it_has_started_ends_with_it_though_it_has_ended_itself(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(
        write(
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
            "print(child.pid, flush=True)\n"
        )
    )
    try:
        (line,) = wait_for(lambda: program.lines)
        wait_for(lambda: program.exit_code == 0)
    finally:
        program.close()
    wait_for(lambda: not is_running(int(line)), what="its child ends")


def test_what_left_its_group_and_holds_its_output_does_not_hold_up_the_check(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(
        write(
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'], start_new_session=True)\n"
            "print(child.pid, flush=True)\n"
        )
    )
    try:
        (line,) = wait_for(lambda: program.lines)
    finally:
        program.close()
    os.kill(int(line), signal.SIGKILL)
    wait_for(lambda: not any(thread.is_alive() for thread in program._threads))


def test_it_ends_with_the_check_though_that_is_killed(write: Callable[[str], Path]) -> None:
    file = write("import os\nchild = os.fork()\nif child:\n    print(os.getpid(), child)\nwhile True:\n    pass\n")
    script = (
        "import sys, time, pathlib\n"
        "from roomcast.learn.learner_program import LearnerProgram\n"
        "program = LearnerProgram(pathlib.Path(sys.argv[1]))\n"
        "while not program.lines:\n    time.sleep(0.01)\n"
        "print(*program.lines, flush=True)\ntime.sleep(100)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE, text=True) as check:
        assert check.stdout
        processes = {int(word) for word in check.stdout.readline().split()}
        assert len(processes) == 2
        check.kill()
    for process in processes:
        wait_for(lambda: not is_running(process), what="it ends")  # noqa: B023


def test_ctrl_c_while_it_starts_leaves_no_program(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(socket.socket):
        def accept(self) -> NoReturn:
            raise KeyboardInterrupt

    def create_server(address: tuple[str, int]) -> socket.socket:
        listener = Interrupted()
        listener.bind(address)
        listener.listen()
        return listener

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(socket, "create_server", create_server)
    monkeypatch.setattr(subprocess, "Popen", Popen)
    with pytest.raises(KeyboardInterrupt):
        LearnerProgram(write("import time\ntime.sleep(100)\n"))
    (process,) = started
    assert process.returncode == -signal.SIGKILL


def test_sockets_that_have_no_port_run_on_and_are_no_place(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(
        write(
            "import os, socket, tempfile\n"
            "path = os.path.join(tempfile.mkdtemp(), 'x')\n"
            "local = socket.socket(socket.AF_UNIX)\nlocal.bind(path)\nlocal.listen()\nos.remove(path)\n"
            "server = socket.create_server(('127.0.0.1', 0))\n"
            "socket.socket().connect((b'127.0.0.1', server.getsockname()[1]))\n"
            "print('connected')\n"
            "socket.socket().connect(('127.0.0.1',))\n"
        )
    )
    try:
        assert program.wait(10) == 1
        assert program.lines == ["connected"]
        assert len(program.listens_at) == 1
        assert program.connects_to == []
        assert program.fault is not None
        assert program.fault.line == 10
    finally:
        program.close()


def test_letters_that_come_in_pieces_are_whole(write: Callable[[str], Path]) -> None:
    program = LearnerProgram(
        write(
            "import sys, time\n"
            "for byte in 'é🐢\\n'.encode():\n"
            "    sys.stdout.buffer.write(bytes([byte]))\n    sys.stdout.buffer.flush()\n    time.sleep(0.02)\n"
        )
    )
    try:
        assert wait_for(lambda: program.lines) == ["é🐢"]
    finally:
        program.close()


def test_a_program_without_a_window_answers_nothing_and_one_that_has_ended_nothing_either(
    write: Callable[[str], Path],
) -> None:
    program = LearnerProgram(write("input()\n"), windows=True)
    try:
        with pytest.raises(Frozen):
            program.see()
        program.type("")
        assert program.wait(10) == 0
        assert program.see() == []
        program.type("too late")
    finally:
        program.close()


def test_a_window_that_is_closed_is_not_frozen(
    write: Callable[[str], Path], display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    program = LearnerProgram(
        write(
            "import tkinter\nroot = tkinter.Tk()\nroot.bind('x', lambda event: root.destroy())\n"
            "root.mainloop()\nprint('closed')\ninput()\nroot = tkinter.Tk()\nroot.mainloop()\n"
        ),
        windows=True,
    )
    try:
        assert len(wait_for(program.see)) == 1
        program.press("x")
        wait_for(lambda: program.lines == ["closed"])
        monkeypatch.setattr("roomcast.learn.learner_program._ANSWERS_WITHIN", 60.0)  # it is said at once
        with pytest.raises(Frozen):
            program.see()
        assert program.window_closed
        program.close_window()
        program.type("another one")

        def sees() -> bool:
            with contextlib.suppress(Frozen):
                return len(program.see()) == 1
            return False

        wait_for(sees, what="the next window answers")
    finally:
        program.close()


def test_a_python_that_does_not_start_is_not_waited_for(
    write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcast.learn.learner_program._STARTS_WITHIN", 1e6)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no libpython >&2\nexit 127\n", encoding="utf-8")
    python.chmod(0o755)
    program = LearnerProgram(write("print(1)\n"), python=str(python))
    try:
        assert program.wait(10) == 127
        assert program.output == "no libpython\n"
        assert program.see() == []
    finally:
        program.close()


def test_a_window_that_closes_itself_is_said_in_words(
    write: Callable[[str], Path], display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    solution = (SOLUTIONS / "7" / "game.py").read_text(encoding="utf-8")
    end = "window.mainloop()\n"
    assert solution.endswith(end)
    closes = f"window.bind('<Key>', lambda event: window.destroy())\n{end}__import__('time').sleep(100)\n"
    report = run_check(7, write(solution.removesuffix(end) + closes))
    assert report.finding is not None
    assert report.finding.sentence == "Your window is closed, and your program goes on."


def test_a_check_has_a_limit_of_time(write: Callable[[str], Path]) -> None:
    forever = write("import socket\nserver = socket.create_server(('', int(__import__('sys').argv[1])))\ninput()\n")
    report = run_check(4, forever, patience=30, starting=30, limit=1.0)
    assert report.finding is not None
    assert report.finding.sentence == "Your program takes too long."


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"print('\xff')\n", "Python cannot read your file: SyntaxError"),
        (b"\x00\x01", "Python cannot read your file: "),
        (b"def f(:\n", "Python cannot read your file: SyntaxError"),
        (b"# coding: rot13\n", "Python cannot read your file: SyntaxError"),
        (b"x = " + b"-" * 100_000 + b"1\n", "Python cannot read your file: it is nested too deeply."),
        (b"x = 1\n" * 200_000, "Python cannot read your file: it has 1,200,000 bytes"),
        (b"raise SystemExit('no server')\n", "Your server does not listen."),
        (b"import os\nos._exit(3)\n", "Your server does not listen."),
        (b"import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "Your server does not listen."),
    ],
)
def test_a_file_that_cannot_run_is_said_in_words(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "server.py"
    file.write_bytes(content)
    report = run_check(4, file, starting=15)
    assert report.finding is not None
    assert report.finding.sentence.startswith(says)
    assert report.passed == 0


@pytest.mark.parametrize(("chapter", "name", "who"), [(4, "server.py", "Python"), (8, "roomcast.toml", "I")])
def test_a_file_that_cannot_be_read_is_said_in_words(chapter: int, name: str, who: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.symlink_to("/proc/self/mem")  # root may read what has no permission, but not this
    report = run_check(chapter, file)
    assert report.finding is not None
    assert report.finding.sentence == f"{who} cannot read your file: Input/output error."


def test_settings_that_are_nested_too_deeply_are_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "roomcast.toml"
    file.write_text(f"host = {'[' * 5000}\n", encoding="utf-8")
    report = run_check(8, file)
    assert report.finding is not None
    assert (report.finding.sentence, report.passed) == ("That is no file in TOML.", 0)


@pytest.mark.parametrize(
    ("prints", "saw"),
    [
        ("", "It printed nothing. Then it ended."),
        ("print('hello')", "It printed: hello; then it ended."),
        ("print('x' * 1_000_000)", f"It printed: {'x' * 200}…; then it ended."),
    ],
)
def test_what_it_printed_before_it_ended_is_said_once_and_not_at_length(
    prints: str, saw: str, write: Callable[[str], Path]
) -> None:
    report = run_check(1, write(prints), starting=15)
    assert report.finding is not None
    assert report.finding.saw == saw


def test_a_server_that_ends_at_the_end_of_the_check_has_not_passed(tmp_path: Path) -> None:
    right = (SOLUTIONS / "4" / "server.py").read_text(encoding="utf-8")
    passes_on = "                    send(other, instruction, players[connection], *details)\n"
    assert right.count(passes_on) == 1
    ends = passes_on + "            if instruction == 'after':\n                __import__('time').sleep(0.3)\n"
    ends += "                __import__('os')._exit(3)\n"
    file = tmp_path / "server.py"
    file.write_text(right.replace(passes_on, ends), encoding="utf-8")
    report = run_check(4, file, starting=15)
    assert report.finding is not None
    assert report.finding.sentence == "When the friend who read nothing leaves, the others cannot play on."


def test_a_game_that_leaves_while_it_is_looked_at_is_said_in_words(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([["Ada"]] * 2)  # until the check has seen the player

    def players(server: CheckedServer, room: str) -> list[str]:
        return next(looks, [])

    monkeypatch.setattr(CheckedServer, "rooms", ["buzzer"])
    monkeypatch.setattr(CheckedServer, "players", players)
    report = run_check(6, write("input()\n"))
    assert report.finding is not None
    assert report.finding.sentence == "Your program leaves the room at once."


def test_a_module_is_run_as_python_does_with_the_folder_in_which_it_starts(
    write: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "scene.py").write_text("import sys\nprint(__file__)\nprint(sys.path[0])\n")
    program = LearnerProgram(write(""), module="scene", folder=tmp_path)
    try:
        assert program.wait(10) == 0
        assert program.lines == [str(tmp_path / "scene.py"), str(tmp_path)]
    finally:
        program.close()
