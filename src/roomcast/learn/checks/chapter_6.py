"""Exercise 6: in the learner's buzzer, the first press in the room's order wins, and all agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from roomcast.learn.check_bench import Bench, last_lines
from roomcast.learn.checked_server import CheckedServer
from roomcast.learn.joining import joined
from roomcast.learn.learner_program import LearnerProgram

FILE: Final = "buzzer.py"
STEPS: Final = (
    "It joins the room “buzzer” under the name that it is given",
    "When a friend presses, it prints the winner",
    "A second press in the same round changes nothing",
    "again begins a new round, in which Enter wins",
    "Who comes later prints the winner of the round",
    "When two press at the same moment, all print the same winner",
)


def check(bench: Bench) -> Iterator[None]:
    server = bench.enter(CheckedServer())
    ada, room = joined(bench, server, "Ada", windows=False)
    here = server.players(room)
    if room != "buzzer" or here != ["Ada"]:
        name = "Your program has another name." if here else "Your program leaves the room at once."
        bench.missing(
            "Your program is in another room." if room != "buzzer" else name,
            tried=f"I ran python {bench.file.name} Ada.",
            saw=f"the server has the player {here[0]!r} in the room {room!r}."
            if here
            else f"a player came into the room {room!r}, and was gone again.",
            expected="Ada in the room “buzzer”.",
            hint='roomcast.join("buzzer", name=sys.argv[1])',
        )
    yield

    grace, alan = server.friend(room, "Grace"), server.friend(room, "Alan")

    def pump() -> int:
        """Have the friends take part; 0, so that a condition can begin with it."""
        return 0 * (grace.pump() + alan.pump())

    grace.send("press")
    bench.expect(
        lambda: pump() or ("Grace" in _winners(ada)) or None,
        "Your program does not say who was first.",
        tried="A friend, Grace, sent the command press.",
        saw=lambda: f"the last that it printed is: {last_lines(ada)}" if ada.output.strip() else "it printed nothing.",
        expected="winner Grace",
        hint="A function press(player) with @room.everywhere above it, and room.pump() again and again. If input() "
        "waits in the same thread, nothing runs meanwhile: give input a thread of its own.",
    )
    yield

    alan.send("press")
    bench.wait(lambda: pump() or len(server.said("press")) >= 2 or None)  # else it may come after again
    _again(bench, server, ada, pump)
    if _winners(ada) != ["Grace"]:
        bench.missing(
            "A second press in the same round wins, too.",
            tried="Grace sent press, then Alan; then I typed again.",
            saw=f"your program printed: {', '.join(f'winner {name}' for name in _winners(ada))}.",
            expected="winner Grace, once.",
            hint="Keep who has won in a variable; a press counts only while it is None.",
        )
    yield

    _wait_for_round(bench, ada, 1)
    ada.type("")
    bench.expect(
        lambda: pump() or _winners(ada)[1:] == ["Ada"] or None,
        "Enter does not press, or does not win in a new round.",
        tried="After the new round had begun, I pressed Enter.",
        saw=lambda: (
            f"the commands that came are {[one.name for one in server.commands]}, and the last that your program "
            f"printed is: {last_lines(ada)}"
        ),
        expected="the command press, and winner Ada.",
        hint="An empty line from input() calls press(); again forgets who has won.",
    )
    yield

    hedy, _ = joined(bench, server, "Hedy", others=3, windows=False)
    bench.expect(
        lambda: pump() or _winners(hedy) == ["Ada"] or None,
        "Who comes later does not hear who has won.",
        tried="Ada had won the round; then I started your program once more, as Hedy.",
        saw=lambda: f"Hedy's program printed: {last_lines(hedy) or 'nothing'}",
        expected="winner Ada",
        hint='What newcomers must know belongs into shared state: the winner\'s program sets room.state["winner"], and '
        "a newcomer reads it after joining.",
    )
    yield

    _race(bench, server, {"Ada": ada, "Hedy": hedy}, pump)
    yield


def _race(bench: Bench, server: CheckedServer, players: dict[str, LearnerProgram], pump: Callable[[], int]) -> None:
    ada, hedy = players.values()
    _again(bench, server, ada, pump)
    _wait_for_round(bench, ada, 2)
    _wait_for_round(bench, hedy, 1)
    before, presses = {name: len(_winners(one)) for name, one in players.items()}, len(server.said("press"))
    for program in players.values():
        program.type("")
    bench.wait(lambda: pump() or len(server.said("press")) >= presses + 2 or None)

    def said() -> dict[str, list[str]]:
        return {name: _winners(one)[before[name] :] for name, one in players.items()}

    bench.wait(lambda: pump() or all(said().values()) or None)
    pressed = server.said("press")[presses:]
    first = pressed[0].by if pressed else "nobody"
    if any(names != [first] for names in said().values()):
        bench.missing(
            "When two press at the same moment, the programs do not agree.",
            tried="I pressed Enter in two copies of your program, Ada's and Hedy's, at the same moment.",
            saw=" and ".join(
                f"{name}'s program printed winner {', '.join(names) or 'nobody'}" for name, names in said().items()
            )
            + f"; the first press in the room's order was {first}'s.",
            expected=f"winner {first}, in both, once.",
            hint="Nobody knows who was first before the command has come back: decide in press(player), which runs "
            "everywhere in the same order, and never where Enter is pressed.",
        )  # fmt: skip


def _again(bench: Bench, server: CheckedServer, program: LearnerProgram, pump: Callable[[], int]) -> None:
    before = len(server.said("again"))
    program.type("again")
    bench.expect(
        lambda: pump() or len(server.said("again")) > before or None,
        "Typing again sends no command named again.",
        tried="I typed the word again, and Enter.",
        saw=lambda: f"the commands that came are {[one.name for one in server.commands]}.",
        expected="the command again.",
        hint='The line from input() is "again": call a function again(player), with @room.everywhere above it.',
    )


def _wait_for_round(bench: Bench, program: LearnerProgram, count: int) -> None:
    bench.expect(
        lambda: _rounds(program) >= count or None,
        "Your program does not say that a new round begins.",
        tried="I typed again in one of your programs.",
        saw=lambda: f"the last that it printed is: {last_lines(program)}",
        expected="new round, in everyone's program.",
        hint="print it in the function again(player), which runs everywhere.",
    )


def _winners(program: LearnerProgram) -> list[str]:
    words = [line.split() for line in program.lines]
    return [line[-1] for line in words if len(line) >= 2 and line[-2].lower().strip(">:") == "winner"]


def _rounds(program: LearnerProgram) -> int:
    return sum("new round" in line.lower() for line in program.lines)
