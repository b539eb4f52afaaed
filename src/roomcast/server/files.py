"""The static files that browsers get, read once when the server starts: `site` at "/", and `js` at "/js/"."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

# Where each folder of the package is served. A browser drops each ".." that would lead above the root, so
# "../../js/roomcast.js" in site/pages/dots.js names the same module on a disk and in an address.
_FOLDERS: Final = {"site": "", "js": "js/"}

# Files of other kinds, such as package.json, are for developers and are not served.
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
    tag: str  # its ETag, which changes with the contents (RFC 9110, section 8.8.3)


def read_files() -> dict[str, File]:
    """All static files by their paths, such as "style.css" and "js/roomcast.js".

    Requests are answered from this dictionary and never from the disk, so that no path leads out of it.
    """
    package = files("roomcast")
    return {path: file for folder, at in _FOLDERS.items() for path, file in _walk(package / folder, at)}


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{path}{entry.name}/")
            continue
        kind = _KINDS.get(entry.name[entry.name.rfind(".") :])
        if kind is not None:
            body = entry.read_bytes()
            yield path + entry.name, File(body, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
