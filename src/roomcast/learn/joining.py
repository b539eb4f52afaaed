"""How a check starts a learner's game, and waits until it is in a room of the check's own server."""

from __future__ import annotations

from roomcast.learn.check_bench import Bench
from roomcast.learn.checked_server import CheckedServer
from roomcast.learn.learner_program import LearnerProgram


def joined(
    bench: Bench, server: CheckedServer, *arguments: str, others: int = 0, windows: bool = True
) -> tuple[LearnerProgram, str]:
    """Start the game and wait until it has joined a room in which so many others are; the program, and the room."""
    program = bench.run(*arguments, windows=windows, environment=server.environment)
    words = " ".join(["python", bench.file.name, *arguments])

    def room() -> str | None:
        return next((room for room in server.rooms if len(server.players(room)) > others), None)

    def saw() -> str:
        rooms = {room: server.players(room) for room in server.rooms}
        if others and len(rooms) > 1:
            return f"each is in a room of its own: {', '.join(rooms)}."
        elsewhere = [port for _, port in program.connects_to if f":{port}" not in server.environment["ROOMCAST_SERVER"]]
        return f"your game tried another server, at port {elsewhere[0]}." if elsewhere else "nobody came."

    found = bench.expect(
        room,
        "Your game joins no room." if not others else "Your games do not meet.",
        tried=f"I started a server, said where it is in ROOMCAST_SERVER, and ran {words}"
        + (", once more." if others else "."),
        saw=saw,
        expected="a player in a room of that server." if not others else "all in the same room.",
        hint='room = roomcast.join("dots"): the name alone, without an address, so that the program finds the server.',
        within=bench.starting,
    )
    return program, found
