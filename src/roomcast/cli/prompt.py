"""The input line of `roomcast join` at the bottom of a terminal, with completion and history; events appear above it.

Only this module imports prompt_toolkit, and it is imported only at a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from roomcast.cli import typed_line
from roomcast.cli.colours import colour_of
from roomcast.cli.join_session import JoinSession
from roomcast.cli.trace_text import visible

_STYLE = Style.from_dict({"bottom-toolbar": "noreverse", "bottom-toolbar.text": "", "trouble": "bold"})


async def run_prompt(session: JoinSession, *, colour: bool) -> None:
    """Read lines and execute them until the person leaves, or the room is over."""
    prompt = _Prompt(session, colour=colour)
    with patch_stdout(raw=True):  # output appears above the input line
        listening = asyncio.create_task(prompt.listen())
        try:
            await prompt.read()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class _Prompt:
    def __init__(self, session: JoinSession, *, colour: bool) -> None:
        self._session = session
        self._prompt: PromptSession[str] = PromptSession(
            self._message,
            completer=_LineCompleter(session),
            complete_while_typing=Condition(lambda: self._prompt.default_buffer.text.startswith("/")),
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=4,
            bottom_toolbar=self._toolbar,
            color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
            key_bindings=_key_bindings(),
            erase_when_done=True,  # a command is shown when it comes back, at its place in the room's order
            style=_STYLE,
        )

    async def listen(self) -> None:
        """Print what happens; when the room is over, end `read`."""
        await self._session.listen()
        if self._prompt.app.is_running:
            self._prompt.app.exit(exception=EOFError)

    async def read(self) -> None:
        while not self._session.room.closed:
            try:
                line = await self._prompt.prompt_async()
            except (EOFError, KeyboardInterrupt):
                return
            if not self._session.execute(line):
                return

    def _message(self) -> StyleAndTextTuples:
        me = self._session.room.me.id
        return [(f"bold {colour_of(me)}", visible(me)), ("", " › ")]

    def _toolbar(self) -> StyleAndTextTuples:
        room = self._session.room
        waiting = room.unacknowledged
        if self._session.offline:
            kept = f"; {waiting} of yours will be sent then" if waiting else ""
            return [("class:trouble", f" offline, trying again{kept} ")]
        here = [player.id for player in room.players if player.here]
        names = ", ".join(map(visible, here[:5])) + (f" and {len(here) - 5} more" if len(here) > 5 else "")
        return [
            ("", f" {visible(room.name)} · {visible(room.code)} · {len(here)} here: {names} · Tab completes · /help ")
        ]


class _LineCompleter(Completer):
    """Completes commands seen in the room, this program's own commands, player ids, keys of shared state."""

    def __init__(self, session: JoinSession) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        start, _, last = before.rpartition(" ")
        for word, meaning in self._choices(start.split(), last).items():
            if word.lower().startswith(last.lower()):
                yield Completion(f"{word} ", -len(last), display=visible(word), display_meta=visible(meaning))

    def _choices(self, start: list[str], last: str) -> dict[str, str]:
        room = self._session.room
        players = {player.id: "player" if player.here else "away" for player in room.players if player != room.me}
        if start == ["/set"] and not start[1:]:
            return dict.fromkeys(room.me.keys(), "your state")
        if start == ["/setroom"]:
            return dict.fromkeys(room.state.keys(), "the room's state")
        if start == ["/to"]:
            return players
        commands_may_follow = not start or (len(start) == 2 and start[0] == "/to")
        if commands_may_follow and last.startswith("/"):
            seen = {
                f"/{name}": f"({called})" for name, called in self._session.commands.items() if name != typed_line.SAY
            }
            own = {example.split()[0]: meaning for example, meaning in typed_line.HELP.items()}
            own.pop("/move"), own.pop("/paint"), own.pop("//move")  # examples of commands that a room may have
            return seen if start else seen | own
        return players if last else {}


def _key_bindings() -> KeyBindings:
    """Ctrl-C clears the line, as in a shell; on an empty line it leaves, as in a program."""
    keys = KeyBindings()

    @keys.add("c-c")
    def interrupt(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    return keys
