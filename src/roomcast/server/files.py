"""The files that browsers get: those of the package's own folder `web`, read once, when the server starts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

# What else lies in that folder is for developers, and stays at home.
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it goes out."""

    body: bytes
    kind: str  # its Content-Type
    tag: str  # its ETag: another one for other contents (RFC 9110, section 8.8.3)


def read_files() -> dict[str, File]:
    """All files of `web` by their paths in it, such as "style.css".

    A request is answered from this dictionary and never from the disk: there is no path that leads elsewhere.
    """
    return dict(_walk(files("roomcast") / "web", ""))


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{path}{entry.name}/")
            continue
        kind = _KINDS.get(entry.name[entry.name.rfind(".") :])
        if kind is not None:
            body = entry.read_bytes()
            yield path + entry.name, File(body, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
