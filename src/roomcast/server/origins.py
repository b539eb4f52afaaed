"""Which sites' pages may use this server: its own, and those that `--allow-origin` names (RFC 6455, section 10.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from roomcast.errors import CannotServe
from roomcast.transports.http_message import Request
from roomcast.transports.request_head import is_host

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}  # browsers leave them out, proxies may put them in
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#@]+)")


class Origins:
    """`allowed`: origins such as `http://localhost:5173`; `*` for all. Raises `CannotServe`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        checked = {_checked(one) for one in allowed}
        self._any = "*" in checked
        self._allowed = checked

    def include(self, request: Request) -> bool:
        """Whether a page of this server asks, or one that is allowed, or a program that is not a browser."""
        return "Origin" not in request.headers or is_own(request) or self.is_allowed(request)

    def is_allowed(self, request: Request) -> bool:
        """Whether a page asks whose origin is allowed by name."""
        origin = request.headers.get("Origin")
        return origin is not None and (self._any or _normal(origin) in self._allowed)


def is_own(request: Request) -> bool:
    """Whether a page of this server asks: its origin names the host that it asks."""
    scheme, _, host = request.headers.get("Origin", "").lower().partition("://")
    port = _DEFAULT_PORTS.get(scheme)  # any other scheme, and the origin "null", cannot be a page of this server
    own = request.host.lower()
    return port is not None and host != "" and host.removesuffix(port) == own.removesuffix(port)


def _normal(origin: str) -> str:
    """As browsers write it: in small letters, and without the port that everybody expects."""
    found = _ORIGIN.fullmatch(origin.strip().lower())
    if found is None:
        return origin
    scheme, host = found.groups()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"


def _checked(origin: str) -> str:
    if origin.strip() == "*":
        return "*"
    normal = _normal(origin)
    found = _ORIGIN.fullmatch(normal)
    if found is None or not is_host(found[2]):
        raise CannotServe(
            f"--allow-origin: {origin!r} is no origin: give scheme, host and port, and nothing after them, "
            "such as http://localhost:5173",
            topic="serve-options",
        )
    return normal
