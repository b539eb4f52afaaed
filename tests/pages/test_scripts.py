"""The pages' scripts: their types, and what they may not do."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from roomcast.server.files import read_files
from tests.js.node import MODULES, SITE, needs_node, run
from tests.pages.conftest import Open

PAGES = sorted(one for one in SITE.rglob("*.js") if SITE / "learn" not in one.parents)  # those are Sphinx's
STRICT = ["--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable", "--module", "esnext"]
STRICT += ["--moduleResolution", "bundler", "--noUnusedLocals", "--noUnusedParameters"]


@needs_node
def test_their_types_are_right() -> None:
    run(MODULES / ".bin" / "tsc", "--noEmit", "--checkJs", *STRICT, *PAGES)


SERVED = {f"/{path}": file.body.decode() for path, file in read_files().items() if path.endswith(".js")}


@pytest.mark.parametrize("address", SERVED)
def test_every_import_leads_to_a_module_at_its_one_address(address: str) -> None:
    for imported in re.findall(r'^(?:import|export|}).* from "([^"]+)";$', SERVED[address], re.MULTILINE):
        assert imported.startswith("."), "a path that holds on a disk as well"
        assert urljoin(f"http://x{address}", imported).removeprefix("http://x") in SERVED


def test_the_public_address_hands_on_the_library_that_pages_import() -> None:
    assert [line for line in SERVED["/roomcast.js"].splitlines() if line and not line.startswith("//")] == [
        'export * from "../js/roomcast.js";'
    ]


def test_a_page_that_imports_the_public_address_runs_one_copy(open_window: Open) -> None:
    page = open_window("/dots", "Ada").page
    assert page.evaluate('async () => (await import("/roomcast.js")).join === (await import("/js/roomcast.js")).join')


@pytest.mark.parametrize("script", PAGES, ids=lambda path: path.name)
def test_text_never_becomes_html_or_a_program(script: Path) -> None:
    text = script.read_text("utf-8")
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc"
    assert not re.search(forbidden, text)
    assert not re.search(r"https?:", text.replace(r"http:\/\/", "")), "nothing comes from elsewhere"
