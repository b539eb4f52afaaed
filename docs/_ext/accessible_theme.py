"""What the theme leaves out for people who listen to pages or use them by keys alone.

Names for its two side columns, a level for the headings in the first, and a heading for the search. A text that is not
found in a page is a warning: then the theme has changed, and this with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx
from sphinx.util import logging

_LOG: Final = logging.getLogger(__name__)
_REPAIRS: Final = {
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    'class="caption" role="heading">': 'class="caption" role="heading" aria-level="2">',
}
_IN_SEARCH: Final = {
    '<div id="search-results">': '<h1 class="only-read">Search</h1>\n<div id="search-results" >',
}


def _repair(app: Sphinx, failure: Exception | None) -> None:
    if failure is not None or app.builder.format != "html":
        return
    for page in sorted(Path(app.outdir).rglob("*.html")):
        before = after = page.read_text(encoding="utf-8")
        repairs = _REPAIRS | (_IN_SEARCH if page.name == "search.html" else {})
        for theirs, ours in repairs.items():
            if theirs in after:
                after = after.replace(theirs, ours)
            elif ours not in after:
                _LOG.warning("%s has no %s: has the theme changed?", page.name, theirs)
        if after != before:
            page.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", _repair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
