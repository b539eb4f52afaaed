"""Ten seconds without a clock: press Enter, count in your head, and press Enter again. The nearest lead the board."""

import sys
import time

import roomcast

with roomcast.join("ten-seconds", name=sys.argv[1] if len(sys.argv) > 1 else "") as room:
    name = room.me.name
    print("Press Enter, count ten seconds, and press Enter again. Ctrl-D ends (on Windows, Ctrl-Z and Enter).")
    while sys.stdin.readline():
        began = time.monotonic()
        print("Go! Enter when ten seconds are over:")
        if not sys.stdin.readline():
            break
        off = round(abs(time.monotonic() - began - 10), 3)  # seconds too early or too late
        room.pump()  # what the others have done meanwhile
        best = room.state.get("best", {})
        if off < best.get(name, float("inf")):
            room.state.merge({"best": {name: off}})  # leaves the others' as they are
            better = sum(other < off for who, other in best.items() if who != name)
            print(f"{off:.3f} seconds off: place {better + 1}. Enter for another try:")
        else:
            print(f"{off:.3f} seconds off; you have done better ({best[name]:.3f}). Enter for another try:")
