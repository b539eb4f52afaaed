"""The docs at /learn/: from the folder into which they were built, or a sentence that says how to get them."""

from __future__ import annotations

import runpy
from http import HTTPStatus
from pathlib import Path

import pytest

from roomcast.core.server import prices
from roomcast.server.learn_pages import LearnPages
from roomcast.server.routes import Routes, routes
from roomcast.server.site_folder import SiteFolder
from roomcast.transports.http_message import Request, Response, text_response
from tests.programs import TOP


class NoPages:
    """The other pages of a server: none."""

    def __getattr__(self, name: str) -> object:
        return lambda request, rest: text_response(HTTPStatus.NOT_FOUND, "not ours", topic="no-page")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A site of two pages."""
    folder = tmp_path / "learn"
    (folder / "reference").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Roomcast</h1>", encoding="utf-8")
    (folder / "reference" / "index.html").write_text("<h1>Reference</h1>", encoding="utf-8")
    (folder / ".sources").write_text("how it was built", encoding="utf-8")
    return folder


def table(learn: Path, own: Path | None = None) -> Routes:
    folder = None if own is None else SiteFolder(own)
    return routes(NoPages(), lambda request: {}, folder, LearnPages(learn))  # type: ignore[arg-type]


def got(routes: Routes, target: str, **headers: str) -> Response:
    """The response, made as the thread would make it."""
    response = routes.respond(Request.to(target, [(name.replace("_", "-"), value) for name, value in headers.items()]))
    return response if response.later is None else response.later()


def body(response: Response) -> str:
    if response.stream is None:
        return response.body.decode()
    try:
        return response.stream.read(10_000).decode()
    finally:
        response.stream.close()


def test_the_first_page_and_those_in_folders(built: Path) -> None:
    pages = table(built)
    assert body(got(pages, "/learn/")) == "<h1>Roomcast</h1>"
    assert body(got(pages, "/learn/reference/")) == "<h1>Reference</h1>"
    page = got(pages, "/learn/reference/index.html?from=somewhere")
    assert body(page) == "<h1>Reference</h1>"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("target", "to"), [("/learn", "/learn/"), ("/learn/reference", "/learn/reference/")])
def test_a_folder_without_its_slash_is_moved(built: Path, target: str, to: str) -> None:
    response = got(table(built), target)
    assert (response.status, response.headers["Location"]) == (HTTPStatus.FOUND, to)


def test_a_page_is_sent_once(built: Path) -> None:
    page = got(table(built), "/learn/")
    body(page)
    again = got(table(built), "/learn/", If_None_Match=page.headers["ETag"])
    assert (again.status, again.stream, again.body) == (HTTPStatus.NOT_MODIFIED, None, b"")


@pytest.mark.parametrize(
    "target",
    ["/learn/nothing.html", "/learn/.sources", "/learn/../secret", "/learn/%2e%2e/secret", "/learn//", "/learn/%ff"],
)
def test_what_is_not_there_and_what_is_outside_is_not_found(built: Path, target: str) -> None:
    (built.parent / "secret").write_text("secret", encoding="utf-8")
    response = got(table(built), target)
    assert response.status == HTTPStatus.NOT_FOUND
    assert "/learn/" in body(response)


def test_a_server_without_the_docs_says_how_to_get_them(tmp_path: Path) -> None:
    response = got(table(tmp_path / "learn"), "/learn/guide.html")
    assert response.status == HTTPStatus.NOT_FOUND
    assert "make docs" in body(response)


def test_docs_that_are_built_while_it_runs_are_there(tmp_path: Path, built: Path) -> None:
    (built / "index.html").rename(tmp_path / "index.html")
    pages = table(built)
    assert got(pages, "/learn/").status == HTTPStatus.NOT_FOUND
    (tmp_path / "index.html").rename(built / "index.html")
    assert body(got(pages, "/learn/")) == "<h1>Roomcast</h1>"


@pytest.mark.parametrize("target", ["/learning", "/learn.html", "/Learn/"])
def test_other_paths_are_other_pages(built: Path, target: str) -> None:
    assert body(got(table(built), target)) == "not ours\n"


def test_the_users_own_folder_comes_first(built: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "learn").mkdir(parents=True)
    (own / "index.html").write_text("my game", encoding="utf-8")
    (own / "learn" / "rules.html").write_text("my rules", encoding="utf-8")
    pages = table(built, own)
    assert body(got(pages, "/")) == "my game"
    assert body(got(pages, "/learn/rules.html")) == "my rules"
    assert body(got(pages, "/learn/reference/")) == "<h1>Reference</h1>"


def test_the_policy_allows_no_script_in_a_page_and_nothing_from_elsewhere(built: Path) -> None:
    response = got(table(built), "/learn/")
    body(response)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_read_from_the_disk_is_charged_for(built: Path) -> None:
    page = got(table(built), "/learn/")
    body(page)
    assert page.cost == prices.FILE


def test_docs_that_vanish_meanwhile_are_not_there_for_now(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = table(built)
    is_built = LearnPages._is_built

    def vanishes(self: LearnPages) -> bool:
        found = is_built(self)
        built.rename(built.with_name("old"))
        return found

    monkeypatch.setattr(LearnPages, "_is_built", vanishes)
    response = got(pages, "/learn/")
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.headers["Retry-After"] == "5"
    assert body(response) == "The docs of this server are being built anew: try again in a moment.\n"


def test_a_site_that_is_built_anew_takes_the_place_of_the_old_one(built: Path, tmp_path: Path) -> None:
    replace = runpy.run_path(str(TOP / "scripts" / "docs.py"))["replace"]
    for name, place in ("first", tmp_path / "site" / "learn"), ("second", built):
        new = tmp_path / "build" / "learn"
        new.mkdir(parents=True)
        (new / "index.html").write_text(name, encoding="utf-8")
        replace(place, new)
        assert [file.name for file in place.iterdir()] == ["index.html"]
        assert body(got(table(place), "/learn/")) == name
        assert list(new.parent.iterdir()) == []
