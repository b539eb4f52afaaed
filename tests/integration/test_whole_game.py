"""One whole game as people play it: a server in its own process, and two programs of players."""

from pathlib import Path

from tests.programs import Program

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0", "--no-starter")
MOVES = 100  # by each player
PLAY = """
import sys
import roomcast

address, name, other, moves = sys.argv[1:]
places, order = {}, []
with roomcast.join(address, name=name) as room:

    @room.everywhere
    def move(player, dx, dy):
        x, y = places.get(player.id, (0, 0))
        places[player.id] = x + dx, y + dy
        order.append(room.seq)

    while other not in room.players:
        room.pump(wait=0.1)
    for count in range(1, int(moves) + 1):
        move(1, -2)
        room.me["moved"] = count
        room.pump()
    while len(order) < 2 * int(moves) or room.unacknowledged:
        room.pump(wait=0.1)
    print("Places:", sorted(places.items()), flush=True)
    print("Order:", order, flush=True)
    while other in room.players and room.players[other].get("moved") != int(moves):
        room.pump(wait=0.1)
print("Left", flush=True)
"""


def test_two_programs_play_on_a_server_and_end_with_the_same_game() -> None:
    with Program(Path("-m"), "roomcast", *SERVE) as server:
        address = server.line("  On this computer").split('"')[1]
        with (
            Program(Path("-c"), PLAY, address, "red", "blue", str(MOVES)) as red,
            Program(Path("-c"), PLAY, address, "blue", "red", str(MOVES)) as blue,
        ):
            for player in red, blue:
                place = (MOVES, -2 * MOVES)
                assert player.line("Places: ") == str([("blue", place), ("red", place)])
            assert red.line("Order: ") == blue.line("Order: ")
            for player in red, blue:
                player.line("Left")
                assert player.wait() == 0
        server.stop()
        server.line("Ended: ")
