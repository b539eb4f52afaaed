"""The glossary has the words of the design and of the tutorial, each in two sentences."""

from __future__ import annotations

import re

import pytest

from tests.programs import TOP

TEXT = (TOP / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = {
    term: " ".join(definition.split())
    for block in re.findall(r"^```\{glossary\}\n:sorted:\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for term, definition in re.findall(r"^(\S.*)\n((?:  .*\n)+)", block, re.MULTILINE)
}
TUTORIAL = (
    "address", "port", "client", "server", "socket", "thread", "queue", "newline framing", "NAT", "router", "TCP",
    "bind", "connect", "DNS", "encode, decode", "firewall", "localhost", "terminal", "venv", "TLS", "tunnel", "UTF-8",
    "event loop",
)  # fmt: skip


def test_the_terms_of_the_design_are_there() -> None:
    design = (TOP / "docs" / "design.md").read_text(encoding="utf-8")
    table = design.partition("## Terms")[2].partition("\n## ")[0]
    terms = re.findall(r"^\| (\w[\w ]*?) \|", table, re.MULTILINE)
    assert len(terms) > 15
    assert [term for term in terms if term not in ENTRIES and term != "word"] == []


def test_the_words_of_the_tutorial_are_there() -> None:
    assert [word for word in TUTORIAL if word not in ENTRIES] == []


@pytest.mark.parametrize("term", ENTRIES)
def test_each_takes_two_sentences(term: str) -> None:
    sentences = re.findall(r"[.?!]”?\)?(?: |$)", ENTRIES[term])
    assert len(sentences) == 2, ENTRIES[term]
