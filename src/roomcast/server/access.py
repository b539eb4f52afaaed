"""Who may ask this server: which hosts a request may name, which pages may send it, which proxies are believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from roomcast.server.origins import Origins
from roomcast.server.own_hosts import OwnHosts
from roomcast.server.trusted_proxies import TrustedProxies
from roomcast.transports import handshake
from roomcast.transports.http_message import Request, Response, text_response

_SHOWN = 80  # characters of what a client sent: the sentence that quotes it is to stay short


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """What `--allow-host`, `--allow-origin` and `--trusted-proxy` say."""

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()


class Access:
    """The rules of one server. `names`: of this computer, besides its host name. Raises `CannotServe`."""

    def __init__(self, settings: AccessSettings, names: Iterable[str] = ()) -> None:
        self.hosts = OwnHosts(settings.hosts, names)
        self._origins = Origins(settings.origins)
        self._proxies = TrustedProxies(settings.proxies)

    def resolved(self, request: Request) -> Request:
        """The request with the client's address, the host and the scheme that trusted proxies name."""
        return self._proxies.resolved(request)

    def is_proxy(self, address: str) -> bool:
        """Whether a trusted proxy has that address, so that others stand behind it."""
        return self._proxies.include(address)

    def refusal(self, request: Request) -> Response | None:
        """The response to a request that is not allowed here; None where it is.

        A program may ask for a WebSocket under any name: pages are why names are checked, and browsers always send
        the origin of a page with that (RFC 6455, section 4.1).
        """
        is_upgrade = handshake.is_upgrade(request)
        is_program = "Origin" not in request.headers and (is_upgrade or not request.host)
        if not is_program and not self.hosts.include(request.host):
            name = request.host[:_SHOWN]
            return text_response(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"this server does not know that it is called {name}: use its address in numbers, or start it with "
                f"--allow-host {name.rpartition(':')[0] or name}",
                topic="not-let-in",
            )
        if is_upgrade and not self._origins.include(request):
            origin = request.headers.get("Origin", "")[:_SHOWN]
            return text_response(
                HTTPStatus.FORBIDDEN,
                f"a page of {origin} may not connect to this server: open a page of the server's own, or start it with "
                f"--allow-origin {origin}",
                topic="not-let-in",
            )
        return None

    def shared(self, request: Request) -> dict[str, str]:
        """Header fields for what pages of other sites may read, where they are allowed (Fetch, section 3.2)."""
        fields = {"Vary": "Origin"}
        if self._origins.is_allowed(request):
            fields["Access-Control-Allow-Origin"] = request.headers["Origin"]
            fields["Cross-Origin-Resource-Policy"] = "cross-origin"
        return fields
