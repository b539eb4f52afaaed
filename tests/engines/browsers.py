"""The engines by name: why one is not here, and a tab of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.engines import chromium_tab, firefox_tab, webkit_tab
from tests.engines.engine import Tab

ENGINES: dict[str, tuple[Callable[[], str | None], Callable[[], AbstractContextManager[Tab]]]] = {
    "chromium": (chromium_tab.why_not, chromium_tab.opened),
    "firefox": (firefox_tab.why_not, firefox_tab.opened),
    "webkit": (webkit_tab.why_not, webkit_tab.opened),
}
