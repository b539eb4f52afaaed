"""Requests that a proxy has handed on: by whom they were made, and for which host. Only trusted proxies are believed.

Two families of header fields say so: `X-Forwarded-For`, `-Host` and `-Proto`, and `Forwarded` (RFC 7239). Each proxy
adds the address that it was asked from at the right. So we go from right to left, over those that are trusted, and the
first that is not is the client; what stands left of it anybody can have written. Many proxies write one of the
families and hand on the other as it came: where both are there and name two clients, neither is believed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from roomcast.errors import CannotServe
from roomcast.transports.http_message import Headers, Request
from roomcast.transports.peer_address import plain
from roomcast.transports.request_head import is_host

_MAX_PROXIES: Final = 16  # in a row; what is more is junk
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PAIR: Final = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*')
_NODE: Final = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:.]+\])(?::(?:\d{1,5}|_[\w.-]+))?")


class _Hop(NamedTuple):
    """What one proxy says of a request that it was asked for. "": nothing."""

    client: str
    host: str
    proto: str


class TrustedProxies:
    """`allowed`: addresses and networks, as `--trusted-proxy` names them. Raises `CannotServe`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._networks = [_checked(one) for one in allowed]

    def include(self, address: str) -> bool:
        """Whether a trusted proxy has that IP address."""
        if not self._networks:
            return False
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def resolved(self, request: Request) -> Request:
        """The request with the client's address, the host and the scheme that trusted proxies name."""
        if not self.include(request.peer):
            return request
        ways = [hops for hops in (_x_forwarded(request.headers), _forwarded(request.headers)) if hops]
        origins = [self._origin(hops) for hops in ways]
        clients = {origin.client for origin in origins if origin.client}
        if len(clients) > 1:
            return request
        host = next((origin.host for origin in origins if is_host(origin.host)), request.host)
        secure = any(origin.proto.lower() in ("https", "wss") for origin in origins)
        return replace(request, peer=next(iter(clients), request.peer), host=host, secure=secure)

    def _origin(self, hops: list[_Hop]) -> _Hop:
        """The hop that names the client; its client is "" where a proxy does not say it."""
        hop = _Hop("", "", "")
        for hop in hops:
            if not self.include(hop.client):
                break
        return hop


def _x_forwarded(headers: Headers) -> list[_Hop]:
    """What `X-Forwarded-…` say, the nearest proxy first. Lists that are shorter say the same for all proxies."""
    clients = headers.tokens("X-Forwarded-For")[::-1][:_MAX_PROXIES]
    hosts = headers.tokens("X-Forwarded-Host")[::-1]
    protos = headers.tokens("X-Forwarded-Proto")[::-1]
    return [
        _Hop(
            _node(clients[place]) if clients else "",
            hosts[min(place, len(hosts) - 1)] if hosts else "",
            protos[min(place, len(protos) - 1)] if protos else "",
        )
        for place in range(len(clients) or int(bool(hosts or protos)))
    ]


def _forwarded(headers: Headers) -> list[_Hop]:
    """What `Forwarded` says (RFC 7239, section 4), the nearest proxy first; up to the first element that is junk."""
    hops: list[_Hop] = []
    for element in _split(headers.get("Forwarded", ""), ",")[::-1][:_MAX_PROXIES]:
        pairs = [_PAIR.fullmatch(pair) for pair in _split(element, ";")]
        if not all(pairs):
            hops.append(_Hop("", "", ""))
            break
        said = {
            pair[1].lower(): pair[2] if pair[2] is not None else re.sub(r"\\(.)", r"\1", pair[3])
            for pair in pairs
            if pair is not None
        }
        hops.append(_Hop(_node(said.get("for", "")), said.get("host", ""), said.get("proto", "")))
    return hops


def _split(text: str, separator: str) -> list[str]:
    """Split outside quotation marks; empty parts are left out."""
    parts = re.findall(rf'(?:[^"{separator}]|"(?:[^"\\]|\\.)*"?)+', text)
    return [part for part in parts if part.strip()]


def _node(text: str) -> str:
    """The address of a node, without its port; "" where it is hidden, unknown or junk (RFC 7239, section 6).

    >>> [_node(one) for one in ("10.0.0.7:4711", "[fd00::1]:80", "fd00::1", "::ffff:10.0.0.7", "unknown", "1.2.3")]
    ['10.0.0.7', 'fd00::1', 'fd00::1', '10.0.0.7', '', '']
    """
    found = _NODE.fullmatch(text)
    address = found[1].strip("[]") if found is not None else text
    try:
        return plain(str(ipaddress.ip_address(address.partition("%")[0])))
    except ValueError:
        return ""


def _checked(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise CannotServe(
            f"--trusted-proxy: {text!r} is no address: give the proxy's, such as 127.0.0.1, or its network, such as "
            "10.0.0.0/8",
            topic="serve-options",
        ) from None
