"""Which file a server may have: one file, whatever its paths; what is no file; and who may read it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roomcast.errors import CannotServe
from roomcast.storage import sqlite_guard
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_errors import explain
from tests.storage.disks import (
    SqliteDisk,
    fill,
    new,
    reopened,
    settle,
)
from tests.waiting import PATIENCE

IN_USE = "is in use by another program, perhaps another server: end that one, or name another file"


def why_not(file: Path) -> str:
    store = SqliteStore(file, timeout=0.05)
    with pytest.raises(CannotServe) as raised:
        store.start(lambda: None)
    return raised.value.message


@contextmanager
def mounted(*words: str | Path) -> Iterator[bool]:
    """Whether we may mount that."""
    done = not subprocess.run(["mount", *words], capture_output=True, check=False).returncode
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "--lazy", words[-1]], check=True)


# ---------------------------------------------------------------------- one file, many paths


def by_symlink(file: Path) -> Path:
    other = file.parent / "link.db"
    other.symlink_to(file)
    return other


def by_chain_of_symlinks(file: Path) -> Path:
    by_symlink(file)
    other = file.parent / "second.db"
    other.symlink_to("link.db")
    return other


def by_folder(file: Path) -> Path:
    other = file.parent.with_name("other")
    other.symlink_to(file.parent)
    return other / file.name


def by_hard_link(file: Path) -> Path:
    other = file.parent / "hard.db"
    other.hardlink_to(file)
    return other


def by_dots(file: Path) -> Path:
    (file.parent / "sub").mkdir()
    return file.parent / "sub" / ".." / file.name


def by_working_directory(file: Path) -> Path:
    return Path(os.path.relpath(file))


@pytest.mark.parametrize(
    "path_of", [by_symlink, by_chain_of_symlinks, by_folder, by_hard_link, by_dots, by_working_directory]
)
def test_a_second_server_is_refused_on_whatever_path(tmp_path: Path, path_of: Callable[[Path], Path]) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    disk = SqliteDisk(folder)
    log = new(disk)
    other = path_of(disk.file)
    sentence = why_not(other)
    assert IN_USE in sentence or (path_of is by_hard_link and "has 2 names (hard links)" in sentence)
    before = {one.name for one in folder.iterdir()}
    assert not any(name.startswith(("link", "second", "hard")) and "-" in name for name in before), before
    fill(log, 1, 3)
    settle(disk, log, 3)
    disk.end()


STARTS_WHEN_TOLD = """
import pathlib, sys
from roomcast.errors import CannotServe
from roomcast.storage.sqlite import SqliteStore

store = SqliteStore(pathlib.Path(sys.argv[1]), timeout=0.2)
print("ready", flush=True)
sys.stdin.readline()
try:
    store.start(lambda: None)
    print("has it", flush=True)
except CannotServe as error:
    print(error.message, flush=True)
