"""Exercise 3: the learner's client on plain sockets has a new command, `colour`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from roomcast.learn.check_bench import Bench
from roomcast.learn.learner_program import Frozen, LearnerProgram
from roomcast.learn.scene import Dot, dots, moved
from roomcast.learn.stand_in_server import StandInServer

FILE: Final = "client.py"
STEPS: Final = (
    "It connects to the host and port that it is given",
    "It shows a dot for itself and for each friend",
    "The arrow keys move its own dot, and a friend's command moves the friend's",
    "Pressing c gives its own dot another colour",
    "… and tells the server which",
    "A friend's colour arrives, in however many pieces",
    "The dots keep their colours when they move",
    "Players that are not there and colours that are none do not stop it",
)
_CHANCES: Final = 6  # times that c is pressed
_DRAW: Final = (
    "In the function that draws a dot: which colour does it take? It must be the one that was chosen, if any."
)


def check(bench: Bench) -> Iterator[None]:
    server = bench.enter(StandInServer())
    program = bench.run("127.0.0.1", str(server.port), windows=True)
    _connects(bench, program, server)
    yield

    for line in ("newPlayer Grace", "newPlayer Alan", "myIDis Ada "):
        server.say(line)
    bench.expect(
        lambda: len(dots(program)) == 3 or None,
        "There is not a dot for each player.",
        tried="Grace and Alan were there already, then the server said who you are (“myIDis Ada ”).",
        saw=lambda: f"your window shows {len(dots(program))} dots.",
        expected="3 dots, each an oval on a canvas.",
        hint="A dot for each newPlayer, and one for yourself at myIDis.",
    )
    yield

    mine = _press_and_see_move(bench, program, server)
    graces = _say_and_see_move(bench, program, server)
    yield

    before = dots(program)
    colour = _choose(bench, program, mine)
    others = [dot for dot in before if dot.place != mine.place]
    if [dot for dot in dots(program) if dot.place != mine.place] != others:
        bench.missing(
            "Pressing c changes the colours of others, too.",
            tried="I pressed c in your window.",
            saw="other dots changed with yours.",
            expected="another colour for your own dot alone.",
            hint="Keep a colour for each player, in a dict by ID, and not one for all.",
        )
    yield

    _tells(bench, program, server, _at(program, mine))
    yield

    blue = program.rgb("blue")
    server.trickle("colour Grace blue")
    tried = "The server sent “colour Grace blue”, in four pieces."
    bench.expect(
        lambda: _at(program, graces).rgb == blue or None,
        "Your client does not show the colour that a friend has chosen.",
        tried=tried,
        saw=lambda: f"Grace's dot is {_at(program, graces).colour}.",
        expected="Grace's dot in blue.",
        hint="In the function that runs what arrives: a case for colour, with the player's ID and the colour's name.",
    )
    if _at(program, mine).colour != colour:
        bench.missing(
            "A friend's colour changes your own dot.",
            tried=tried,
            saw=f"your own dot is {_at(program, mine).colour}, too.",
            expected=f"yours is still {colour}.",
            hint="The second word says whose dot it is.",
        )
    yield

    _keeps_colours(bench, program, server, colour)
    yield

    for line in ("colour Nobody red", "colour Grace nosuchcolour"):
        start = dots(program)
        server.say(line)
        server.say("move Grace 0 20")
        bench.expect(
            lambda: moved(start, dots(program)),  # noqa: B023  # run here
            "A colour that makes no sense stops your client.",
            tried=f"The server sent “{line}”, and then “move Grace 0 20”.",
            saw="Grace's dot did not move any more.",
            expected="the line is passed over, and the game goes on.",
            hint="Is the player among those you know? Does Tk know the colour? window.winfo_rgb(colour) raises "
            "tkinter.TclError where it does not. Others can send you anything.",
        )
        if program.fault is not None:
            bench.missing(
                "A colour that makes no sense makes your client show an exception.",
                tried=f"The server sent “{line}”.",
                saw="an exception.",
                expected="the line is passed over, without a word.",
                hint="Is the player among those you know? Does Tk know the colour?",
            )
    yield


def _connects(bench: Bench, program: LearnerProgram, server: StandInServer) -> None:
    def saw() -> str:
        places = [f"{host}, port {port}" for host, port in program.connects_to]
        return f"your client tried to connect to {places[-1]}." if places else "nobody connected."

    bench.expect(
        lambda: server.accept() or None,
        "Your client does not connect to the server that it is given.",
        tried=f"I ran python {bench.file.name} 127.0.0.1 {server.port}, with a server that waits there.",
        saw=saw,
        expected=f"a connection to 127.0.0.1, port {server.port}.",
        hint="sys.argv[1] is the host and sys.argv[2] the port, of which int() makes a number.",
        within=bench.starting,
    )


def _press(bench: Bench, program: LearnerProgram, key: str) -> None:
    try:
        program.press(key)
    except Frozen:
        bench.frozen(f"I pressed {key} in your window.")


def _choose(bench: Bench, program: LearnerProgram, mine: Dot) -> str:
    """Press c until the own dot has another colour: who chooses by chance may choose the same again."""
    before = dots(program)
    for _ in range(_CHANCES):
        _press(bench, program, "c")
        if bench.wait(lambda: _at(program, mine).rgb != mine.rgb or None, bench.patience / _CHANCES):
            return _at(program, mine).colour
    return bench.missing(
        "Pressing c does not change the colour of your own dot.",
        tried="I pressed c in your window, several times.",
        saw=f"your dot is still {mine.colour}" + ("." if dots(program) == before else ", and others changed."),
        expected="your own dot in another colour, at once: the server never sends back what you said yourself.",
        hint="Change the colour where the key is pressed, and draw the dot again; then tell the server.",
    )


def _press_and_see_move(bench: Bench, program: LearnerProgram, server: StandInServer) -> Dot:
    """Move the program's own dot, so that it is known which one it is."""
    start = dots(program)
    for _ in range(3):
        _press(bench, program, "Right")
    tried = "I pressed the right arrow key three times in your window."
    bench.expect(
        lambda: len([line for line in server.heard if line.startswith("move ")]) == 3 or None,
        "Your client does not tell the server that your dot moves.",
        tried=tried,
        saw=lambda: f"the server heard: {server.heard[-3:] or 'nothing'}.",
        expected="three lines such as “move 10 0”.",
        hint="Does the window get the key (bind)? Does each line end in a newline?",
    )
    return bench.expect(
        lambda: moved(start, dots(program)),
        "Your own dot does not move.",
        tried=tried,
        saw="no dot is in another place.",
        expected="your own dot, moved to the right.",
        hint="The server sends a line to all others only: move your own dot yourself.",
    )


