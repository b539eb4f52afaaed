"""What rooms are filled with before something is measured in them."""

from __future__ import annotations

import json
from typing import Final

from raw_websocket import RawWebSocket, frame

EMPTY_LISTS: Final = "[" + ",".join(["[]"] * 9_900) + "]"  # 30 KB: the values that a message may hold
LARGE: Final = json.dumps(["x" * 60_000])


def fill_state(one: RawWebSocket) -> None:
    """24,000 keys of shared state."""
    for first in range(0, 24_000, 6000):
        one.set(json.dumps({f"{key:x}": 0 for key in range(first, first + 6000)}, separators=(",", ":")))


def fill_log(one: RawWebSocket) -> None:
    """Commands of 5 MB in all."""
    for _ in range(80):
        one.n += 1
        one.writer.write(frame(f'{{"t":"do","n":{one.n},"c":"move","a":{LARGE}}}'.encode()))


def fill_value(one: RawWebSocket) -> None:
    """A value of 60 KB in shared state, of 20,000 values: a larger one is compared with nothing."""
    for number in range(2):
        one.set(f'{{"large":{{"{number}":{EMPTY_LISTS}}}}}')