sys.stdin.readline()
"""


def test_of_servers_that_start_in_the_same_moment_on_a_new_file_one_has_it(tmp_path: Path) -> None:
    def say(line: str, servers: list[subprocess.Popen[str]]) -> list[str]:
        """Tell all of them something; returns what each says to it."""
        for server in servers:
            assert server.stdin is not None
            server.stdin.write(line)
            server.stdin.flush()
        return [server.stdout.readline().strip() for server in servers if server.stdout is not None]

    for number in range(2):
        words = [sys.executable, "-c", STARTS_WHEN_TOLD, str(tmp_path / f"{number}.db")]
        servers = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        assert say("", servers) == ["ready"] * 4
        said = say("start\n", servers)
        assert said.count("has it") == 1
        assert sum(IN_USE in one for one in said) == 3
        assert say("end\n", servers) == [""] * 4
        for server in servers:
            server.communicate(timeout=PATIENCE)


def test_a_second_server_in_the_same_process_takes_no_lock_away(tmp_path: Path) -> None:
    """Where a process closes any descriptor of a file, POSIX takes all of its locks on it away."""
    disk = SqliteDisk(tmp_path)
    fill(log := new(disk), 1, 3)
    settle(disk, log, 3)
    assert IN_USE in why_not(disk.file)
    program = (
        "import sqlite3, sys; one = sqlite3.connect(sys.argv[1], timeout=0.1); one.execute('PRAGMA locking_mode = "
        "EXCLUSIVE'); one.execute('PRAGMA journal_mode = DELETE'); one.execute('BEGIN EXCLUSIVE')"
    )
    other = subprocess.run([sys.executable, "-c", program, disk.file], capture_output=True, text=True)
    assert "database is locked" in other.stderr, "the lock of the first server is there"
    fill(log, 4, 5)
    settle(disk, log, 5)
    disk.end()


def test_a_second_server_is_refused_on_another_mount(tmp_path: Path) -> None:
    for name in ("kept", "bound"):
        (tmp_path / name).mkdir()
    disk = SqliteDisk(tmp_path / "kept")
    (tmp_path / "alone.db").touch()
    with mounted("--bind", tmp_path / "kept", tmp_path / "bound") as whole:
        if whole:
            assert IN_USE in why_not(tmp_path / "bound" / "rooms.db")
    with mounted("--bind", tmp_path / "kept" / "rooms.db", tmp_path / "alone.db") as alone:
        if alone:
            assert IN_USE in why_not(tmp_path / "alone.db")
    disk.end()


def test_a_file_with_two_names_is_refused_for_what_is_newest_is_beside_one_of_them(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path)
    fill(new(disk), 1, 3)
    disk.end()
    other = by_hard_link(disk.file)
    assert "has 2 names (hard links), and what is newest is kept beside one of them only" in why_not(other)
    other.unlink()
    disk.close()
    assert reopened(disk)[1].last == 3
    disk.end()


def test_what_is_kept_is_beside_the_real_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "rooms.db"
    link.symlink_to(tmp_path / "real" / "kept.db")  # not there yet
    store = SqliteStore(link)
    store.start(lambda: None)
    assert {one.name for one in (tmp_path / "real").iterdir()} == {
        f"kept.db{end}" for end in ("", "-lock", "-lock-journal", "-wal", "-shm")
    }
    assert {one.name for one in tmp_path.iterdir()} == {"real", "rooms.db"}
    store.close()


def test_a_child_process_does_not_hold_the_lock_when_the_server_has_ended(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from pathlib import Path; from roomcast.storage.sqlite import SqliteStore\n"
        "store = SqliteStore(Path(sys.argv[1])); store.start(lambda: None)\n"
        "if os.fork() == 0: sys.stdin.read(); os._exit(0)\n"
        "print('ready', flush=True); os._exit(0)\n"
    )
    file = tmp_path / "rooms.db"
    words = [sys.executable, "-W", "ignore", "-c", program, file]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.wait()
        store = SqliteStore(file, timeout=0.5)
        store.start(lambda: None)
        store.close()


# ---------------------------------------------------------------------- what is no file


def fifo(file: Path) -> None:
    os.mkfifo(file)


def dangling_folder(file: Path) -> None:
    file.symlink_to(file.parent / "no" / "rooms.db")


def circle(file: Path) -> None:
    file.symlink_to(file)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Path.mkdir, "is a folder: name a file in it"),
        (fifo, "is no file: name another one"),
        (lambda file: file.symlink_to("/dev/null"), "is no file: name another one"),
        (dangling_folder, "cannot be opened: is there such a folder, and may it be written?"),
        (circle, "is a symbolic link that leads back to itself"),
        (lambda file: file.parent.chmod(0o755), ""),
    ],
    ids=["folder", "fifo", "device", "dangling", "circle", "none"],
)
def test_what_is_no_file_is_a_sentence_and_nothing_hangs(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    file = tmp_path / "rooms.db"
    make(file)
    if sentence:
        assert sentence in why_not(file)
        assert {one.name for one in tmp_path.iterdir()} == {"rooms.db"}
    else:
        SqliteDisk(tmp_path).end()


def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path) -> None:
    assert "cannot be opened" in why_not(tmp_path / ("x" * 300))


def test_a_file_on_a_network_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_guard, "file_system", lambda path: "nfs4")
    SqliteDisk(tmp_path).end()
    assert "is on a network file system (nfs4)" in caplog.text


def test_the_kind_of_a_file_system_is_known(tmp_path: Path) -> None:
    assert sqlite_guard.file_system(Path("/proc/self/status")) == "proc"
    with mounted("-t", "tmpfs", "tmpfs", tmp_path) as done:
        if done:
            assert sqlite_guard.file_system(tmp_path / "rooms.db") == "tmpfs"


# ---------------------------------------------------------------------- who may read it


def modes(folder: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o377])
def test_all_files_are_their_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        disk = SqliteDisk(tmp_path)
        log = new(disk)
        fill(log, 1, 3)
        settle(disk, log, 3)
    finally:
        os.umask(before)
    found = modes(tmp_path)
    assert found.keys() >= {"rooms.db", "rooms.db-lock", "rooms.db-wal", "rooms.db-shm"}
    assert set(found.values()) == {0o600}
    disk.end()


def test_no_moment_in_which_others_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made with the mode that they keep."""
    made: list[int] = []
    real = os.open

    def noted(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            made.append(mode)
        return real(path, flags, mode)

    monkeypatch.setattr(sqlite_guard.os, "open", noted)
    SqliteDisk(tmp_path).end()
    assert made == [0o600, 0o600]


def test_a_file_that_others_could_read_is_tightened_with_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    fill(log, 1, 3)
    settle(disk, log, 3)
    disk.kill()  # what is newest is still beside it
    disk.end()
    folder = disk.file.parent
    for one in folder.iterdir():
        one.chmod(0o644)
    caplog.clear()
    disk.close()
    assert set(modes(folder).values()) == {0o600}
    assert f"{disk.file} could be read by others on this computer (mode 644)" in caplog.text
    assert caplog.text.count("could be read") == 1
    disk.end()


def test_too_many_open_files_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "rooms.db"
    file.touch()
    error = sqlite3.OperationalError("unable to open database file")
    assert explain(error, file).endswith("are too many files open? Raise the limit (ulimit -n)")
    assert explain(error, tmp_path / "no" / "rooms.db").endswith("is there such a folder, and may it be written?")
