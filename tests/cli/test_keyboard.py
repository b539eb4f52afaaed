"""Keys, from what a terminal sends for them."""

import pytest

from roomcast.cli.keyboard import decode


@pytest.mark.parametrize(
    ("typed", "keys", "rest"),
    [
        ("", [], ""),
        ("q", ["q"], ""),
        ("\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"], ""),
        ("\x1bOA\x1bOD", ["up", "left"], ""),
        ("\x1b[1;5Cq", ["right", "q"], ""),
        ("\x1b[3~q", ["q"], ""),  # Delete: no key of ours
        ("a\x1b", ["a"], "\x1b"),
        ("\x1b[", [], "\x1b["),
        ("\x1b[1;", [], "\x1b[1;"),
        ("\x1bq", ["q"], ""),
        ("\x1b\x1b[A", ["up"], ""),
        ("é😀", ["é", "😀"], ""),
    ],
)
def test_keys(typed: str, keys: list[str], rest: str) -> None:
    assert decode(typed) == (keys, rest)


def test_an_arrow_may_come_in_pieces() -> None:
    got: list[str] = []
    rest = ""
    for piece in "x\x1b[A\x1bOBq":
        keys, rest = decode(rest + piece)
        got += keys
    assert (got, rest) == (["x", "up", "down", "q"], "")
