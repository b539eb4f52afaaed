"""The docs at /learn/, in a browser: they load, search and turn dark under the server's policy, and suit everybody."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.chromium import DESKTOP, PATIENCE, PHONE
from tests.docs.built import built_site
from tests.pages.conftest import Open
from tests.pages.test_accessibility import LOOKS, violations
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)

# One page of each kind: cards, a chapter with pictures, generated signatures, the search.
PAGES = ["/learn/", "/learn/learn/1-sockets.html", "/learn/reference/state.html", "/learn/search.html?q=pump"]
# In one look as well: prose with code, tabs, code with prose beside it, wide tables, long signatures, definitions.
MORE = [
    "/learn/guide.html",
    "/learn/learn/2-terminal.html",
    "/learn/learn/3-starter-code.html",
    "/learn/learn/4-what-goes-wrong.html",
    "/learn/reference/limits.html",
    "/learn/reference/rooms.html",
    "/learn/glossary.html",
]
EVERY = os.environ.get("EVERY_PAGE")  # all of them in every look: by `make site`


@pytest.fixture(autouse=True)
def _built() -> None:
    built_site()


# What is cut off, in its own box or by the edge of the window, and can be scrolled to by nobody.
CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth;
  const style = (one) => getComputedStyle(one).overflowX;
  const scrolls = (one) => one && (["auto", "scroll"].includes(style(one)) || scrolls(one.parentElement));
  const seen = [...document.querySelectorAll("article *:not(.only-read)")].filter((one) => one.offsetWidth > 0);
  const within = seen.filter((one) => ["hidden", "clip"].includes(style(one)) && one.scrollWidth > one.clientWidth + 1);
  const beyond = seen.filter((one) => one.getBoundingClientRect().right > wide + 1 && !scrolls(one.parentElement));
  return [...within, ...beyond].map((one) => one.outerHTML.slice(0, 100));
}"""


def all_pages() -> list[str]:
    site = built_site()
    pages = [page.relative_to(site).as_posix() for page in sorted(site.rglob("*.html"))]
    return [f"/learn/{page}?q=pump" if page == "search.html" else f"/learn/{page}" for page in pages]


@pytest.mark.timeout(600 if EVERY else 120)
@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_axe_finds_nothing_wrong(open_window: Open, look: dict[str, Any], theme: str) -> None:
    window = open_window(PAGES[0], "", look, color_scheme=theme, bypass_csp=True)  # axe is a script from elsewhere
    found = []
    for path in all_pages() if EVERY else PAGES + (MORE if (look, theme) == LOOKS[2] else []):
        window.page.goto(f"http://{window.server}{path}")
        if "search" in path:
            window.wait_to_read("#search-results", "matching the search query")
        found += [f"{path}: {one}" for one in violations(window)]
        found += [f"{path}: cut off: {one}" for one in window.page.evaluate(CUT_OFF)]
        if window.sticks_out():
            found.append(f"{path}: it scrolls sideways")
    assert found == []


def test_pages_load_whole_under_the_policy_of_the_server(open_window: Open) -> None:
    window = open_window("/learn")  # a window complains of what the policy forbids, and of requests to elsewhere
    assert window.page.url.endswith("/learn/")
    for path in PAGES + MORE:
        window.page.goto(f"http://{window.server}{path}")
        window.page.wait_for_load_state("networkidle")
        assert window.page.evaluate(
            "[...document.images].every((one) => one.loading === 'lazy' || (one.complete && one.naturalWidth > 0))"
        ), path


def test_the_search_finds_pages_without_the_internet(open_window: Open) -> None:
    window = open_window("/learn/")
    window.page.locator(".sidebar-search").fill("unacknowledged")
    window.page.keyboard.press("Enter")
    window.wait_to_read("#search-results", "matching the search query")
    window.page.locator("#search-results a").first.click()
    window.page.wait_for_load_state("load")
    assert "unacknowledged" in window.text("article").lower()


def test_dark_and_light_are_remembered_from_page_to_page(open_window: Open) -> None:
    window = open_window("/learn/", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = window.page.evaluate(paper)
    toggle = window.page.locator(".theme-toggle-content button")
    for _ in range(3):
        toggle.click()
        if window.page.evaluate(paper) != light:
            break
    dark = window.page.evaluate(paper)
    assert dark != light
    window.page.goto(f"http://{window.server}/learn/guide.html")
    assert window.page.evaluate(paper) == dark


def test_long_lines_of_code_can_be_scrolled_by_keys(open_window: Open) -> None:
    window = open_window("/learn/guide.html", "", PHONE)
    long = "[...document.querySelectorAll('pre')].filter((one) => one.scrollWidth > one.clientWidth)"
    assert window.page.evaluate(f"{long}.length") > 0
    assert window.page.evaluate(f"{long}.every((one) => one.tabIndex === 0)")
    code = window.page.evaluate_handle(f"{long}[0]").as_element()
    code.focus()
    window.page.keyboard.press("ArrowRight")
    wait_for(lambda: code.evaluate("(one) => one.scrollLeft") > 0, PATIENCE, "the code is scrolled")


def test_words_in_pictures_and_tables_can_be_read_on_a_phone(open_window: Open) -> None:
    window = open_window("/learn/learn/1-sockets.html", "", PHONE)
    pictures = window.page.locator("article img[src$='.svg']").all()
    assert len(pictures) == 5
    for picture in pictures:
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > PHONE["viewport"]["width"]  # type: ignore[index]  # their letters are 14 of 760 units
    assert not window.sticks_out()
    boxes = "[...document.querySelectorAll('.wide-picture')]"
    assert window.page.evaluate(f"{boxes}.every((one) => one.scrollWidth > one.clientWidth && one.tabIndex === 0)")
    window.page.goto(f"http://{window.server}/learn/learn/2-terminal.html")  # an error's line, and what it means
    table = window.page.locator("#read-an-error table")
    meaning = table.evaluate("(one) => one.rows[1].cells[1].getBoundingClientRect().left")
    assert meaning < PHONE["viewport"]["width"] * 2 / 3  # type: ignore[index]


@pytest.mark.parametrize("look", [DESKTOP, PHONE])
def test_the_lobby_leads_there(open_window: Open, look: dict[str, Any]) -> None:
    window = open_window("/", "", look)
    window.page.get_by_role("link", name="Learn", exact=True).click()
    window.page.wait_for_url("**/learn/")
    assert window.text("h1").startswith("Roomcast")
