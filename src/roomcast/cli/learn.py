"""`roomcast learn`: the tutorial's chapters, the next one in the browser, and the checks of its exercises."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from roomcast.cli.learn_output import chapter_lines, page_lines, report_lines, step_line
from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.stop_signals import StopSignals, stopped_as_by_ctrl_c
from roomcast.help_topics import with_link
from roomcast.learn.chapters import Chapter, chapters
from roomcast.learn.check_run import CHAPTERS, run_check, usual_file
from roomcast.learn.progress import (
    Progress,
    forget_progress,
    progress_file,
    read_progress,
    write_progress,
)
from roomcast.learn.tutorial_site import TutorialSite, has_page, open_in_browser, running_site


class _ChapterOrCommand(click.Group):
    """`roomcast learn 3` is `roomcast learn open 3`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0].lstrip("+-").isdecimal():
            args = ["open", *args]
        return super().resolve_command(ctx, args)


@dataclass(frozen=True)
class _Before:
    """The flags that were typed before the chapter or the word check: they count as well."""

    here: bool
    console: Console

    def wanted(self, console: Console) -> Console:
        return self.console if self.console.no_color else console


class _ChapterNumber(click.ParamType[int]):
    name = "chapter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not str(value).isdecimal() or int(value) not in CHAPTERS:
            self.fail(f"there is no chapter {value}: they are {CHAPTERS[0]} to {CHAPTERS[-1]}", param, ctx)
        return int(value)


@click.group(
    cls=_ChapterOrCommand,
    context_settings=SETTINGS,
    invoke_without_command=True,
    subcommand_metavar="[CHAPTER | check CHAPTER [FILE]]",
)
@click.option("--list", "only_list", is_flag=True, help="Only list the chapters.")
@click.option("--here", is_flag=True, help="Show the chapter in this terminal, not in the browser.")
@click.option("--reset", is_flag=True, help="Forget which chapters were opened and passed.")
@colour_option
@click.pass_context
def learn(ctx: click.Context, only_list: bool, here: bool, reset: bool, console: Console) -> int:
    """Learn to make multiplayer games, in an afternoon.

    It lists the chapters, and how far you are, and opens the next one in your browser. Each chapter ends with an
    exercise, and `roomcast learn check` tells you what your solution still lacks.

    \b
      roomcast learn                    the chapters; opens the next
      roomcast learn 3                  opens chapter 3
      roomcast learn 3 --here           shows it in this terminal
      roomcast learn check 3            checks your client.py, chapter 3's exercise
      roomcast learn check 3 mine.py    … where it has another name

    A chapter is passed when its exercise is. What you have passed is kept in a file of your own.
    """
    if ctx.invoked_subcommand is not None:
        ctx.obj = _Before(here, console)
        return 0
    if reset:
        try:
            forget_progress(progress_file())
        except OSError as error:
            raise click.ClickException(f"{progress_file()} cannot be removed: {error.strerror}") from None
        console.print(Text("Forgotten. Everything is new again."), soft_wrap=True)
        return 0
    all_chapters, progress = _chapters(), read_progress(progress_file())
    for line in chapter_lines(all_chapters, progress):
        console.print(line, soft_wrap=True)
    upcoming = next((one for one in all_chapters if one.number not in progress.passed), None)
    if upcoming is not None and not only_list and (here or console.is_terminal):
        _open(upcoming, console, here=here)
    return 0


@learn.command("open", hidden=True, context_settings=SETTINGS)
@click.argument("number", metavar="CHAPTER", type=_ChapterNumber())
@click.option("--here", is_flag=True, help="Show it in this terminal, not in the browser.")
@colour_option
@click.pass_obj
def open_chapter(before: _Before, number: int, here: bool, console: Console) -> int:
    """Open a chapter in the browser, until Ctrl-C."""
    chapter = next((one for one in _chapters() if one.number == number), None)
    if chapter is None:
        raise click.ClickException(f"chapter {number} did not come with this copy of Roomcast: install it anew")
    _open(chapter, before.wanted(console), here=here or before.here)
    return 0


@learn.command("check", context_settings=SETTINGS)
@click.argument("number", metavar="CHAPTER", type=_ChapterNumber())
@click.argument("file", required=False, type=click.Path(path_type=Path))
@colour_option
@click.pass_obj
def check_exercise(before: _Before, number: int, file: Path | None, console: Console) -> int:
    """Check your solution of a chapter's exercise, with simulated friends.

    It runs your FILE (the one that the exercise names, where you name none) on this computer alone, and says in words
    what is missing. The exit code is 0 where nothing is, else 1.

    \b
      roomcast learn check 3
      roomcast learn check 3 mine.py
    """
    chosen = file or Path(usual_file(number))
    if not chosen.is_file():
        whose = "" if file else f", the file of chapter {number}'s exercise,"
        what = "is a folder" if chosen.is_dir() else f"is not in {_folder()}" if not file else "is not there"
        sentence = f"{chosen}{whose} {what}: go to its folder (cd), or name another: roomcast learn check {number} FILE"
        raise click.ClickException(with_link(sentence, "exercise"))
    console = before.wanted(console)
    console.print(
        Text.assemble("Checking ", (chosen.name, "bold"), f", the exercise of chapter {number}"), soft_wrap=True
    )
    console.print()
    with stopped_as_by_ctrl_c():  # so that what was started for the file ends, and its folders go
        report = run_check(number, chosen, passed=lambda step: console.print(step_line(step), soft_wrap=True))
    for line in report_lines(report):
        console.print(line)
    if report.finding is not None:
        return 1
    progress = read_progress(progress_file())
    progress.passed[number] = _today()
    _keep(progress)
    return 0


def _open(chapter: Chapter, console: Console, *, here: bool) -> None:
    progress = read_progress(progress_file())
    progress.opened[chapter.number] = _today()
    _keep(progress)
    if not here:
        if (address := running_site(chapter.path)) is not None:
            _show(f"{address}{chapter.path}", console)
            return
        with TutorialSite() as site:
            if has_page(site.address, chapter.path):
                _show(f"{site.address}{chapter.path}", console)
                console.print(Text("Ctrl-C ends it, when you have read it.", "dim"), soft_wrap=True)
                _wait_for_ctrl_c()
                return
        console.print(
            Text(
                "The tutorial's pages are not in this copy of Roomcast (make docs builds them): here is the text.",
                "yellow",
            ),
            soft_wrap=True,
        )
    for part in page_lines(chapter):
        console.print(part, soft_wrap=isinstance(part, Text))


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "this folder, which is not there any more"


def _show(url: str, console: Console) -> None:
    opened = open_in_browser(url)
    words = "In your browser: " if opened else "Open this in a browser: "
    console.print(Text.assemble(words, (url, "cyan")), soft_wrap=True)
    if not opened:
        console.print(Text("Or read it in this terminal: add --here.", "dim"), soft_wrap=True)


def _wait_for_ctrl_c() -> None:
    quiet = threading.Event()
    with StopSignals() as stop:
        while not stop:
            quiet.wait(0.2)


def _chapters() -> list[Chapter]:
    try:
        return chapters()
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None


def _keep(progress: Progress) -> None:
    try:
        write_progress(progress_file(), progress)
    except OSError as error:
        print(f"roomcast: your progress cannot be kept: {error}.", file=sys.stderr)


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()
