"""The same for programs that say move,5,0. Run it: python with_commas.py [port]"""

import asyncio
import contextlib
import itertools
import sys

numbers = itertools.count(1)
players = {}  # name -> where to write to that player


def say(name, *words):
    players[name].write((",".join(map(str, words)) + "\n").encode())


def others(name):
    return [other for other in players if other != name]


def come(name):
    for other in others(name):
        say(other, "newPlayer", name)
        say(name, "newPlayer", other)
    say(name, "myIDis", name)


def hear(name, instruction, *details):
    for other in others(name):
        say(other, instruction, name, *details)


async def serve(reader, writer):
    name = f"Player{next(numbers)}"
    players[name] = writer
    come(name)
    try:
        while line := await reader.readline():
            if (words := line.decode("utf-8", "replace").strip().split(",")) != [""]:
                hear(name, *words)
    except (OSError, ValueError):  # the cable was pulled, or a line makes no sense
        pass
    finally:
        del players[name]
        writer.close()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 50003
    server = await asyncio.start_server(serve, "0.0.0.0", port)
    print("Listening on port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
