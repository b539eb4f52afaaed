"""Follows a chapter of the tutorial to the letter: takes its files, types its commands, reads what it shows.

What a page means:

- `` {download}`game.py <../../examples/…/game.py>` ``: the learner saves this file in the folder of the chapter.
- a code block in the language `console`: a terminal. Its caption is its name ("Terminal 1" where there is none).
    - `$ python game.py` is typed, as soon as nothing else runs in that terminal.
    - `$` alone: nothing runs there any more.
    - `^C` is Ctrl-C.
    - `Your name? Ada ⏎` is typed into the program that runs: what comes after the last `: `, `? `, `. ` or `› `, or all
      of it.
    - every other line is to be read there, in this order; `…` stands for what differs from run to run.
- `% test: name` (a comment, not to be seen on the page): what the test does by itself here, such as pressing keys in a
  window.

Blocks in other languages (`shell-session`, `doscon`) are for other systems or other networks, and are not typed.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.learn.shell import Shell
from tests.networks import Computer, lan
from tests.programs import TOP

LEARN = TOP / "docs" / "learn"
_FENCE = re.compile(r"^ *(`{3,})\{code-block\} console\n((?: *:[^\n]*\n)*)(.*?)^ *\1", re.MULTILINE | re.DOTALL)
_DOWNLOAD = re.compile(r"\{download\}`([^<`]+?) *<([^>]+)>`")
_OWN = re.compile(r"^% test: (\w+)$", re.MULTILINE)
_TYPED = re.compile(r"(?:.*(?:: |\? |\. |› ))?(.*?) ?⏎")


@dataclass
class Typed:
    """A block of one terminal."""

    terminal: str
    lines: list[str]


@dataclass
class Chapter:
    """One page, followed on a computer of its own, in a folder of its own."""

    page: Path
    folder: Path
    computer: Computer
    environment: dict[str, str] = field(default_factory=dict)
    acts: dict[str, "Act"] = field(default_factory=dict)  # what the page's `% test:` lines mean
    terminals: dict[str, Shell] = field(default_factory=dict)

    def follow(self, stack: ExitStack) -> None:
        """From the page's beginning to its end. `stack` closes the terminals."""
        done = set()
        for step in self.steps():
            if isinstance(step, Typed):
                self._type(step, stack)
            elif isinstance(step, tuple):
                name, source = step
                shutil.copy(self.page.parent / source, self.folder / name)
            else:
                self.acts[step](self)
                done.add(step)
        assert done == set(self.acts), f"{self.page.name} has no line for {set(self.acts) - done}"

    def steps(self) -> Iterator[Typed | tuple[str, str] | str]:
        """Terminals' blocks, downloads (name and source), and names of what the test does, in the page's order."""
        text = self.page.read_text(encoding="utf-8")
        found: list[tuple[int, Typed | tuple[str, str] | str]] = []
        for block in _FENCE.finditer(text):
            caption = re.search(r":caption: (.*)", block[2])
            lines = [line.strip() for line in block[3].splitlines() if line.strip()]
            found.append((block.start(), Typed(caption[1].strip() if caption else "Terminal 1", lines)))
        found += [(one.start(), (one[1], one[2])) for one in _DOWNLOAD.finditer(text)]
        found += [(one.start(), one[1]) for one in _OWN.finditer(text)]
        for _, step in sorted(found, key=lambda one: one[0]):
            yield step

    def terminal(self, name: str, stack: ExitStack) -> Shell:
        if name not in self.terminals:
            path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
            shell = Shell(self.computer, str(self.folder), **{"PATH": path} | self.environment)
            self.terminals[name] = stack.enter_context(shell)
        return self.terminals[name]

    def _type(self, block: Typed, stack: ExitStack) -> None:
        shell = self.terminal(block.terminal, stack)
        place = getattr(shell, "place", 0)
        for line in block.lines:
            if line.startswith("$ "):
                shell.wait_for_prompt()
                place = len(shell.text)
                shell.type(line.removeprefix("$ "))
                shell.wait_for_echo(line.removeprefix("$ "), place)
            elif line == "$":
                shell.wait_for_prompt()
            elif line == "^C":
                shell.press(b"\x03")
            elif typed := _TYPED.fullmatch(line):
                before = line[: typed.start(1)].strip()
                if before:
                    shell.wait_for_question(before)
                    place = len(shell.text)
                shell.type(typed[1])
            else:
                place = shell.read(line, place)
        shell.place = place


Act: TypeAlias = Callable[[Chapter], None]


@contextmanager
def chapter(name: str, folder: Path, acts: dict[str, Act] | None = None, **environment: str) -> Iterator[Chapter]:
    """A chapter that was followed from its beginning to its end; its terminals are still open."""
    home = folder / "home"
    (home / "learn").mkdir(parents=True)
    with ExitStack() as stack:
        (computer,) = stack.enter_context(lan("laptop"))
        computer.has_router()
        followed = Chapter(
            LEARN / f"{name}.md", home / "learn", computer, {"HOME": str(home)} | environment, acts or {}
        )
        followed.follow(stack)
        yield followed
