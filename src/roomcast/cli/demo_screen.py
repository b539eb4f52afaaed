"""The live view of a demo in a terminal: the field, the players, the news, and the trace of one command."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from roomcast.cli import trace_text
from roomcast.cli.colours import colour_of
from roomcast.cli.demo_state import DemoState
from roomcast.cli.dots_field import DotsField
from roomcast.cli.join_addresses import join_addresses

_SIDE: Final = 0.38  # share of the width for the lists beside the field
_WIDE_LIST: Final = 40  # columns from which the list of players also shows how often each has moved
_NEWS_HIGH: Final = 5  # lines, with their frame, that the list of players leaves for the messages
_STEPS_HIGH: Final = 8  # lines, with their frame
_LOW: Final = 20  # lines of a terminal below which the six steps are left out
_NARROW: Final = 60  # columns of a terminal below which the lists are left out
_STEP_EVERY: Final = 0.15  # seconds between two steps as they light up


class DemoFrame:
    """A frame of the view, rendered at the size that rich gives."""

    def __init__(self, state: DemoState) -> None:
        self._state = state
        self._field = DotsField(state.dots)
        self._addresses = join_addresses(state.room.hosted.server, state.room.name)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or options.max_height
        side = max(30, min(48, round(width * _SIDE)))
        foot = self._foot(width)
        whole = Layout()
        rows = [Layout(self._head(), size=1), Layout(name="middle")]
        middle_high = height - 1 - len(foot)
        if height >= _LOW:
            rows.append(Layout(self._steps(), size=_STEPS_HIGH))
            middle_high -= _STEPS_HIGH
        whole.split_column(*rows, Layout(Group(*foot), size=len(foot)))
        field = _panel("the room", self._field, padding=0)
        if width < _NARROW:
            whole["middle"].update(field)
        else:
            whole["middle"].split_row(Layout(field), Layout(self._side(side, middle_high), size=side))
        yield from console.render(whole, options.update(height=height))

    def _head(self) -> RenderableType:
        state = self._state
        here = sum(player.here for player in state.room.players)
        seconds = "" if state.started_at is None else f"   {state.seconds:.0f} s"
        head = Table.grid(expand=True)
        head.add_column(no_wrap=True)
        head.add_column(justify="right", no_wrap=True)
        head.add_row(
            Text.assemble(
                (" Roomcast", "bold"),
                f"   room {state.room.name}   {here} players   {sum(state.dots.moves.values()):,} moves{seconds}",
            ),
            Text.assemble(("← ↑ ↓ →", "bold"), " move you   ", ("q", "bold"), " ends "),
        )
        return head

    def _side(self, width: int, high: int) -> RenderableType:
        most = max(1, high - _NEWS_HIGH - 2)  # players to be listed
        who_high = min(len(self._state.room.players), most) + 2
        side = Layout()
        side.split_column(
            Layout(_panel("who is here", self._who(width, most)), size=who_high),
            Layout(_panel("last messages", self._news(high - who_high - 2))),
        )
        return side

    def _who(self, width: int, most: int) -> RenderableType:
        state = self._state
        table = Table.grid(expand=True, padding=(0, 1))
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        players = list(state.room.players)
        shown = players if len(players) <= most else players[: most - 1]
        for player in shown:
            x, y = state.dots.places.get(player.id, (0, 0))
            what = "you" if player == state.room.me else "bot" if state.demo_players.bot(player.id) else "guest"
            who = Text.assemble(("● " if player.here else "○ ", colour_of(player.id)), player.id, (f" {what}", "dim"))
            moves = Text(f"{state.dots.moves[player.id]:,} moves", "dim") if width >= _WIDE_LIST else Text()
            table.add_row(who, Text(f"{x:>3} {y:>3}"), moves)
        if len(shown) < len(players):
            table.add_row(Text(f"… and {len(players) - len(shown)} more", "dim"), "", "")
        return table

    def _news(self, high: int) -> RenderableType:
        latest = list(self._state.news)[-max(1, high) :]
        return Text("\n", no_wrap=True, overflow="ellipsis").join(
            Text.assemble((f"{player} ", colour_of(player)), words) for player, words in latest
        )

    def _steps(self) -> RenderableType:
        trace, since = self._state.trace, self._state.trace_since
        if trace is None:
            title, lines = Text("a message's six steps"), [Text("They appear with the first message.", "dim")]
        else:
            title = Text.assemble(
                "the six steps of ", (f"{trace.by}: {trace_text.call(trace)}", f"not dim {colour_of(trace.by)}")
            )
            lines = trace_text.lines(trace)
            lit = int((time.monotonic() - since) / _STEP_EVERY) + 1  # one after the other, in slow motion
            for line in lines[lit:]:
                line.stylize("dim")
        text = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
        return _panel(title, text)

    def _foot(self, width: int) -> list[Text]:
        """The addresses to join at: for Python, then for starter clients and browsers as far as there is space."""
        python, *others = self._addresses
        lines = [_address(*python), Text()]
        for where, what in others:
            part = _address(where, what)
            if where != "On this computer" and lines[1].cell_len + part.cell_len <= width:
                lines[1].append_text(part)
        return lines


def _address(where: str, what: str) -> Text:
    return Text.assemble((f" {where}  ", "dim"), (what, "cyan"), " ", no_wrap=True, overflow="ellipsis")


def _panel(title: str | Text, content: RenderableType, padding: int = 1) -> Panel:
    return Panel(content, title=title, title_align="left", box=box.ROUNDED, border_style="dim", padding=(0, padding))


class DemoScreen:
    """Shows the view on the terminal's alternate screen, inside its `with` block."""

    FRAMES = 20  # a second

    def __init__(self, console: Console, state: DemoState) -> None:
        self._frame = DemoFrame(state)
        self._live = Live(self._frame, console=console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._next = 0.0

    def show(self) -> None:
        """Draw a frame, if it is time for one."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 1 / self.FRAMES
            self._live.refresh()

    def __enter__(self) -> DemoScreen:
        self._live.start(refresh=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._live.stop()
