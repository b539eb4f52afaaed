"""Announces a server on the network until it ends.

This runs in a thread with an event loop of its own, so that neither the library's import nor mDNS traffic delays the
players. An error here never stops a server: others can always type its address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from roomcast.discovery import networks
from roomcast.discovery.service import TYPE, announced_host, machine, why_no_multicast

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

log: Final = logging.getLogger("roomcast")

_ALL: Final = ("", "0.0.0.0", "::")  # hosts that stand for all addresses
_FIRST_AFTER: Final = 0.3  # seconds before the first announcement, so that a starting server takes players first
_LOOK_EVERY: Final = 5.0  # seconds between checks of whether the computer has other addresses
_FORGET_AFTER: Final = 120  # seconds: TTL of the records, should the server end without a goodbye
_GOODBYE_WITHIN: Final = 0.7  # seconds


class Announcement:
    """Announces a server that listens on `host` and `port`. `say` is called with a sentence where that fails."""

    def __init__(self, host: str, port: int, say: Callable[[str], object] = log.warning) -> None:
        self.name = ""  # the name that others see, once it is announced
        self._host = host
        self._port = port
        self._say = say
        self._said = ""
        self._id = secrets.token_hex(4)  # tells this announcement from another of the same name
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="roomcast announcement", daemon=True)

    def start(self) -> None:
        """Start announcing, in the background."""
        self._thread.start()

    def close(self) -> None:
        """Withdraw the announcement. Waits at most 0.7 s for that."""
        if not self._closed:
            self._closed = True
            try:
                self._loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:
                return  # the thread has ended by itself
        self._thread.join(_GOODBYE_WITHIN)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._announce())
        finally:
            self._loop.close()

    async def _announce(self) -> None:
        await self._wait(_FIRST_AFTER)
        while not self._stop.is_set():
            hosts = await asyncio.to_thread(announced, self._host)
            name_taken = False
            try:
                if hosts:
                    name_taken = await self._announce_at(hosts)
            except Exception as error:  # whatever the library or the system raises: the server goes on
                self._fail(error)
            self.name = ""
            if not name_taken:
                await self._wait(_LOOK_EVERY)

    async def _announce_at(self, hosts: list[str]) -> bool:
        """Announce until the server ends or the computer has other addresses; True: until another has our name."""
        from zeroconf.asyncio import AsyncZeroconf

        from roomcast.discovery.name_conflict import NameConflict

        zeroconf = AsyncZeroconf(interfaces=networks.for_multicast())
        try:
            info = self._info(hosts)
            announcing = asyncio.ensure_future(zeroconf.async_register_service(info, allow_name_change=True))
            stopping = asyncio.ensure_future(self._stop.wait())
            await asyncio.wait((announcing, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not announcing.done():
                announcing.cancel()
                return False
            sending = asyncio.ensure_future(announcing.result())  # name conflicts are resolved by now
            self.name, self._said = info.name.removesuffix(f".{TYPE}"), ""
            log.debug("announced as %s at %s", self.name, ", ".join(hosts))
            conflict = NameConflict(info)
            zeroconf.zeroconf.async_add_listener(conflict, None)
            while not self._stop.is_set() and await asyncio.to_thread(announced, self._host) == hosts:
                await self._wait(_LOOK_EVERY, conflict.heard)
                if conflict.yields:
                    zeroconf.zeroconf.registry.async_remove(info)  # without a goodbye: the other keeps the name
                    sending.cancel()
                    return True
                if conflict.heard.is_set():
                    conflict.heard.clear()
                    # What everyone else has heard last is perhaps the other's: say ours again.
                    sending = asyncio.ensure_future(await zeroconf.async_update_service(info))
            await sending
        finally:
            await zeroconf.async_close()  # sends the goodbye
        return False

    def _info(self, hosts: list[str]) -> ServiceInfo:
        from importlib import metadata

        from zeroconf import ServiceInfo

        return ServiceInfo(
            TYPE,
            f"{machine()}.{TYPE}",
            port=self._port,
            properties={"version": metadata.version("roomcast"), "path": "/", "id": self._id},
            server=f"{announced_host(self._port)}.",
            parsed_addresses=hosts,
            host_ttl=_FORGET_AFTER,
            other_ttl=_FORGET_AFTER,
        )

    async def _wait(self, seconds: float, *sooner: asyncio.Event) -> None:
        """Wait, unless the server ends, or one of the events comes."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._stop, *sooner)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def _fail(self, error: Exception) -> None:
        why = why_no_multicast(error)
        if why != self._said:  # report each failure once, not every few seconds
            self._said = why
            self._say(f"this server is not announced on the network, so others must type its address: {why}")


def is_for_others(host: str) -> bool:
    """Whether other computers can reach a server that listens on `host`, now or on another network."""
    return host in _ALL or bool(announced(host))


def announced(host: str) -> list[str]:
    """The addresses to announce for a server that listens on `host`; none if only this computer can reach it."""
    if host in _ALL and host != "::":
        return networks.addresses()
    if host == "::":
        return networks.addresses(socket.AF_INET6)
    try:
        found = {str(where[0]) for *_, where in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return []
    return sorted(one for one in found if not ipaddress.ip_address(one.partition("%")[0]).is_loopback)
