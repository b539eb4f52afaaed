"""The built site holds together: it can be read offline, links lead somewhere, pages keep to the server's policy."""

from __future__ import annotations

import http.client
import json
import re
import runpy
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.integration.conftest import RunningServer
from tests.programs import TOP

pytestmark = pytest.mark.takes(5)

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "srcset"}  # by the page itself
GENERATED = {"genindex.html", "search.html"}


class Reader(HTMLParser):
    """What a page loads, what it links to, and where one can link to in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.saved_as: dict[str, str] = {}  # by the link of a file to download: the name that it gets
        self.ids: set[str] = set()
        self.inline: list[str] = []
        self.empty_headers: list[int] = []  # of tables: the lines where they are
        self._header: str | None = None  # the text of the one that is being read

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.ids |= {value for value in (given.get("id"), given.get("name")) if value}
        if (where := given.get(LOADED.get(tag, ""))) is not None and given.get("rel") not in ("next", "prev", "index"):
            self.loaded.append(where)
        if tag == "a" and (where := given.get("href")) is not None:
            self.links.append(where)
            if "download" in given:
                self.saved_as[where] = given["download"] or ""
        if "style" in given or any(name.startswith("on") for name in given):
            self.inline.append(f"<{tag} {given}>")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(f"<{tag}>")
        if tag == "th":
            self._header = ""

    def handle_data(self, text: str) -> None:
        if self._header is not None:
            self._header += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "th":
            if not (self._header or "").strip():
                self.empty_headers.append(self.getpos()[0])
            self._header = None


@cache
def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 40
    return found


def test_nothing_is_loaded_from_elsewhere(pages: list[Path]) -> None:
    loaded = [(page.name, where) for page in pages for where in read(page).loaded]
    assert len(loaded) > 100
    assert [one for one in loaded if re.match(r"(?:\w+:)?//", one[1])] == []


def test_no_page_has_scripts_or_styles_in_it(pages: list[Path]) -> None:
    assert [(page.name, what) for page in pages for what in read(page).inline] == []


def test_style_sheets_load_nothing_from_elsewhere(site: Path) -> None:
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert [url for url in re.findall(r"url\(['\"]?([^)'\"]+)", text) if not url.startswith("data:")] == []
        assert "@import" not in text


def test_all_links_and_files_lead_somewhere(site: Path, pages: list[Path]) -> None:
    wrong = []
    for page in pages:
        for where in {*read(page).links, *read(page).loaded}:
            if re.match(r"\w+:", where) or where.startswith("data:"):
                continue
            path, anchor = urldefrag(where)
            path = path.partition("?")[0]
            target = page if path == "" else (page.parent / unquote(path)).resolve()
            if not target.is_file() or not target.is_relative_to(site):
                wrong.append(f"{page.relative_to(site)}: {where}")
            elif anchor and target.suffix == ".html" and unquote(anchor) not in read(target).ids:
                wrong.append(f"{page.relative_to(site)}: {where}: no such place there")
    assert wrong == []


def test_every_column_of_a_table_has_a_name(pages: list[Path]) -> None:
    assert [(page.name, line) for page in pages for line in read(page).empty_headers] == []


def test_downloads_are_saved_by_their_own_names(pages: list[Path]) -> None:
    saved = {(name, where.rpartition("/")[2]) for page in pages for where, name in read(page).saved_as.items()}
    assert len(saved) > 50
    assert ("letterbox.py", "letterbox.py.txt") in saved
    assert [one for one in saved if one[1] not in (one[0], f"{one[0]}.txt") or one[0].endswith(".txt")] == []


def test_no_page_shows_what_sphinx_has_in_memory(pages: list[Path]) -> None:
    shown = [page.name for page in pages if re.search(r"&lt;\w+ classes=", page.read_text(encoding="utf-8"))]
    assert shown == []


def test_every_page_can_be_found_from_the_first(site: Path, pages: list[Path]) -> None:
    seen, waiting = set(), [site / "index.html"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for where in read(page).links:
            path = urldefrag(where)[0]
            if path.endswith(".html") and not re.match(r"\w+:", path):
                waiting.append((page.parent / path).resolve())
    assert {page.name for page in set(pages) - seen} <= GENERATED


def test_the_search_index_has_every_page(site: Path, pages: list[Path]) -> None:
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\);?\s*", text, re.DOTALL)[1])  # type: ignore[index]
    assert {f"{name}.html" for name in index["docnames"]} == {
        page.relative_to(site).as_posix() for page in pages if page.name not in GENERATED
    }
    assert "pump" in index["terms"]


def test_no_page_promises_an_index_that_does_not_have_the_package(pages: list[Path]) -> None:
    for page in pages:
        text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
        assert not re.search(r"pip3? install (?:--upgrade |-U )*roomcast(?:\[\w+\])?\s", text), page.name


def test_a_server_has_it_at_learn(site: Path) -> None:
    server = RunningServer()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/learn/learn/index.html")
        page = connection.getresponse().read().decode()
        connection.close()
    finally:
        server.stop()
    assert "Learn it in an afternoon" in page
    assert page == (site / "learn" / "index.html").read_text(encoding="utf-8")


def test_pages_are_read_again_where_there_is_a_new_one(tmp_path: Path) -> None:
    forget = runpy.run_path(str(TOP / "scripts" / "docs.py"))["forget_if_changed"]
    read = tmp_path / "doctrees"
    forget.__globals__.update(DOCTREES=read, KNOWN=read / "pages")
    for pages, stays in (("a", False), ("a", True), ("a\nb", False), ("a\nb", True)):
        forget(pages)
        assert (read / "a.doctree").exists() == stays
        (read / "a.doctree").touch()
