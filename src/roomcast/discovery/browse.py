"""Which servers say on the network that they are here."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from roomcast.discovery import networks
from roomcast.discovery.service import TYPE, why_no_multicast
from roomcast.errors import RoomcastError

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncZeroconf

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
    looking = _Looking()
    ears: list[AsyncZeroconf] = []
    failure: OSError | None = None
    try:
        for alone in (False, True):
            try:
                ears.append(looking.listen(hosts, alone=alone))
            except OSError as error:
                failure = error
        if not ears and failure is not None:
            raise failure
        await looking.until_settled(seconds, settle)
        return list(looking.found.values())
    finally:
        for ear in ears:
            await ear.async_close()


class _Looking:
    """Takes in who is heard, and asks each where it is.

    It asks in both ways that the standard has (RFC 6762, section 5). From port 5353, for answers to everyone: a
    firewall lets these in where it lets in any mDNS. And from a port of its own, for answers to us alone: they come at
    once and every time, also where a whole class asks; and no other program on port 5353, such as a server on this
    computer, is given them in our place.
    """

    def __init__(self) -> None:
        self.found: dict[str, Announced] = {}
        self._asking: dict[tuple[Zeroconf, str], asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    def listen(self, hosts: list[str], *, alone: bool) -> AsyncZeroconf:
        """Ask, from port 5353 or from a port that is ours alone; close what this returns. Raises `OSError`."""
        from zeroconf import DNSQuestionType
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        ear = AsyncZeroconf(interfaces=hosts, unicast=alone)
        kind = None if alone else DNSQuestionType.QM
        AsyncServiceBrowser(ear.zeroconf, [TYPE], handlers=[self.heard], question_type=kind)
        return ear

    def heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change.name == "Removed":
            self.found.pop(name, None)
        elif (zeroconf, name) not in self._asking:
            asking = asyncio.get_running_loop().create_task(self._ask(zeroconf, name))
            self._asking[zeroconf, name] = asking

    async def _ask(self, zeroconf: Zeroconf, name: str) -> None:
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(TYPE, name)
        if not await info.async_request(zeroconf, int(LOOK_FOR * 1000)) or not info.port:
            return
        hosts = info.parsed_addresses(IPVersion.V4Only) + info.parsed_addresses(IPVersion.V6Only)
        version = info.decoded_properties.get("version") or ""
        if name in self.found:
            return
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
