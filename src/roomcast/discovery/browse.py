"""Which servers say on the network that they are here."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from roomcast.discovery import networks
from roomcast.discovery.announce import why_no_multicast
from roomcast.discovery.service import TYPE
from roomcast.errors import RoomcastError

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

LOOK_FOR: Final = 1.5  # seconds; those who are there answer within 0.2, and the first question may get lost
SETTLE: Final = 0.4  # seconds after the last one that was found, in which there may be one more


class CannotLook(RoomcastError):
    """There is no way to ask the network."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A server, as it announces itself; whether one can reach it is not known yet."""

    name: str  # its computer's, perhaps with a number
    hosts: tuple[str, ...]  # addresses, those on a network of ours first
    port: int
    version: str


def look(seconds: float = LOOK_FOR, settle: float = SETTLE) -> list[Announced]:
    """The servers that announce themselves, by name; ends `settle` seconds after the last one. Raises `CannotLook`."""
    found: list[Announced] = []
    failure: list[Exception] = []

    def run() -> None:  # in a thread of its own, for the caller may be inside an event loop
        try:
            found.extend(asyncio.run(_look(seconds, settle)))
        except Exception as error:  # whatever the library or the system has
            failure.append(error)

    thread = threading.Thread(target=run, name="roomcast looking", daemon=True)
    thread.start()
    thread.join()
    if failure:
        if isinstance(failure[0], CannotLook):
            raise failure[0]
        raise CannotLook(why_no_multicast(failure[0]))
    return sorted(found, key=lambda one: (one.name, one.port))


async def _look(seconds: float, settle: float) -> list[Announced]:
    hosts = networks.for_multicast()
    if not hosts:
        raise CannotLook("this computer is on no network")
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

    zeroconf = AsyncZeroconf(interfaces=hosts)
    try:
        looking = _Looking(zeroconf.zeroconf)
        browser = AsyncServiceBrowser(zeroconf.zeroconf, [TYPE], handlers=[looking.heard])
        await looking.until_settled(seconds, settle)
        await browser.async_cancel()
        return list(looking.found.values())
    finally:
        await zeroconf.async_close()


class _Looking:
    """Takes in who is heard, and asks each where it is."""

    def __init__(self, zeroconf: Zeroconf) -> None:
        self.found: dict[str, Announced] = {}
        self._zeroconf = zeroconf
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    def heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change.name == "Removed":
            self.found.pop(name, None)
        elif name not in self._asking:
            self._asking[name] = asyncio.get_running_loop().create_task(self._ask(name))

    async def _ask(self, name: str) -> None:
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(TYPE, name)
        if not await info.async_request(self._zeroconf, int(LOOK_FOR * 1000)) or not info.port:
            return
        hosts = info.parsed_addresses(IPVersion.V4Only) + info.parsed_addresses(IPVersion.V6Only)
        version = info.decoded_properties.get("version") or ""
        self.found[name] = Announced(_shown(name), _nearest_first(hosts), info.port, version)
        self._changed.set()

    async def until_settled(self, seconds: float, settle: float) -> None:
        give_up = time.monotonic() + seconds
        until = give_up
        while (left := until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                break
            self._changed.clear()
            until = min(give_up, time.monotonic() + settle)
        for task in self._asking.values():
            task.cancel()


def _shown(name: str) -> str:
    """A server's name as people read it: whoever announces it may have put in what a terminal would obey."""
    return "".join(one if one.isprintable() else "?" for one in name.removesuffix(f".{TYPE}"))


def _nearest_first(hosts: list[str]) -> tuple[str, ...]:
    ours = networks.interfaces()
    return tuple(sorted(hosts, key=lambda host: not any(one.reaches(host) for one in ours)))