def _say_and_see_move(bench: Bench, program: LearnerProgram, server: StandInServer) -> Dot:
    start = dots(program)
    server.say("move Grace 0 40")
    return bench.expect(
        lambda: moved(start, dots(program)),
        "A friend's dot does not move.",
        tried="The server sent “move Grace 0 40”.",
        saw="no dot is in another place.",
        expected="Grace's dot, moved down.",
        hint="move has the player's ID, then dx and dy.",
    )


def _tells(bench: Bench, program: LearnerProgram, server: StandInServer, mine: Dot) -> None:
    tried = "I pressed c in your window, and listened at the server."
    expected = f"one line, “colour {mine.colour}”."

    def line() -> str | None:
        return next((line for line in reversed(server.heard) if line.split()[:1] == ["colour"]), None)

    heard = bench.expect(
        line,
        lambda: "Your client's colour line has no end." if server.unfinished else "Your client tells nobody.",
        tried=tried,
        saw=lambda: f"“{server.unfinished}” came, and no newline after it." if server.unfinished
        else f"the last lines from your client are {server.heard[-2:]}.",
        expected=expected,
        hint='Everything that is sent ends with a newline: f"colour {name}\\n".encode().',
    )  # fmt: skip
    words = heard.split()[1:]
    if len(words) != 1:
        bench.missing(
            "The colour's name has a blank in it." if len(words) > 1 else "The line does not say which colour.",
            tried=tried,
            saw=f"the line is “{heard}”.",
            expected="two words: colour, and the name of a colour.",
            hint="In this protocol a blank ends a word: take names without, such as orange or gold.",
        )
    if program.rgb(words[0]) != mine.rgb:
        bench.missing(
            "The colour that you send is not the one that your dot has.",
            tried=tried,
            saw=f"the line is “{heard}”, and your dot is {mine.colour}.",
            expected=expected,
            hint="Choose the colour once, keep it in a variable, and use that for both.",
        )


def _keeps_colours(bench: Bench, program: LearnerProgram, server: StandInServer, colour: str) -> None:
    for whose, wanted in (("your own", program.rgb(colour)), ("Grace's", program.rgb("blue"))):
        start = dots(program)
        if whose == "your own":
            _press(bench, program, "Right")
        else:
            server.say("move Grace 0 20")
        dot = _moved(bench, program, start, whose)
        if dot.rgb != wanted:
            bench.missing(
                f"When it moves, {whose} dot loses its colour.",
                tried=f"After the colours were chosen, I had {whose} dot move.",
                saw=f"it is {dot.colour} again.",
                expected="the colour that was chosen.",
                hint=_DRAW,
            )


def _moved(bench: Bench, program: LearnerProgram, start: list[Dot], whose: str) -> Dot:
    look: Callable[[], Dot | None] = lambda: moved(start, dots(program))  # noqa: E731
    return bench.expect(
        look,
        f"After a colour was chosen, {whose} dot does not move any more.",
        tried=f"After the colours were chosen, I had {whose} dot move.",
        saw="no dot is in another place.",
        expected="a dot that moves, in its colour.",
        hint=_DRAW,
    )


def _at(program: LearnerProgram, dot: Dot) -> Dot:
    """The dot that is in that place now; the topmost, if there are several."""
    return next((one for one in reversed(dots(program)) if one.place == dot.place), dot)
