"""Checks whether mDNS works on this computer: announces a service for a moment and listens for it."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from roomcast.discovery import networks
from roomcast.discovery.browse import CannotBrowse
from roomcast.discovery.service import machine, why_no_multicast

_TYPE: Final = "_roomcast-echo._tcp.local."  # a type of its own, so that nobody takes it for a server
_HEAR_WITHIN: Final = 3.0  # seconds


def hears_itself() -> bool:
    """Whether this computer hears its own announcement. Raises `CannotBrowse`."""
    if not networks.for_multicast():
        raise CannotBrowse("this computer is on no network")
    try:
        return asyncio.run(_hears_itself())
    except CannotBrowse:
        raise
    except Exception as error:  # whatever the library or the system raises
        raise CannotBrowse(why_no_multicast(error)) from error


async def _hears_itself() -> bool:
    from zeroconf import DNSQuestionType, ServiceInfo, ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

    hosts = networks.for_multicast()
    own = f"{machine()}-{secrets.token_hex(4)}.{_TYPE}"
    came = asyncio.Event()

    def hear(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if name == own:
            came.set()

    listener, speaker = AsyncZeroconf(interfaces=hosts), AsyncZeroconf(interfaces=hosts)
    try:
        browser = AsyncServiceBrowser(listener.zeroconf, [_TYPE], handlers=[hear], question_type=DNSQuestionType.QM)
        info = ServiceInfo(_TYPE, own, port=9, server=f"{machine()}-echo.local.", parsed_addresses=hosts)
        speaking = asyncio.ensure_future(speaker.async_register_service(info))
        try:
            await asyncio.wait_for(came.wait(), _HEAR_WITHIN)
        except TimeoutError:
            return False
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
            await browser.async_cancel()
        return True
    finally:
        await speaker.async_close()
        await listener.async_close()
