"""`roomcast serve --site DIR` over real sockets: a folder of one's own beside the pages of the server."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from roomcast.core.server import prices
from tests.integration.conftest import RunningServer, charges
from tests.integration.test_http_port import HOST, request, status, talk
from tests.waiting import wait_for

Start = Callable[..., RunningServer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "index.html").write_text("<p>my own page")
    (site / "style.css").write_text("p { color: red }")
    (site / "sub" / "index.html").write_text("below")
    (tmp_path / "secret.txt").write_text("secret")
    return site


@pytest.fixture
def server(start_server: Start, folder: Path) -> RunningServer:
    return start_server(site=folder)


def test_its_files_come_before_the_pages_of_the_server_and_those_stay(server: RunningServer, folder: Path) -> None:
    assert request(server, "/")[2] == "<p>my own page"
    assert request(server, "/?x=1")[2] == "<p>my own page"
    assert request(server, "/style.css")[2] == "p { color: red }"
    for path in ("roomcast.js", "js", "roomcast", "code", "healthz", "rooms.json", "qr.svg"):
        (folder / path).write_text("mine")
        assert "mine" not in request(server, f"/{path}" if "." in path else f"/{path}/x")[2]
    for path in ("/lobby", "/dots", "/dots/red", "/board", "/watch/dots", "/roomcast/style.css", "/roomcast.js"):
        code, fields, said = request(server, path)
        assert code == 200
        assert "default-src 'none'" in fields["Content-Security-Policy"]
        assert "my own" not in said
    assert request(server, "/nothing")[0] == 404


def test_a_page_of_ones_own_may_load_and_run_what_it_likes(server: RunningServer) -> None:
    _, fields, _ = request(server, "/")
    assert fields["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert fields["Content-Type"] == "text/html; charset=utf-8"


def test_a_change_is_seen_at_the_next_reload(server: RunningServer, folder: Path) -> None:
    _, fields, _ = request(server, "/")
    assert fields["Cache-Control"] == "no-cache"
    assert request(server, "/", If_None_Match=fields["ETag"])[::2] == (304, "")
    (folder / "index.html").write_text("<p>another")
    code, again, said = request(server, "/", If_None_Match=fields["ETag"])
    assert (code, said) == (200, "<p>another")
    assert again["ETag"] != fields["ETag"]
    (folder / "new.txt").write_text("new")
    assert request(server, "/new.txt")[2] == "new"
    (folder / "index.html").unlink()
    assert "Roomcast" in request(server, "/")[2], "the lobby"


def test_a_folder_is_its_index(server: RunningServer) -> None:
    code, fields, _ = request(server, "/sub")
    assert (code, fields["Location"]) == (302, "/sub/")
    assert request(server, "/sub/")[2] == "below"


@pytest.mark.parametrize(
    "path", [b"/../secret.txt", b"/%2e%2e/secret.txt", b"/..%5csecret.txt", b"/sub/../../secret.txt", b"//secret.txt"]
)
def test_no_path_leads_out(server: RunningServer, path: bytes) -> None:
    answer = talk(server, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(answer) == 404
    assert b"secret\n" not in answer


def test_a_head_request_reads_no_file(server: RunningServer, folder: Path) -> None:
    (folder / "big.bin").write_bytes(b"x" * 1_000_000)
    head = talk(server, b"HEAD /big.bin HTTP/1.1\r\n" + HOST + b"\r\n")
    assert b"\r\nContent-Length: 1000000" in head
    assert head.endswith(b"\r\n\r\n")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_large_file_arrives_whole_and_is_never_in_memory_as_a_whole(
    server: RunningServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = os.urandom(1000) * 30_000
    (folder / "large.bin").write_bytes(large)
    reads: list[int] = []
    real = os.read

    def note(descriptor: int, most: int) -> bytes:
        reads.append(most)
        return real(descriptor, most)

    monkeypatch.setattr("roomcast.server.site_folder.os.read", note)
    answer = talk(server, b"GET /large.bin HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.partition(b"\r\n\r\n")[2] == large
    assert max(reads) <= 65_536


def test_what_was_sent_of_a_large_file_is_charged_and_no_more(
    server: RunningServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(10_000_000_000)
    charged = charges(server, monkeypatch)
    talk(server, b"HEAD /huge.bin HTTP/1.1\r\n" + HOST + b"\r\n")
    assert sum(charged) < 10 * prices.PAGE
    charged.clear()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"GET /huge.bin HTTP/1.1\r\n" + HOST + b"\r\n")
        left = 10_000_000
        while left > 0:
            left -= len(client.recv(65_536))
    assert 10_000_000 * prices.BYTE_OUT < sum(charged) < 1_000_000_000 * prices.BYTE_OUT


def test_who_does_not_read_costs_a_piece_and_is_ended(
    start_server: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "large.bin").write_bytes(b"x" * 30_000_000)
    server = start_server(site=folder, unread_for=0.3)
    read = 0
    real = os.read

    def note(descriptor: int, most: int) -> bytes:
        nonlocal read
        read += most
        return real(descriptor, most)

    monkeypatch.setattr("roomcast.server.site_folder.os.read", note)
    before = descriptors()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"GET /large.bin HTTP/1.1\r\n" + HOST + b"\r\n")
        wait_for(lambda: read, what="it is being sent")
        wait_for(lambda: server.ask(lambda: server.directory.admission.sockets) == 0, what="it is ended")
        assert read < 10_000_000, "what the system buffers, and no more"
    wait_for(lambda: descriptors() <= before, what="its file is closed")


def test_who_goes_away_in_the_middle_leaves_nothing_open(server: RunningServer, folder: Path) -> None:
    (folder / "large.bin").write_bytes(b"x" * 30_000_000)
    before = descriptors()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(b"GET /large.bin HTTP/1.1\r\n" + HOST + b"\r\n")
            client.recv(1000)
    wait_for(lambda: descriptors() <= before, what="their files are closed")


def test_a_file_that_gets_shorter_meanwhile_ends_the_connection(
    server: RunningServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "large.bin").write_bytes(b"x" * 1_000_000)
    real = os.read
    monkeypatch.setattr(
        "roomcast.server.site_folder.os.read",
        lambda descriptor, most: real(descriptor, most) if os.lseek(descriptor, 0, os.SEEK_CUR) < 500_000 else b"",
    )
    try:
        answer = talk(server, b"GET /large.bin HTTP/1.1\r\n" + HOST + b"\r\n")
    except ConnectionError:
        return
    assert len(answer) < 1_000_000


def test_a_slow_disk_makes_nobody_else_wait(
    server: RunningServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = time.monotonic() + 60
    opened = os.open

    def slow(path: Path, flags: int) -> int:
        while time.monotonic() < go_on:
            time.sleep(0.01)
        return opened(path, flags)

    monkeypatch.setattr("roomcast.server.site_folder.os.open", slow)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"GET /style.css HTTP/1.1\r\n" + HOST + b"\r\n")
        assert request(server, "/healthz")[0] == 200
        go_on = 0.0
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
