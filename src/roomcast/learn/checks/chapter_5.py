"""Exercise 5: the learner's game with Roomcast has a second command, `colour`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from roomcast.learn.check_bench import Bench
from roomcast.learn.checked_server import CheckedServer, until_sent
from roomcast.learn.joining import joined
from roomcast.learn.learner_program import LearnerProgram
from roomcast.learn.scene import dots

FILE: Final = "game.py"
STEPS: Final = (
    "It joins a room",
    "It shows a dot for itself and for each friend",
    "Pressing c sends the command colour",
    "… which gives its own dot another colour, in its own window",
    "… and in the windows of others",
    "Who comes later sees the colours as well",
    "The dots keep their colours when they move",
    "The dot of a friend who leaves vanishes",
)
_CHANCES: Final = 6  # times that c is pressed: who chooses by chance may choose the same again


def check(bench: Bench) -> Iterator[None]:
    server = bench.enter(CheckedServer())
    first, room = joined(bench, server, "dots")
    second, _ = joined(bench, server, "dots", others=1)
    yield

    grace = server.friend(room, "Grace")
    for window in (first, second):
        bench.expect(
            lambda: (grace.pump(), len(dots(window)) == 3)[1] or None,  # noqa: B023  # run here
            "There is not a dot for each player.",
            tried="I started your game twice, and a friend, Grace, came into the room.",
            saw=lambda: f"a window shows {len(dots(window))} dots.",  # noqa: B023
            expected="3 dots in each window, each an oval on a canvas.",
            hint='@room.on("join") is called for everybody, yourself included: draw a dot there.',
        )
    yield

    before = _colours(first)
    for _ in range(_CHANCES):
        first.press("c")
        if bench.wait(lambda: (grace.pump(), _colours(first) != before)[1] or None, bench.patience / _CHANCES):
            break
    _sends(bench, server)
    yield

    if _colours(first) == before:
        bench.missing(
            "The command colour changes nothing in your own window.",
            tried="I pressed c in your window, several times.",
            saw="the command went to the server and came back, and your dot has its old colour.",
            expected="your dot in another colour.",
            hint="Is a function for it there (@room.everywhere, named colour), and does it draw the dot again?",
        )
    if sum((_colours(first) - before).values()) != 1:
        bench.missing(
            "The command colour changes the dots of others, too.",
            tried="I pressed c in one of your windows.",
            saw="several dots changed.",
            expected="another colour for the dot of the player who pressed.",
            hint="The first parameter, player, is who called: keep a colour for each player.id.",
        )
    yield

    _same(bench, first, second, "The others do not see your colour.", "The second window",
          "the colour is chosen in the function that runs everywhere, each program chooses one of its own: choose "
          "before, and hand it over")  # fmt: skip
    yield

    third, _ = joined(bench, server, "dots", others=3)
    bench.wait(lambda: len(dots(third)) == 4 or None)
    bench.wait(lambda: len(dots(first)) == 4 or None)
    _same(bench, first, third, "Who comes later does not see your colour.", "A third window, opened later,",
          "a command is over once it has run: what newcomers must know belongs into shared state, as "
          'room.me["colour"] = …, and is read in the function for "join"')  # fmt: skip
    bench.end(third)
    yield

    _keeps_colours(bench, first, second)
    yield

    bench.wait(until_sent(grace))
    left = len(dots(second))
    grace.leave()
    bench.expect(
        lambda: len(dots(second)) < left or None,
        "When a friend leaves, your window still draws the dot.",
        tried="Grace left the room.",
        saw=lambda: f"your window still shows {len(dots(second))} dots.",
        expected="a dot less.",
        hint='@room.on("leave"): take the dot off the canvas, and the player out of your dicts.',
    )
    yield


def _sends(bench: Bench, server: CheckedServer) -> None:
    bench.expect(
        lambda: server.said("colour"),
        "Pressing c sends no command named colour.",
        tried="I pressed c in your window, several times.",
        saw=lambda: (
            f"the commands that came to the server are {sorted({one.name for one in server.commands})}."
            if server.commands
            else "no command came to the server."
        ),
        expected="the command colour.",
        hint="A function colour(player, name) with @room.everywhere above it; pressing c calls it, without the player.",
    )


def _same(bench: Bench, one: LearnerProgram, other: LearnerProgram, sentence: str, which: str, why: str) -> None:
    bench.expect(
        lambda: _colours(one) == _colours(other) or None,
        sentence,
        tried=f"I pressed c in one window. {which} should show the same colours as that one.",
        saw=lambda: f"they are {_names(other)} there, and {_names(one)} in the window where I pressed.",
        expected="the same colours.",
        hint=f"If {why}.",
    )


def _keeps_colours(bench: Bench, first: LearnerProgram, second: LearnerProgram) -> None:
    def colours_without_newcomer(program: LearnerProgram) -> Counter[tuple[int, ...]] | None:
        return _colours(program) if len(dots(program)) <= 4 else None

    start = {window: Counter(dot.place for dot in dots(window)) for window in (first, second)}
    before = {window: colours_without_newcomer(window) for window in (first, second)}
    first.press("Right")
    for window in (first, second):
        bench.expect(
            lambda: Counter(dot.place for dot in dots(window)) != start[window] or None,  # noqa: B023
            "The arrow keys do not move your dot any more.",
            tried="I pressed the right arrow key in one window.",
            saw="no dot is in another place.",
            expected="your dot, moved to the right, in each window.",
            hint="Is the command move as it was?",
        )
        if _colours(window) != before[window]:
            bench.missing(
                "When it moves, your dot loses its colour.",
                tried="I pressed c, and then the right arrow key.",
                saw=f"the colours are {_names(window)}.",
                expected="the colour that was chosen.",
                hint="In the function that draws a dot: which colour does it take?",
            )


def _colours(program: LearnerProgram) -> Counter[tuple[int, ...]]:
    return Counter(dot.rgb for dot in dots(program))


def _names(program: LearnerProgram) -> str:
    return ", ".join(dot.colour for dot in dots(program))
