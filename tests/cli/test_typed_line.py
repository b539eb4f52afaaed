"""What people type into a room, and what it means."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.cli import typed_line
from roomcast.cli.typed_line import Question, SendCommand, SetState, Unreadable, parse


def test_the_example_in_the_docstring_is_true() -> None:
    assert doctest.testmod(typed_line).attempted > 0
    assert doctest.testmod(typed_line).failed == 0


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", None),
        ("   ", None),
        ("hello all", SendCommand("say", ("hello all",))),
        ("  two  blanks  stay  ", SendCommand("say", ("two  blanks  stay",))),
        ("//move", SendCommand("say", ("/move",))),
        ("5", SendCommand("say", ("5",))),
        ("/jump", SendCommand("jump")),
        ("/move 5 0", SendCommand("move", (5, 0))),
        ("/move -1.5 1e3 true null five", SendCommand("move", (-1.5, 1000.0, True, None, "five"))),
        ('/tell "two words" "5"', SendCommand("tell", ("two words", "5"))),
        ('/tell [1, {"a": "b c"}]  x', SendCommand("tell", ([1, {"a": "b c"}], "x"))),
        ('/tell "no end', SendCommand("tell", ('"no', "end"))),
        ("/tell [1,2]3 NaN Infinity", SendCommand("tell", ("[1,2]3", "NaN", "Infinity"))),
        ("/paint color=red size=3", SendCommand("paint", (), {"color": "red", "size": 3})),
        ('/paint text="a b" at=[1, 2]', SendCommand("paint", (), {"text": "a b", "at": [1, 2]})),
        ('/paint "a=b" 1=2 ==', SendCommand("paint", ("a=b", "1=2", "=="))),
        ("/to Alan hello there", SendCommand("say", ("hello there",), to="Alan")),
        ("/to Alan /move 5 0", SendCommand("move", (5, 0), to="Alan")),
        ("/to Alan //x", SendCommand("say", ("/x",), to="Alan")),
        ("/set hat red", SetState("me", "hat", "red")),
        ("/set hat big red", SetState("me", "hat", "big red")),
        ("/set at [1, 2]", SetState("me", "at", [1, 2])),
        ("/set hat null", SetState("me", "hat", None)),
        ("/setroom level 2", SetState("room", "level", 2)),
        ("/who", Question("who")),
        ("/quit now", Question("quit")),
        ("/do who 1", SendCommand("who", (1,))),
        ("/sag Grüße", SendCommand("sag", ("Grüße",))),
    ],
)
def test_a_line_means(line: str, meant: object) -> None:
    assert parse(line) == meant


@pytest.mark.parametrize(
    "line", ["/", "/ move", "/to", "/to Alan", "/to Alan /who", "/to Alan /to Eve x", "/set", "/set hat", "/do"]
)
def test_what_cannot_be_meant_is_answered_with_how_it_is_done(line: str) -> None:
    with pytest.raises(Unreadable, match="/"):
        parse(line)


@given(st.text())
def test_any_line_can_be_read_or_is_a_mistake(line: str) -> None:
    try:
        parse(line)
    except Unreadable:
        pass


@given(st.text(alphabet='/=[{"}] ab1', max_size=30))
def test_any_arguments_can_be_read(line: str) -> None:
    assert isinstance(parse(f"/tell {line}"), SendCommand)


def test_deeply_nested_arguments_are_text() -> None:
    (argument,) = parse("/tell " + "[" * 100_000).args  # type: ignore[union-attr]
    assert argument == "[" * 100_000


def test_every_example_of_the_help_can_be_read() -> None:
    assert all(parse(example) is not None for example in typed_line.HELP)
