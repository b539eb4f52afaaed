"""The response to a request for something that was found in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from roomcast.core.server import prices
from roomcast.server.site_folder import FoundFile, Moved
from roomcast.transports.http_message import Request, Response


def folder_response(request: Request, found: FoundFile | Moved, headers: Mapping[str, str]) -> Response:
    """The file, 304 where the browser has the same (RFC 9110, section 13.1.2), or a redirect. It closes the file."""
    if isinstance(found, Moved):
        return Response(HTTPStatus.FOUND, {**headers, "Location": found.to})
    headers = {**headers, "ETag": found.tag}
    known = request.headers.get("If-None-Match", "")
    if found.tag in known or known == "*":
        found.close()
        return Response(HTTPStatus.NOT_MODIFIED, headers)
    return Response(HTTPStatus.OK, {**headers, "Content-Type": found.kind}, cost=prices.FILE, stream=found)
