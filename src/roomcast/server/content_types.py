"""The Content-Type of a file, by its extension: what the system says of extensions may be anything."""

from __future__ import annotations

from typing import Final

_OTHER: Final = "application/octet-stream"
_UTF8: Final = "; charset=utf-8"

_BY_EXTENSION: Final = {
    **{end: f"text/{kind}{_UTF8}" for end, kind in (("html", "html"), ("htm", "html"), ("css", "css"), ("csv", "csv"))},
    **dict.fromkeys(("js", "mjs"), f"text/javascript{_UTF8}"),
    **dict.fromkeys(("txt", "md", "py", "ts"), f"text/plain{_UTF8}"),
    **{end: f"image/{end}" for end in ("png", "gif", "webp", "avif", "bmp")},
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "ico": "image/vnd.microsoft.icon",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    **{end: f"font/{end}" for end in ("woff", "woff2", "ttf", "otf")},
    "json": "application/json",
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "xml": "application/xml",
    "zip": "application/zip",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
}


def content_type(name: str) -> str:
    """The Content-Type of the file of that name.

    >>> content_type("index.HTML"), content_type("README")
    ('text/html; charset=utf-8', 'application/octet-stream')
    """
    _, dot, extension = name.rpartition(".")
    return _BY_EXTENSION.get(extension.lower(), _OTHER) if dot else _OTHER
