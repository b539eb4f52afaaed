"""A form that a script alone hears is hidden until that runs: else its button loads the page anew, without the name."""

import re
from pathlib import Path

import pytest

from tests.programs import EXAMPLES, TOP

PAGES = [page for page in sorted(EXAMPLES.rglob("*.html")) if "<form" in page.read_text(encoding="utf-8")]


def test_there_are_such_pages() -> None:
    assert len(PAGES) >= 7


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_a_form_is_hidden_until_its_script_runs(page: Path) -> None:
    forms = re.findall(r"<form[^>]*>", page.read_text(encoding="utf-8"))
    assert [form for form in forms if not re.search(r"\shidden\b", form)] == []
