"""The servers that run the rules of `ruled_steps_game.py`, and how each is asked how late its ticks began."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path

from ruled_load import Contender, Lateness, lateness
from servers import COLYSEUS_RULES, roomcast_with

import roomcast

RULES = Path(__file__).with_name("ruled_steps_game.py")


async def _ask_roomcast(port: int) -> Lateness:
    async with roomcast.connect(f"127.0.0.1:{port}/late", name="who measures") as room:
        return lateness(await room.ask("take", timeout=20))


def _roomcast_late(port: int) -> Lateness:
    return asyncio.run(_ask_roomcast(port))


def _colyseus_late(port: int) -> Lateness:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/late", timeout=20) as answer:
        return lateness(json.load(answer))


ROOMCAST = Contender(roomcast_with(str(RULES)), "steps-", _roomcast_late)
COLYSEUS = Contender(COLYSEUS_RULES, "steps-", _colyseus_late)
