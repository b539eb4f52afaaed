"""The address of this server for other computers, as text and as a QR code."""

from __future__ import annotations

import io
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final

_HOST: Final = re.compile(r"[\w.\-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", re.ASCII)
_MAX_PATH: Final = 400  # bytes: a room's name of 64 characters, each of them %-escaped, and some more


def address(headers: Mapping[str, str], own: Callable[[], str]) -> str:
    """The URL of this server for other computers: the host of this request, unless that is a loopback address.

    `own` returns this computer's address on its network, as `host:port`.
    """
    host = headers.get("Host", "")
    if not _HOST.fullmatch(host) or is_here(host):
        return f"http://{own()}"
    scheme = "https" if headers.get("X-Forwarded-Proto") == "https" else "http"  # behind a tunnel or a proxy
    return f"{scheme}://{host}"


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


def qr(address: str, path: str) -> bytes | None:
    """The QR code of a page, as SVG; None where `path` is none, or one that no camera would read."""
    if not path.startswith("/") or len(path) > _MAX_PATH or not path.isascii():
        return None
    import segno  # see `prepare`

    picture = io.BytesIO()
    code = segno.make(address + path, error="m", micro=False)
    # Black on white in dark pages too: many cameras do not read the negative.
    code.save(picture, kind="svg", border=3, dark="#000", light="#fff", xmldecl=False, scale=8, omitsize=True)
    return picture.getvalue()
