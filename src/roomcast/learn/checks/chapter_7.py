"""Exercise 7: a Tk game of the learner's own, for several players. It is played here without knowing its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from roomcast.learn.check_bench import Bench
from roomcast.learn.checked_server import CheckedServer
from roomcast.learn.joining import joined
from roomcast.learn.learner_program import Frozen, LearnerProgram
from roomcast.learn.scene import Place, places

FILE: Final = "game.py"
STEPS: Final = (
    "Two copies of it join the same room",
    "Keys or clicks in one window change what the other shows",
    "After playing for a while, both show the same",
    "Who comes later sees the same as well",
    "When one leaves, the others play on without it",
)
_KEYS: Final = ("Right", "Down", "space", "d", "s", "Return", "Left", "Up", "a", "w")
_AT_THE_END: Final = ("Right", "d")  # of a round: else, who moves by keys stands where it began, as a newcomer sees it
_CLICK: Final = (150, 120)  # pixels from the canvas's corner
_AFTER_EACH: Final = 0.25  # seconds for a key to show in the other window
_ROUNDS: Final = 3
_ENOUGH: Final = 40  # entries in the room's log: the game has been played


def check(bench: Bench) -> Iterator[None]:
    server = bench.enter(CheckedServer())
    one, room = joined(bench, server)
    two, _ = joined(bench, server, others=1)
    for program in (one, two):
        bench.expect(
            lambda: places(program),  # noqa: B023  # run here
            "Your window shows nothing on a canvas.",
            within=bench.starting,
            tried="I started your game twice.",
            saw="there is nothing on the canvas of one of the windows.",
            expected="something that is drawn: this check looks at what is on tkinter's canvases.",
            hint="Is an item made for each player when it joins?",
        )
    yield

    if not _shows(bench, one, two):
        sent = server.length(room)
        bench.missing(
            "What one player does, the other does not see.",
            tried=f"I pressed {', '.join(_KEYS)} in one window, and clicked in it.",
            saw="the other window did not change."
            + ("" if sent > 2 else " Nothing was sent to the room: no command, no shared state."),
            expected="what one does, in both windows.",
            hint="A function that a key or a click calls changes only its own window, unless @room.everywhere stands "
            "above it. And does the program pump (room.attach(window))?",
        )
    yield

    for _ in range(_ROUNDS):
        for first, second in ((one, two), (two, one)):
            _play(first)
            _play(second)
        if server.length(room) > _ENOUGH:
            break
    _same(
        bench,
        one,
        two,
        "The two windows do not show the same.",
        "I played in both windows for a while, and then waited.",
        "Something changes in one window only, or by chance: random numbers belong before the call, and what they gave "
        "into its arguments. Nothing changes outside of what runs everywhere.",
    )
    yield

    alone = len(list(places(two).elements()))
    three, _ = joined(bench, server, others=2)
    bench.wait(lambda: places(three) or None)
    _same(
        bench,
        three,
        two,
        "Who comes later does not see what has happened.",
        "After a while of playing, I started your game once more.",
        "What newcomers must know belongs into shared state (room.state, room.me), and is read after joining.",
    )
    yield

    _leaves(bench, server, room, one, two, alone)
    yield


def _leaves(
    bench: Bench, server: CheckedServer, room: str, leaver: LearnerProgram, stayer: LearnerProgram, alone: int
) -> None:
    full = sum(places(stayer).values())
    own = full - alone  # items that a player brings along
    here = len(server.players(room))
    tried = "There were three; I closed the window of one."
    bench.programs.remove(leaver)
    try:
        leaver.close_window()
    except Frozen:
        bench.frozen("I closed the window.")
    if bench.wait(lambda: len(server.players(room)) < here or None) is None:
        bench.missing(
            "Closing its window does not end your game.",
            tried=tried,
            saw="its player is still in the room.",
            expected="the program ends, and the player leaves.",
            hint="After window.mainloop() the program ends by itself, and leaves. Does a thread of yours run on "
            "(daemon=True), or a loop?",
        )
    bench.expect(
        lambda: sum(places(stayer).values()) < full or own <= 0 or None,
        "When a friend leaves, your window still draws what was theirs.",
        tried=tried,
        saw=lambda: f"the window of another shows {sum(places(stayer).values())} things, as before.",
        expected=f"{own} fewer: so many came with each player.",
        hint='@room.on("leave"): take off the canvas what belongs to that player.',
    )
    last = next(program for program in bench.programs if program is not stayer)
    if not _shows(bench, stayer, last):
        bench.missing(
            "When a friend has left, the others cannot play on.",
            tried=f"{tried} Then I played in the window of another.",
            saw="the third window did not change any more.",
            expected="a game that goes on.",
            hint="Does something still look for the player who has left?",
        )


def _shows(bench: Bench, actor: LearnerProgram, watcher: LearnerProgram) -> bool:
    """Whether anything that is done in the actor's window changes what the watcher's shows."""
    for _ in range(2):
        for act in (*_KEYS, ""):
            before = places(watcher)
            if act:
                actor.press(act)
            else:
                actor.click(*_CLICK)
            if bench.wait(lambda: places(watcher) != before or None, _AFTER_EACH):  # noqa: B023  # run here
                return True
    return False


def _play(program: LearnerProgram) -> None:
    for key in _KEYS:
        program.press(key)
    program.click(*_CLICK)
    for key in _AT_THE_END:
        program.press(key)


def _same(bench: Bench, one: LearnerProgram, other: LearnerProgram, sentence: str, tried: str, hint: str) -> None:
    def alike() -> bool | None:
        return places(one) == places(other) or None

    def saw() -> str:
        here, there = places(one), places(other)
        return f"{_things(here - there)} of one window and {_things(there - here)} of the other are in other places."

    bench.expect(alike, sentence, tried=tried, saw=saw, expected="the same things in the same places.", hint=hint)


def _things(found: Counter[Place]) -> str:
    kinds = Counter(kind for kind, _ in found.elements())
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items()) or "nothing"
