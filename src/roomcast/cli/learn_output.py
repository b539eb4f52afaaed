"""What `roomcast learn` prints: the list of chapters, a chapter's text, and what a check found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from roomcast.cli.trace_text import visible
from roomcast.learn.chapters import Chapter
from roomcast.learn.finding import Finding, Report
from roomcast.learn.page_text import parts, plain_markdown
from roomcast.learn.progress import Progress

_MOST: Final = 1000  # characters of one entry of a finding


def chapter_lines(chapters: list[Chapter], progress: Progress) -> Iterator[RenderableType]:
    """The list of chapters, with what is passed, what was opened, and what comes next."""
    passed = sum(chapter.number in progress.passed for chapter in chapters)
    yield Text.assemble(("Learn it in an afternoon", "bold"), (f"   {passed} of {len(chapters)} passed", "dim"))
    yield Text()
    upcoming = next((one.number for one in chapters if one.number not in progress.passed), None)
    for chapter in chapters:
        yield _chapter_line(chapter, progress, upcoming)
    yield Text()
    if upcoming is None:
        yield Text.assemble(
            "You have passed all of it. To make a game of your own:  ", ("roomcast new my-game", "cyan")
        )
    else:
        yield Text.assemble("Read it:             ", (f"roomcast learn {upcoming}", "cyan"))
        yield Text.assemble("Check your exercise: ", (f"roomcast learn check {upcoming}", "cyan"))


def _chapter_line(chapter: Chapter, progress: Progress, upcoming: int | None) -> Text:
    number = f" {chapter.number}  "
    if chapter.number in progress.passed:
        day = progress.passed[chapter.number]
        return Text.assemble(("  ✓", "green"), number, chapter.title, (f"   passed on {day}", "dim"))
    if chapter.number == upcoming:
        return Text.assemble(("  ›", "bold cyan"), (number + chapter.title, "bold"), ("   next", "cyan"))
    opened = ("   opened", "dim") if chapter.number in progress.opened else ""
    return Text.assemble("   ", number, chapter.title, opened)


def page_lines(chapter: Chapter) -> Iterator[RenderableType]:
    """The chapter's text. Its code is `Text`, to be printed as it is: then it can be copied."""
    for part in parts(plain_markdown(chapter.page)):
        if part.language is None:
            yield Markdown(part.text)
        else:
            code = Syntax("", part.language, theme="ansi_dark").highlight(part.text)
            code.rstrip()
            yield code
        yield Text()


def step_line(step: str) -> Text:
    """A step of a check that is right."""
    return Text.assemble(("  ✓ ", "green"), step)


def report_lines(report: Report) -> Iterator[RenderableType]:
    """What a check found, after its steps."""
    if report.finding is None:
        yield Text()
        yield Text.assemble(("All of it is right. ", "bold green"), f"Chapter {report.chapter} is passed.")
        yield Text.assemble("Go on:  ", ("roomcast learn", "cyan"))
        return
    failed = 1 if report.finding.of_file else 0  # else nobody knows whether the next step would be right
    for step in report.steps[report.passed : report.passed + failed]:
        yield Text.assemble(("  ✗ ", "bold red"), (step, "bold"))
    for step in report.steps[report.passed + failed :]:
        yield Text.assemble(("  · ", "dim"), (step, "dim"))
    yield Text()
    yield _shown(report.finding.sentence, "bold red")
    yield Text()
    yield Padding(_details(report.finding), (0, 0, 0, 2))
    yield Text()
    advice = "Change it, and try again." if report.finding.of_file else "Your file was not judged."
    yield Text.assemble(f"{advice} The chapter:  ", (f"roomcast learn {report.chapter}", "cyan"))


def _details(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("tried", _shown(finding.tried))
    if finding.fault is not None and finding.fault.line:
        table.add_row(f"line {finding.fault.line}", _shown(finding.fault.code, "yellow"))
        table.add_row("error", _shown(finding.fault.error, "yellow"))
    else:
        table.add_row("saw", _shown(finding.saw))
    table.add_row("expected", _shown(finding.expected))
    table.add_row("hint", _shown(finding.hint, "cyan"))
    return table


def _shown(text: str, style: str = "") -> Text:
    """What a learner's program may have printed is made safe for the terminal; of much, the beginning."""
    return Text(visible(text if len(text) <= _MOST else f"{text[:_MOST]}…"), style)
