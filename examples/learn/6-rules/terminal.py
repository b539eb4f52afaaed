"""For games in the terminal: the main thread waits for what is typed, a second one runs what arrives."""

import threading

import roomcast


def listen(room):
    while not room.closed:
        room.pump(wait=1)


def play(room, act):
    """Call act(line) for every line that is typed, until Ctrl-D or Ctrl-C (on Windows, Ctrl-Z and Enter)."""
    threading.Thread(target=listen, args=[room], daemon=True).start()
    while True:
        try:
            act(input())
        except roomcast.BadArgument as problem:
            print(problem)
        except (EOFError, KeyboardInterrupt):
            break
    room.leave()
