"""Which rooms with rules have pages: looked for where a folder has changed, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomcast.server import Room
from roomcast.server.kind_pages import KindPages
from roomcast.server.site_folder import SiteFolder
from tests.rules.kinds import ruled_kinds


class Chess(Room):
    pass


KINDS = ruled_kinds({"chess": Chess, "go": Chess, "lobby": Chess})
LONG_AGO = 1_700_000_000  # seconds


def test_a_folder_that_has_not_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("chess", "chess-7", "lobby", "other"):
        (tmp_path / f"{name}.html").write_text("<p>")
    os.utime(tmp_path, (LONG_AGO, LONG_AGO))
    folder = SiteFolder(tmp_path, has_front=False)
    pages = KindPages(folder, KINDS)
    read: list[None] = []
    names = folder.page_names
    monkeypatch.setattr(folder, "page_names", lambda: read.append(None) or names())
    for _ in range(10):
        pages.look()
    assert (pages.names, len(read)) == (("chess",), 1)
    (tmp_path / "go.html").write_text("<p>")  # just now: another may come before the file system's clock goes on
    for _ in range(3):
        pages.look()
    assert (pages.names, len(read)) == (("chess", "go"), 4)


def test_the_rooms_of_a_kind_have_its_page(tmp_path: Path) -> None:
    (tmp_path / "chess.html").write_text("<p>")
    pages = KindPages(SiteFolder(tmp_path, has_front=False), KINDS)
    assert pages.path_of("chess") == ""
    pages.look()
    found = {room: pages.path_of(room) for room in ("chess", "chess-7", "chessboard", "go", "dots")}
    assert found == {"chess": "/chess", "chess-7": "/chess", "chessboard": "", "go": "", "dots": ""}
    assert [pages.has(path) for path in ("/chess", "/che%73s", "/chess/", "chess", "/go", "/")] == [
        True, True, False, True, False, False,
    ]  # fmt: skip


def test_a_folder_that_is_gone_has_no_pages(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    pages = KindPages(SiteFolder(tmp_path / "site", has_front=False), KINDS)
    (tmp_path / "site").rmdir()
    pages.look()
    assert pages.names == ()
