"""A page of the tutorial as plain Markdown, for a terminal: tabs, pictures and included files become text.

A file that the page offers to download is on this computer already: its path is named.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(  # a directive between backticks: its name, its argument, its options and its content
    r"^(?P<indent> *)(?P<fence>`{3,})\{(?P<name>[\w-]+)\} *(?P<argument>.*)\n(?P<options>(?: *:[\w-]+:.*\n)*)"
    r"(?P<content>(?:.*\n)*?)(?P=indent)(?P=fence) *$",
    re.MULTILINE,
)
_OPENS: Final = re.compile(r"^:{3,}\{(?P<name>[\w-]+)\} *(?P<title>.*)$")
_ROLE: Final = re.compile(r"\{[\w-]+\}`([^`<]+?)(?: *<[^>`]*>)?`")
_DOWNLOAD: Final = re.compile(r"\{download\}`[^`<]+ *<(?P<path>[^>`]+)>`")
_CODE: Final = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_ITEM: Final = re.compile(r"(?<!\n)\n(?=\d+\. )")
_SKIPPED: Final = ("toctree", "raw", "tab-set", "only", "container", "div", "grid", "grid-item")


@dataclass(frozen=True, slots=True)
class Part:
    """Prose in Markdown, or a block of code."""

    text: str
    language: str | None  # None: it is prose


def parts(markdown: str) -> Iterator[Part]:
    """The prose and the blocks of code of a text, one after the other. Code has no fences and no indent.

    >>> [(part.language, part.text) for part in parts("One:\\n\\n```python\\nif a:\\n    b\\n```\\n\\nTwo.\\n")]
    [(None, 'One:'), ('python', 'if a:\\n    b'), (None, 'Two.')]
    """
    at, in_list = 0, False
    for block in _CODE.finditer(markdown):
        yield from _prose(markdown[at : block.start()], in_list)
        yield Part(textwrap.dedent(block["text"]).rstrip("\n"), block["language"] or "text")
        at, in_list = block.end(), block["indent"] != ""
    yield from _prose(markdown[at:], in_list)


def _prose(text: str, in_list: bool) -> Iterator[Part]:
    """`in_list`: it goes on with a numbered list, where only a blank line lets it begin with another number than 1."""
    if text.strip():
        yield Part((_ITEM.sub("\n\n", text) if in_list else text).strip("\n"), None)


def plain_markdown(page: Path) -> str:
    """The page's text. Files that it includes are put in; those that are not there are named."""
    text = _BLOCK.sub(
        lambda block: textwrap.indent(_block(block, page.parent), block["indent"]), page.read_text(encoding="utf-8")
    )
    lines, code, container = [], False, False
    offered: list[Path] = []  # by the paragraph that is being read
    for line in [*text.splitlines(), ""]:
        if not line.strip() and not code and offered:
            lines += ["", "*Here you have it already:*", "", "```text", *map(str, offered), "```"]
            offered = []
        fence = line.lstrip().startswith("```")
        code ^= fence
        if code or fence:
            lines.append(line)
        elif opens := _OPENS.match(line.strip()):
            container = True
            title = "" if opens["name"] in _SKIPPED else opens["title"] or opens["name"].capitalize()
            lines += [f"**{title}**", ""] if title else []
        elif line.strip().startswith(":::"):
            container = False
        elif not (line.startswith("% ") or (container and re.match(r" *:[\w-]+:", line))):
            found = [(page.parent / path).resolve() for path in _DOWNLOAD.findall(line)]
            offered += [file for file in found if file.is_file()]
            lines.append(_ROLE.sub(r"`\1`", line))
    return "\n".join(lines) + "\n"


def _block(block: re.Match[str], folder: Path) -> str:
    options = dict(re.findall(r"^ *:([\w-]+): *(.*)$", block["options"], re.MULTILINE))
    content = textwrap.dedent(block["content"])
    match block["name"]:
        case "literalinclude":
            return _included(folder / block["argument"].strip(), options)
        case "code-block":
            caption = f"*{options['caption']}*\n\n" if "caption" in options else ""
            return f"{caption}```{block['argument'].strip()}\n{content}```"
        case "image" | "figure":
            return f"*[A picture: {options.get('alt', block['argument'])}]*"
        case name if name in _SKIPPED:
            return ""
    title = block["argument"] or block["name"].capitalize()
    return f"**{title}**\n\n{content}"


def _included(file: Path, options: dict[str, str]) -> str:
    """A file's text, or the part of it that the page shows, or how it differs from another one."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        before = (file.parent / options["diff"].rpartition("/")[2]) if "diff" in options else None
        former = before.read_text(encoding="utf-8").splitlines() if before else []
    except OSError:
        return f"*(the file {file.name})*"
    if before:
        changes = difflib.unified_diff(former, lines, before.name, file.name, lineterm="")
        return "\n".join(["```diff", *changes, "```"])
    code = "\n".join(_selected(lines, options))
    return f"*{file.name}*\n\n```{options.get('language', 'python')}\n{code}\n```"


def _selected(lines: list[str], options: dict[str, str]) -> list[str]:
    """The lines from and up to those that the options name by their number or by words in them."""
    if wanted := options.get("lines"):
        spans = re.findall(r"(\d+)(-?)(\d*)", wanted)
        ranges = [(int(first), int(last or (len(lines) if dash else first))) for first, dash, last in spans]
        return [line for first, last in ranges for line in lines[first - 1 : last]]
    for option, more in (("start-at", 0), ("start-after", 1)):
        if words := options.get(option):
            first = next((number for number, line in enumerate(lines) if words in line), 0)
            lines = lines[first + more :]
    for option, more in (("end-before", 0), ("end-at", 1)):
        if words := options.get(option):
            # Never the first line: that is the one where it starts.
            last = next((number for number, line in enumerate(lines[1:], 1) if words in line), len(lines))
            lines = lines[: last + more]
    return lines
