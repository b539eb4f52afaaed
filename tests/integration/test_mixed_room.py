"""Two game-loop players, an asyncio player and two starter clients in one room, through 10,000 commands."""

import asyncio
import hashlib
import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import roomcast
from roomcast.server.server import Server
from tests.waiting import wait_for

EACH = 2_000  # commands a player; five players make 10,000
PLAYERS = 5


class Witness:
    """What one player has run, in the order in which it ran it."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, int]] = []
        self.digest = hashlib.sha256()

    def play(self, room: Any) -> Callable[..., None]:
        @room.everywhere
        def move(player: Any, step: int) -> None:
            self.ran.append((player.id, step))
            self.digest.update(f"{room.seq} {player.id} {step}\n".encode())

        return move

    @property
    def complete(self) -> bool:
        return len(self.ran) >= EACH * PLAYERS


class StarterProgram(threading.Thread):
    """An old program: reads ten bytes at a time, does its own moves at once, knows nothing of rooms."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.heard: list[str] = []

    def run(self) -> None:
        partial = b""
        while data := self.socket.recv(10):
            *lines, partial = (partial + data).split(b"\n")
            self.heard += [line.decode() for line in lines]

    def end(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)  # its reader then reads the end
        self.join(5)
        self.socket.close()

    def moves_heard(self) -> list[tuple[str, int]]:
        words = [line.split() for line in self.heard]
        return [(word[1], int(word[2])) for word in words if word[0] == "move"]


def test_everyone_sees_all_the_others_once_and_in_one_order(start_server: Callable[..., Server]) -> None:
    server = start_server(connections_address=1000)
    address = f"127.0.0.1:{server.port}/dots"
    witnesses = {"red": Witness(), "blue": Witness(), "aio": Witness()}
    ready = threading.Barrier(PLAYERS)
    troubles: list[object] = []

    def game_loop(name: str) -> None:
        with roomcast.join(address, name=name) as room:
            room.on("error")(troubles.append)
            witness = witnesses[name]
            move = witness.play(room)
            ready.wait(20)
            for step in range(EACH):
                move(step)
                room.pump()
            wait_for(lambda: room.pump(wait=0.1) is not None and witness.complete, 60, f"{name} has run all")

    async def asyncio_player() -> None:
        async with roomcast.connect(address, name="aio") as room:
            room.on("error")(troubles.append)
            witness = witnesses["aio"]
            move = witness.play(room)
            await asyncio.to_thread(ready.wait, 20)
            for step in range(EACH):
                move(step)
                if step % 50 == 0:
                    await asyncio.sleep(0)
            async for _ in room:
                if witness.complete:
                    return

    def starter(program: StarterProgram) -> None:
        ready.wait(20)
        for step in range(EACH):
            program.socket.sendall(f"move {step}\n".encode())

    programs = [StarterProgram(server.starter_port or 0) for _ in range(2)]
    threads: list[threading.Thread] = [threading.Thread(target=game_loop, args=(name,)) for name in ("red", "blue")]
    threads.append(threading.Thread(target=lambda: asyncio.run(asyncio.wait_for(asyncio_player(), 60))))
    threads += [threading.Thread(target=starter, args=(program,)) for program in programs]
    for thread in (*programs, *threads):
        thread.start()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()

    assert troubles == []
    ids = {"red", "blue", "aio", "Ada", "Alan"}
    everything = Counter((player, step) for player in ids for step in range(EACH))
    for name, witness in witnesses.items():
        assert Counter(witness.ran) == everything, f"{name} has run something twice, or not at all"
    assert len({witness.digest.hexdigest() for witness in witnesses.values()}) == 1

    order = witnesses["red"].ran
    for program in programs:
        wait_for(lambda program=program: len(program.moves_heard()) >= EACH * (PLAYERS - 1), 30, "a starter heard all")
        program.end()
        (me,) = [line.split()[1] for line in program.heard if line.startswith("myIDis")]
        assert program.moves_heard() == [(player, step) for player, step in order if player != me]
