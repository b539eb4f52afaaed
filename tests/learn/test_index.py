"""The list of chapters is written by hand, for those who read the page where no site is built."""

import re

from roomcast.learn.chapters import chapters
from tests.programs import TOP


def test_the_list_of_chapters_has_their_titles() -> None:
    page = (TOP / "docs" / "learn" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(\d)\. \[(.+)\]\((.+)\)$", page, re.MULTILINE)
    assert listed == [(str(one.number), one.title, one.page.name) for one in chapters()]
