"""`roomcast help`: what an error means, and what to do. Prints entries of docs/troubleshooting.md, offline."""

from __future__ import annotations

import difflib
import re
from typing import Final

import click
from rich.console import Console
from rich.markdown import Markdown

from roomcast.cli.options import SETTINGS
from roomcast.help_topics import ASKED_FOR, OF_CODE, TOPICS
from roomcast.shipped_files import shipped

_ENTRY: Final = re.compile(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


@click.command(context_settings=SETTINGS)
@click.argument("topic", required=False)
def help(topic: str | None) -> None:  # noqa: A001  # the command is called so
    """What an error means, and what to do.

    TOPIC is the word at the end of an error, as in (help: roomcast help no-server). Without it, all topics are listed.
    """
    console = Console(highlight=False, soft_wrap=not Console().is_terminal)
    known = TOPICS | ASKED_FOR
    if topic is None:
        _list(console, known)
        return
    word = topic.strip("()., ").lower()
    word = word if word in known else OF_CODE.get(word, word)
    if word not in known:
        near = difflib.get_close_matches(word, [*known, *OF_CODE], 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "roomcast help lists them all"
        raise click.UsageError(f"there is no help topic {topic!r}: {hint}")
    text = entries()[word]
    console.print(f"[bold]{word}[/]: {known[word]}\n")
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        console.print(text, markup=False)


def entries() -> dict[str, str]:
    """By topic: its entry, as Markdown without the heading."""
    return {topic: text.strip() for topic, text in _ENTRY.findall(_page())}


def _page() -> str:
    return shipped("docs/troubleshooting.md").read_text(encoding="utf-8")


def _list(console: Console, topics: dict[str, str]) -> None:
    width = max(map(len, topics))
    for topic, what in topics.items():
        console.print(f"  [bold]{topic:{width}}[/]  {what}")
    console.print("\nMore about one of them: roomcast help TOPIC")
