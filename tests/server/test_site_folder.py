"""Files of a folder of one's own: which are found, and that no path leads out of it."""

import os
from pathlib import Path

import pytest

from roomcast.errors import CannotServe
from roomcast.server.site_folder import FoundFile, Moved, SiteFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """site/ with some files, beside what is not to be served."""
    site = tmp_path / "site"
    files = {
        "index.html": "front",
        "game.js": "game",
        "a b.txt": "blank",
        "é🐢.txt": "letters",
        "noextension": "none",
        "UPPER.HTML": "upper",
        "sub/index.html": "sub",
        "sub/deep/picture.png": "picture",
        "empty/nothing.txt": "",
        ".env": "secret",
        ".git/config": "secret",
        "sub/.hidden/x.html": "secret",
    }
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "site2").mkdir()
    (tmp_path / "site2" / "x.txt").write_text("secret")
    return site


def read(folder: Path, path: str) -> str | None:
    found = SiteFolder(folder).find(path)
    assert not isinstance(found, Moved)
    if found is None:
        return None
    text = b"".join(iter(lambda: found.read(3), b"")).decode()
    found.close()
    return text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "front"),
        ("/index.html", "front"),
        ("/game.js", "game"),
        ("/a%20b.txt", "blank"),
        ("/%C3%A9%F0%9F%90%A2.txt", "letters"),
        ("/%67ame.js", "game"),
        ("/noextension", "none"),
        ("/UPPER.HTML", "upper"),
        ("/sub/", "sub"),
        ("/sub/deep/picture.png", "picture"),
        ("/empty/nothing.txt", ""),
    ],
)
def test_what_is_in_it_is_found(folder: Path, path: str, text: str) -> None:
    assert read(folder, path) == text


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/nothing/", "/game.js/", "/game.js/x", "//", "//game.js", "/sub//deep/picture.png", "/empty/"),
        # out of it
        *("/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/%2E./secret.txt", "/..%2fsecret.txt"),
        *("/%2e%2e%2fsecret.txt", "/..\\secret.txt", "/..%5csecret.txt", "/../site2/x.txt", "/%2e%2e/site2/x.txt"),
        *("/%252e%252e/secret.txt", "/....//secret.txt", "/./game.js", "/sub/./index.html", "/sub/.."),
        *("/%2fetc/passwd", "//etc/passwd", "/%2f%2fetc%2fpasswd", "/~/x", "/C:/x", "/C:%5cx", "/c:game.js"),
        # names that are none, or another file's
        *("/game.js%00", "/game.js%00.png", "/%00", "/game.js%0a", "/game.js.", "/game.js%20", "/game.js::$DATA"),
        *("/%ff", "/%c3", "/CON", "/nul.txt", "/com1.html", "/aux", "/" + "a" * 300, "/" + "a/" * 2000),
        # hidden
        *("/.env", "/%2eenv", "/.git/config", "/.git/", "/sub/.hidden/x.html", "/.", "/.."),
    ],
)
def test_nothing_else_is(folder: Path, path: str) -> None:
    assert read(folder, path) is None


def test_links_may_lead_about_in_it_but_not_out_and_not_to_what_is_hidden(folder: Path) -> None:
    (folder / "inside.txt").symlink_to("a b.txt")
    (folder / "out.txt").symlink_to("../secret.txt")
    (folder / "etc").symlink_to("/etc")
    (folder / "beside").symlink_to("../site2")
    (folder / "git").symlink_to(".git")
    (folder / "env.txt").symlink_to(".env")
    (folder / "loop").symlink_to("loop")
    (folder / "broken").symlink_to("nothing")
    assert read(folder, "/inside.txt") == "blank"
    for path in ("/out.txt", "/etc/passwd", "/beside/x.txt", "/git/config", "/env.txt", "/loop", "/broken"):
        assert read(folder, path) is None


def test_a_folder_that_is_a_link_itself_is_served(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert read(tmp_path / "link", "/game.js") == "game"


def test_what_is_no_file_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")  # to open it would wait for a writer
    assert read(folder, "/pipe") is None


def test_what_may_not_be_read_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("roomcast.server.site_folder.os.open", forbidden)
    assert read(folder, "/game.js") is None


def test_a_folder_without_its_slash_moves_there(folder: Path) -> None:
    (folder / "a b").mkdir()
    (folder / "a b" / "index.html").touch()
    assert SiteFolder(folder).find("/sub") == Moved("/sub/")
    assert SiteFolder(folder).find("/a%20b") == Moved("/a%20b/")
    assert SiteFolder(folder).find("/empty") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("UPPER.HTML", "text/html; charset=utf-8"),
        ("game.js", "text/javascript; charset=utf-8"),
        ("sub/deep/picture.png", "image/png"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_the_type_follows_the_extension(folder: Path, name: str, kind: str) -> None:
    found = SiteFolder(folder).find(f"/{name}")
    assert isinstance(found, FoundFile)
    assert found.kind == kind
    found.close()


def test_no_file_stays_open(folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    os.mkfifo(folder / "pipe")
    for path in ("/", "/sub", "/sub/", "/pipe", "/nothing", "/.env"):
        found = SiteFolder(folder).find(path)
        if isinstance(found, FoundFile):
            found.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_is_no_folder_is_refused_with_the_setting(folder: Path) -> None:
    for path in (folder / "nothing", folder / "game.js"):
        with pytest.raises(CannotServe, match=r"^--site: '.*' is no folder: give the one that has"):
            SiteFolder(path)


def test_a_folder_without_an_index_is_served_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    SiteFolder(tmp_path)
    (record,) = caplog.records
    assert record.getMessage() == f"--site: {tmp_path} has no index.html, so / is the lobby for now"
    (tmp_path / "index.html").touch()
    SiteFolder(tmp_path)
    assert len(caplog.records) == 1
