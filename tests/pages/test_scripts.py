"""The pages' scripts: their types, and what they may not do."""

import re
from pathlib import Path

import pytest

from tests.web.node import MODULES, WEB, needs_node, run

PAGES = sorted([*(WEB / "pages").glob("*.js"), *(WEB / "office").glob("*.js")])
STRICT = ["--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable", "--module", "esnext"]
STRICT += ["--moduleResolution", "bundler", "--noUnusedLocals", "--noUnusedParameters"]


@needs_node
def test_their_types_are_right() -> None:
    run(MODULES / ".bin" / "tsc", "--noEmit", "--checkJs", *STRICT, *PAGES)


@pytest.mark.parametrize("script", PAGES, ids=lambda path: path.name)
def test_text_never_becomes_html_or_a_program(script: Path) -> None:
    text = script.read_text("utf-8")
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc"
    assert not re.search(forbidden, text)
    assert not re.search(r"https?:", text.replace(r"http:\/\/", "")), "nothing comes from elsewhere"
