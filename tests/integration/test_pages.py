"""What a plain GET gets, on the port where WebSockets are."""

import http.client
import json
import re
import socket
from collections.abc import Callable

import pytest

import roomcast
from roomcast import Room
from roomcast.server.files import read_files
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.waiting import wait_for


def get(server: RunningServer, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def talk(server: RunningServer, request: bytes) -> bytes:
    """All that comes back for these bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


FILES = [
    "/",
    "/dots",
    "/dots/red",
    "/board",
    "/board/art",
    "/lobby",
    "/roomcast/style.css",
    "/roomcast/pages/lobby.js",
    "/roomcast/icon.svg",
]
MADE = ["/healthz", "/rooms.json", "/nothing", "/code/KXRH", "/qr.svg?path=dots"]
FOR_A_WHILE = ["/qr.svg", "/qr.svg?path=", "/qr.svg?path=/dots"]


@pytest.mark.parametrize("path", FILES + MADE + FOR_A_WHILE)
def test_pages_may_load_nothing_from_elsewhere_and_be_in_no_frame(server: RunningServer, path: str) -> None:
    _, headers, _ = get(server, path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    kept = {**dict.fromkeys(FILES, "no-cache"), **dict.fromkeys(FOR_A_WHILE, "private, max-age=3600")}
    assert headers["Cache-Control"] == kept.get(path, "no-store")


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_sent_once(server: RunningServer, path: str) -> None:
    status, headers, body = get(server, path)
    assert status == 200
    assert body
    for known in (headers["ETag"], f'"other", W/{headers["ETag"]}', "*"):
        again, headers_again, nothing = get(server, path, **{"If-None-Match": known})
        assert (again, nothing) == (304, "")
        assert headers_again["ETag"] == headers["ETag"]
    assert get(server, path, **{"If-None-Match": '"other"'})[0] == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/board/art", "text/html; charset=utf-8"),
        ("/roomcast/style.css", "text/css; charset=utf-8"),
        ("/roomcast/pages/lobby.js", "text/javascript; charset=utf-8"),
        ("/roomcast/icon.svg", "image/svg+xml"),
        ("/qr.svg?path=/dots", "image/svg+xml"),
        ("/rooms.json", "application/json"),
    ],
)
def test_each_file_says_what_it_is(server: RunningServer, path: str, kind: str) -> None:
    status, headers, _ = get(server, path)
    assert (status, headers["Content-Type"]) == (200, kind)


@pytest.mark.parametrize("name", [name for name in read_files() if name.endswith(".html")])
def test_pages_hold_no_script_no_style_and_no_address_of_elsewhere(name: str) -> None:
    page = read_files()[name].body.decode()
    assert not re.search(r"<script(?! type=\"module\" src=\"/[\w./]+\"></script>)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?:|\s(href|src)=\"//", page)


def test_the_rooms_and_who_is_in_them(server: RunningServer, enter: Callable[..., Room]) -> None:
    enter("red", room="dots")
    enter("blue", room="dots")
    gone = enter("<b>green</b>", room="<script>'&'")
    rooms = json.loads(get(server, "/rooms.json?from=somewhere")[2])["rooms"]
    assert [room["name"] for room in rooms] == ["<script>'&'", "dots"]
    assert rooms[0]["players"] == [{"id": "<b>green</b>", "name": "<b>green</b>", "here": True}]
    assert [player["name"] for player in rooms[1]["players"]] == ["red", "blue"]
    gone.leave()
    wait_for(  # a list is kept for a moment
        lambda: [room["name"] for room in json.loads(get(server, "/rooms.json")[2])["rooms"]] == ["dots"],
        what="the room of who has left is not listed",
    )


def test_the_address_for_others(server: RunningServer) -> None:
    def address(host: str) -> str:
        found = json.loads(get(server, "/rooms.json", Host=host)[2])["address"]
        assert isinstance(found, str)
        return found

    assert address("class-pc.local:8112") == "http://class-pc.local:8112"
    assert address("localhost") == f"http://127.0.0.1:{server.port}"


def test_a_browser_that_keeps_its_connection_alive_may_upgrade_it(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n"
            b"Connection: keep-alive, Upgrade\r\n"  # as Firefox says it
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 101 ")


def test_healthz_counts(server: RunningServer, enter: Callable[..., Room]) -> None:
    status, headers, body = get(server, "/healthz")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "rooms": 0, "connections": 0, "commands": 0}
    red = enter("red")
    red.send("step")
    pump_until(lambda: red.unacknowledged == 0, red)
    assert json.loads(get(server, "/healthz")[2]) == {"status": "ok", "rooms": 1, "connections": 1, "commands": 1}


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/healthz/", "/../secret", "/%2e%2e", "//", "/..", "/.", "*"),
        *("/dots/a/b", "/dotsy", "/dots.html", "/lobby.html", "/../site/style.css", "//style.css", "/style.css/"),
        *(
            "http://localhost/nothing",
            "/style.css",
            "/roomcast",
            "/roomcast/",
            "/__init__.py",
            "/site",
            "/%2fstyle.css",
            "/board//",
        ),
        *("/js", "/js/", "/js/package.json", "/js/README.md", "/js/../style.css"),
    ],
)
def test_what_is_not_there_is_not_found(server: RunningServer, path: str) -> None:
    answer = talk(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1"))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"The front page is at /. (help: " in answer


def test_headers_without_end_are_cut_off(server: RunningServer) -> None:
    try:
        assert talk(server, b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000).startswith(b"HTTP/1.1 431 ")
    except ConnectionError:
        pass  # a reset is as good
    assert get(server, "/healthz")[0] == 200


def test_a_page_is_answered_while_a_room_is_busy(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        for number in range(2000):
            red.send("count", number)
        assert get(server, "/healthz")[0] == 200
