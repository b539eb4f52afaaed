"""The pages of rooms with rules, over real sockets: `pages/NAME.html` is at /NAME, and nothing else is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import roomcast
from roomcast.cli.rules_argument import pages_beside
from roomcast.server import Room
from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.integration.test_http_port import HOST, request, status, talk


class Chess(Room):
    pass


class ClassOf7b(Room):
    kind = "class 7b"


class Watch(Room):
    pass


KINDS = {"chess": Chess, "class 7b": ClassOf7b, "watch": Watch, "go": Chess}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "game" / "pages"
    pages.mkdir(parents=True)
    (pages / "chess.html").write_text("<p>my chess")
    (pages / "chess.js").write_text("// its script")
    (pages / "class 7b.html").write_text("<p>of 7b")
    (pages / "watch.html").write_text("<p>no page of the server's")
    (pages / "about.html").write_text("<p>no kind")
    (pages / ".go.html").write_text("<p>hidden")
    (tmp_path / "game" / "secret.html").write_text("secret")
    return pages


@pytest.fixture
def server(folder: Path) -> Iterator[RunningServer]:
    with ruled_server(KINDS, site=folder) as running:
        yield running


def listed(server: RunningServer) -> dict[str, object]:
    found: dict[str, object] = json.loads(request(server, "/rooms.json")[2])
    return found


def test_the_page_of_a_kind_is_at_its_name_with_the_headers_of_a_folders_pages(server: RunningServer) -> None:
    code, fields, said = request(server, "/chess")
    assert (code, said) == (200, "<p>my chess")
    assert fields == fields | {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "frame-ancestors 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    assert request(server, "/chess", If_None_Match=fields["ETag"])[::2] == (304, "")
    assert request(server, "/chess?room=chess-7")[2] == "<p>my chess"
    assert request(server, "/chess.js")[2] == "// its script"
    assert request(server, "/class%207b")[2] == "<p>of 7b"
    assert "Roomcast" in request(server, "/")[2], "the lobby, for there is no index.html"
    assert "<p>no" not in request(server, "/watch")[2] + request(server, "/about")[2]


@pytest.mark.parametrize(
    "path",
    [
        b"/../secret",
        b"/%2e%2e/secret",
        b"/..%2fsecret",
        b"/chess/../../secret",
        b"//chess",
        b"/.go",
        b"/go",
        b"/chess/",
    ],
)
def test_no_path_leads_out_or_to_what_is_hidden(server: RunningServer, path: bytes) -> None:
    answer = talk(server, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(answer) == 404
    assert b"<p>" not in answer
    assert b"secret\n" not in answer


def test_the_list_of_rooms_says_which_have_rules_and_where_they_are_played(server: RunningServer) -> None:
    assert listed(server)["pages"] == [{"kind": "chess", "page": "/chess"}, {"kind": "class 7b", "page": "/class%207b"}]
    for name, page in {"chess-1": "/chess", "class 7b": "/class%207b", "go": None}.items():
        with roomcast.join(server.address(name), name="Ada"), roomcast.join(server.address("dots"), name="Ada"):
            server.ask(lambda: None)
            found = {room["name"]: room for room in listed(server)["rooms"]}  # type: ignore[attr-defined]
            assert (found[name]["rules"], found[name].get("page")) == (True, page)
            assert "rules" not in found["dots"]


def test_a_page_that_is_made_while_the_server_runs_is_known_when_the_lobby_is_opened(
    server: RunningServer, folder: Path
) -> None:
    (folder / "go.html").write_text("<p>go")
    assert request(server, "/go")[2] == "<p>go"
    (folder / "chess.html").unlink()
    request(server, "/")
    assert [one["kind"] for one in listed(server)["pages"]] == ["class 7b", "go"]  # type: ignore[attr-defined]
    assert request(server, "/chess")[0] == 404


def test_a_page_of_a_kind_has_a_qr_code_with_its_room(server: RunningServer) -> None:
    assert request(server, "/qr.svg?path=/chess%3Froom%3Dchess-7")[0] == 200
    assert request(server, "/qr.svg?path=/about")[0] == 404


def test_the_folder_beside_the_rules_is_called_pages(folder: Path) -> None:
    rules = folder.parent / "game.py"
    assert pages_beside(rules) == folder
    assert pages_beside(folder / "game.py") is None
    assert pages_beside(None) is None
