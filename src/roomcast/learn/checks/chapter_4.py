"""Exercise 4: the learner's server passes every message on, whatever happens to its players."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from roomcast.learn.check_bench import Bench
from roomcast.learn.free_port import free_port
from roomcast.learn.plain_friend import PlainFriend

FILE: Final = "server.py"
STEPS: Final = (
    "It listens on the port that it is given",
    "Who comes hears who is there, and who they are",
    "What one says, all others hear, and not the one who said it",
    "Lines are put together from pieces, and taken apart",
    "Letters are put together, too, and bytes that are none harm nobody",
    "When a friend's program is killed, the others hear that it left, and play on",
    "Nobody waits for a friend who reads nothing",
)
_FLOOD: Final = 12_000_000  # bytes that a slow reader is sent: more than the systems' buffers on both sides take
_APART: Final = 0.05  # seconds between two pieces
_LINE: Final = 2000  # bytes of one line of these


def check(bench: Bench) -> Iterator[None]:
    port = _listening(bench)
    yield

    ada = bench.friend("Ada", port)
    _meet(bench, ada, [])
    grace = bench.friend("Grace", port)
    _meet(bench, grace, [ada])
    alan = bench.friend("Alan", port)
    _meet(bench, alan, [ada, grace])
    for old in (ada, grace):
        _hears(bench, old, f"newPlayer {alan.id}", "Your server does not tell the others that somebody has come.",
               tried=f"a third friend connected while {old.name} was there.",
               hint="Send newPlayer to everyone who was there before, each time somebody is accepted.")  # fmt: skip
    yield

    _passes_on(bench, ada, [grace, alan])
    _passes_on(bench, alan, [ada, grace])
    yield

    ada.send(b"one 1\ntwo 2\n")
    for line in ("one", "two"):
        _hears(bench, grace, f"{line} {ada.id} {1 if line == 'one' else 2}", "Your server takes two lines for one.",
               tried="Ada sent “one 1” and “two 2” in one piece, as TCP does when a player is quick.",
               hint="recv may give several lines at once: split what it gives at every newline.")  # fmt: skip
    _one_by_one(bench, ada, [b"mo", b"ve 7", b" -3\n"], grace, alan)
    _hears(bench, grace, f"move {ada.id} 7 -3", "Your server takes half a line for a whole one.",
           tried="Ada sent “move 7 -3” in three pieces, a moment apart.",
           hint="Keep what follows the last newline, and put it before what recv gives next.")  # fmt: skip
    yield

    letter = "é".encode()
    _one_by_one(bench, ada, [b"say caf" + letter[:1], letter[1:] + b"\n"], grace, alan)
    _hears(bench, grace, f"say {ada.id} café", "Your server takes half a letter for a whole one.",
           tried="Ada sent “say café”, and é, which is two bytes, came in two pieces.",
           hint="Put the line together as bytes first, and decode the whole line.")  # fmt: skip
    ada.send(b"say \xff\xfe\nsay still here\n")
    _hears(bench, grace, f"say {ada.id} still here", "Bytes that are no text end your server, or Ada's connection.",
           tried="Ada sent two bytes that no letter has, and then “say still here”.",
           hint='line.decode("utf-8", errors="replace") makes a letter of everything.')  # fmt: skip
    yield

    gone = alan.id
    alan.send(b"move 1")  # in the middle of a line
    alan.vanish()
    ada.say("say anyone")
    _hears(bench, grace, f"say {ada.id} anyone", "When one friend vanishes, the others cannot play on.",
           tried="Alan's program was killed in the middle of a line; then Ada said something.",
           hint="recv and sendall raise OSError where a connection broke: catch it.")  # fmt: skip
    for friend in (ada, grace):
        _hears(bench, friend, f"left {gone}", "Your server tells nobody who has left.",
               tried="Alan's program was killed.",
               hint="recv gives b\"\" when a player is gone, or raises an OSError: tell all others then.")  # fmt: skip
    late = bench.friend("Katherine", port)
    _meet(bench, late, [ada, grace], gone)
    yield

    _waits_for_nobody(bench, port, ada, grace)
    yield


def _listening(bench: Bench) -> int:
    port = free_port()
    program = bench.run(str(port))
    listening = bench.expect(
        lambda: program.listens_at,
        "Your server does not listen.",
        tried=f"I ran python {bench.file.name} {port}, and waited.",
        saw="it listens on no port.",
        expected=f"a server that listens on port {port}.",
        hint='socket.create_server(("", port)) binds and listens.',
        within=bench.starting,
    )
    if port not in listening:
        bench.missing(
            "Your server listens on another port than it was given.",
            tried=f"I ran python {bench.file.name} {port}.",
            saw=f"it listens on port {listening[0]}.",
            expected=f"port {port}.",
            hint="The word after the file's name is sys.argv[1]; int() makes a number of it.",
        )
    return port


def _meet(bench: Bench, friend: PlainFriend, there: list[PlainFriend], gone: str = "") -> None:
    """Wait until the friend has heard who is there and who it is."""
    taken = {other.id for other in there} | {gone}
    tried = f"{friend.name} connected while {len(there) or 'nobody'} {'were' if len(there) > 1 else 'was'} there."

    def own() -> str | None:
        return next((line for line in friend.listen() if line.split()[:1] == ["myIDis"]), None)

    line = bench.expect(
        own,
        "Your server does not tell a newcomer who it is."
        if len(there) == 0
        else f"Your server has nothing to say to friend number {len(there) + 1}.",
        tried=tried,
        saw=lambda: _heard(friend),
        expected="a line “myIDis ID”.",
        hint="Does the program get to accept() again? Reading from one player belongs into a thread of its own, or the "
        "next one waits for ever."
        if there
        else "Send it right after accept(), with a newline at its end.",
    )
    words = line.split()
    if len(words) != 2 or words[1] in taken:
        bench.missing(
            "Two players get the same ID." if len(words) == 2 else "The ID is not one word.",
            tried=tried,
            saw=f"{friend.name} heard “{line}”.",
            expected="“myIDis ID”, where each player has an ID of its own, which nobody else has had.",
            hint="Count who has come so far: not who is there, or an ID is given twice when somebody leaves.",
        )
    friend.id = words[1]
    for other in there:
        if f"newPlayer {other.id}" not in [heard.strip() for heard in friend.heard]:
            bench.missing(
                "A newcomer does not hear who was there before.",
                tried=tried,
                saw=_heard(friend),
                expected=f"“newPlayer {other.id}”, before its own “myIDis {friend.id}”.",
                hint="Go through all players who are there, and send the newcomer a newPlayer for each.",
            )


def _passes_on(bench: Bench, sender: PlainFriend, others: list[PlainFriend]) -> None:
    sender.say("move 5 0")
    for other in others:
        _hears(bench, other, f"move {sender.id} 5 0", "Your server does not pass on what a player says.",
               tried=f"{sender.name} sent “move 5 0”.",
               hint="The instruction first, then the sender's ID, then the details, and a newline.")  # fmt: skip
    others[0].say("echo")  # when the sender hears this, it has heard all that came before
    _hears(bench, sender, f"echo {others[0].id}", "Your server passes on what some players say, and not all.",
           tried=f"{others[0].name} sent “echo”.",
           hint="Read from every player, each in a thread of its own.")  # fmt: skip
    if own := [line for line in sender.heard if line.startswith("move") and sender.id in line.split()]:
        bench.missing(
            "Your server sends the line back to the one who wrote it.",
            tried=f"{sender.name} sent “move 5 0”.",
            saw=f"{sender.name} heard “{own[0]}”: its dot would move twice.",
            expected="the line goes to all others only.",
            hint="Leave the sender out when you go through the players: if other is not sender.",
        )


def _one_by_one(bench: Bench, ada: PlainFriend, pieces: list[bytes], grace: PlainFriend, alan: PlainFriend) -> None:
    """Send each piece when the server has read the one before: what Grace said after that has reached Alan."""
    for piece in pieces:
        ada.send(piece)
        ticks = alan.listen().count(f"tick {grace.id}")
        grace.say("tick")
        bench.wait(lambda: alan.listen().count(f"tick {grace.id}") > ticks or None)  # noqa: B023  # run here
        time.sleep(_APART)


def _hears(bench: Bench, friend: PlainFriend, line: str, sentence: str, *, tried: str, hint: str) -> None:
    bench.expect(
        lambda: line in [heard.strip() for heard in friend.listen()] or None,
        sentence,
        tried=tried[0].upper() + tried[1:],
        saw=lambda: _heard(friend),
        expected=f"{friend.name} hears “{line}”.",
        hint=hint,
    )


def _heard(friend: PlainFriend) -> str:
    friend.listen()
    words = [f"“{line.strip()}”" for line in friend.heard[-3:]]
    said = f"the last that {friend.name} heard is {', '.join(words)}" if words else f"{friend.name} heard nothing"
    if friend.unfinished:
        said += f", and the beginning of a line, “{friend.unfinished}”, without a newline at its end"
    return said + ("; then the server closed the connection." if friend.ended else ".")


def _waits_for_nobody(bench: Bench, port: int, ada: PlainFriend, grace: PlainFriend) -> None:
    sleeper = bench.friend("Sleeper", port, reads_little=True)  # and it never does
    before = len(grace.listen())
    bench.wait(lambda: len(grace.listen()) > before)  # the server knows it
    filler = f"fill {'x' * _LINE}\n".encode() * 50
    for _ in range(_FLOOD // len(filler)):
        if not ada.send(filler):
            break
        grace.listen()
    ada.say("after all")
    bench.expect(
        lambda: f"after {ada.id} all" in grace.listen() or None,
        "One friend who reads nothing holds up all the others.",
        tried="A friend connected and read nothing, while Ada sent 12 megabytes, and then “after all”.",
        saw=lambda: f"Grace, who reads all the time, waits. {_heard(grace)[:120]}",
        expected=f"Grace hears “after {ada.id} all”.",
        hint="sendall waits for whoever is slow. Give each player a queue, and a thread that empties it; or a limit of "
        "time, connection.settimeout(1), after which that player is sent away.",
        within=bench.patience + 2,
    )
    sleeper.close()
    ada.say("say goodbye")
    _hears(bench, grace, f"say {ada.id} goodbye", "When the friend who read nothing leaves, the others cannot play on.",
           tried="That friend's program ended; then Ada said something.",
           hint="recv and sendall raise OSError where a connection broke: catch it.")  # fmt: skip
