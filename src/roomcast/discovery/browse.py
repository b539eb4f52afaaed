"""Lists the servers that announce themselves on the network."""

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

BROWSE_FOR: Final = 1.5  # seconds: servers answer within 0.2, but the first query may get lost
SETTLE: Final = 0.4  # seconds to wait for another server after the last one that was found


class CannotBrowse(RoomcastError):
    """mDNS does not work here; the message says why."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A server as it announces itself. It may be unreachable."""

    name: str  # the computer's name, with a number where several share it
    hosts: tuple[str, ...]  # addresses, those on our own networks first
    port: int
    version: str


def find_announced(seconds: float = BROWSE_FOR, settle: float = SETTLE) -> list[Announced]:
    """The servers that announce themselves, sorted by name.

    Ends after `seconds`, or `settle` seconds after the last server was found. Raises `CannotBrowse`.
    """
    found: list[Announced] = []
    failure: list[Exception] = []

    def run() -> None:  # in a thread of its own, because the caller may be inside an event loop
        try:
            found.extend(asyncio.run(_find_announced(seconds, settle)))
        except Exception as error:  # whatever the library or the system raises
            failure.append(error)

    thread = threading.Thread(target=run, name="roomcast looking", daemon=True)
    thread.start()
    thread.join()
    if failure:
        if isinstance(failure[0], CannotBrowse):
            raise failure[0]
        raise CannotBrowse(why_no_multicast(failure[0]))
    return sorted(found, key=lambda one: (one.name, one.port))


async def _find_announced(seconds: float, settle: float) -> list[Announced]:
    hosts = networks.for_multicast()
    if not hosts:
        raise CannotBrowse("this computer is on no network")
    browser = Browser()
    endpoints: list[AsyncZeroconf] = []
    failure: OSError | None = None
    try:
        for alone in (False, True):
            try:
                endpoints.append(browser.listen(hosts, alone=alone))
            except OSError as error:
                failure = error
        if not endpoints and failure is not None:
            raise failure
        await browser.until_settled(seconds, settle)
        return list(browser.found.values())
    finally:
        for endpoint in endpoints:
            await endpoint.async_close()


class Browser:
    """Collects the servers that are heard, and resolves the address of each.

    It queries in both ways that RFC 6762, section 5, describes. From port 5353, with multicast answers: a firewall lets
    these in if it lets in mDNS at all. And from an ephemeral port, with unicast answers: they are not delayed or
    suppressed where a whole class asks, and no other program on port 5353, such as a server on this computer, receives
    them in our place.
    """

    def __init__(self) -> None:
        self.found: dict[str, Announced] = {}
        self._asking: dict[tuple[Zeroconf, str], asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    def listen(self, hosts: list[str], *, alone: bool) -> AsyncZeroconf:
        """Query from port 5353, or (`alone`) from an ephemeral port. The caller closes the result. Raises `OSError`."""
        from zeroconf import DNSQuestionType
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        endpoint = AsyncZeroconf(interfaces=hosts, unicast=alone)
        kind = None if alone else DNSQuestionType.QM
        AsyncServiceBrowser(endpoint.zeroconf, [TYPE], handlers=[self.heard], question_type=kind)
        return endpoint

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
        if not await info.async_request(zeroconf, int(BROWSE_FOR * 1000)) or not info.port:
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
    """A server's name, safe to print: the announced one may contain control characters."""
    return "".join(one if one.isprintable() else "?" for one in name.removesuffix(f".{TYPE}"))


def _nearest_first(hosts: list[str]) -> tuple[str, ...]:
    ours = networks.interfaces()
    return tuple(sorted(hosts, key=lambda host: not any(one.reaches(host) for one in ours)))
