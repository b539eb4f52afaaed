"""The address of this server for other computers, as text and as a QR code."""

from __future__ import annotations

import io
import ipaddress
from collections.abc import Callable
from typing import Final

from roomcast.transports.http_message import Request
from roomcast.transports.request_head import is_host

_KEPT: Final = 200  # QR codes: up to 10 KB each
_MASK: Final = 4  # no stripes of one line each, which blur first
_MAX_PATH: Final = 400  # bytes: a room's name of 64 characters, each of them %-escaped, and some more


def address(request: Request, own: Callable[[], str]) -> str:
    """The URL of this server for other computers: the host of this request, unless that is a loopback address.

    `own` returns this computer's address on its network, as `host:port`.
    """
    if not is_host(request.host) or is_here(request.host):
        return f"http://{own()}"
    return f"{'https' if request.secure else 'http'}://{request.host}"


def is_here(host: str) -> bool:
    """Whether `host`, with or without a port, only means the computer on which it is typed.

    >>> is_here("localhost:8112"), is_here("[::1]:8112"), is_here("192.168.1.20:8112")
    (True, True, False)
    """
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def prepare() -> None:
    """Import what QR codes need: 40 ms for which a server need not wait when it starts, nor later its event loop."""
    import segno  # noqa: F401  # loaded once for all


class QrCodes:
    """QR codes of pages, as SVG. The latest are kept: making one takes milliseconds."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}  # by URL, the one that was asked for last at the end

    def of(self, url: str) -> tuple[bytes, bool]:
        """The QR code of a URL, and whether it was made just now."""
        known = self._kept.pop(url, None)
        code = qr(url) if known is None else known
        if len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[url] = code
        return code, known is None


def fits(path: str) -> bool:
    """Whether a path is one, and so short that a camera can read its code."""
    return path.startswith("/") and len(path) <= _MAX_PATH and path.isascii()


def qr(url: str) -> bytes:
    """The QR code of a URL, as SVG."""
    import segno  # see `prepare`

    picture = io.BytesIO()
    # With a mask of our choice. To look for the best of the eight takes most of the time, and cameras read them all.
    code = segno.make(url, error="m", micro=False, mask=_MASK)
    # Black on white in dark pages too: many cameras do not read the negative.
    code.save(picture, kind="svg", border=3, dark="#000", light="#fff", xmldecl=False, scale=8, omitsize=True)
    return picture.getvalue()
