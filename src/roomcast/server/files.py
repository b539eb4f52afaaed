"""The static files of the package that browsers get, read once when the server starts.

Pages are at "/", what they are made of at "/roomcast/", and the library at "/js/": so the user's own folder,
which is served at "/" as well, may have a style.css of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from roomcast.server.content_types import content_type

# Where each folder of the package is served: "../../js/roomcast.js" in site/pages/dots.js names the same module on a
# disk and in an address.
_FOLDERS: Final = {"site": "roomcast/", "js": "js/"}
_LIBRARY: Final = "roomcast.js"

_ON_DISK: Final = "learn"  # the docs in site/: `learn_pages` reads them at each request
_SERVED: Final = (".css", ".html", ".js", ".svg")  # what else is there, such as package.json, is for developers


@dataclass(frozen=True, slots=True)
class File:
    """A file as it goes out."""

    body: bytes
    kind: str  # its Content-Type
    tag: str  # its ETag, which changes with the contents (RFC 9110, section 8.8.3)


def read_files() -> dict[str, File]:
    """All static files by their paths, such as "dots.html", "roomcast/style.css" and "js/roomcast.js".

    Requests are answered from this dictionary and never from the disk, so that no path leads out of it.
    """
    package = files("roomcast")
    return {_address(path): file for folder, at in _FOLDERS.items() for path, file in _walk(package / folder, at)}


def _address(path: str) -> str:
    name = path.removeprefix("roomcast/")
    return name if name == _LIBRARY or name.endswith(".html") else path


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != _ON_DISK:
                yield from _walk(entry, f"{path}{entry.name}/")
            continue
        if entry.name.endswith(_SERVED):
            body = entry.read_bytes()
            yield path + entry.name, File(body, content_type(entry.name), f'"{hashlib.sha256(body).hexdigest()[:20]}"')
