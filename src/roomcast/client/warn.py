"""Warnings in the log `roomcast`: what happened to a program that has no function for it."""

from __future__ import annotations

import logging
from typing import Final

from roomcast.help_topics import with_link

_log: Final = logging.getLogger("roomcast")


def warn(sentence: str, topic: str) -> None:
    """Tell whoever looks at the terminal what the program does not handle itself."""
    _log.warning("%s", with_link(sentence, topic))
