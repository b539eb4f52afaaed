"""Requests for pages and files: what they cost."""

from __future__ import annotations

from collections.abc import Callable

from price_drives import Drive, Meter, at_once, get, plain, players


def gets(path: Callable[[int], str], rooms: int = 0) -> Drive:
    async def drive(meter: Meter) -> int:
        there = [await players(meter, f"listed-{number}", 1) for number in range(rooms)]
        sent = 0

        async def ask(number: int) -> None:
            nonlocal sent
            request = get(meter, path(number))
            sent += len(request)
            await plain(meter, request)

        with meter.measured():
            await at_once(meter, ask)
        for one in there:
            one.leave()
        return sent

    return drive
