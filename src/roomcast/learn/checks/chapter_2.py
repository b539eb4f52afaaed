"""Exercise 2: the learner's program says where it is, counts, and ends well with Ctrl-C."""

from __future__ import annotations

import os
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from roomcast.learn.check_bench import Bench, last_lines
from roomcast.learn.learner_program import LearnerProgram

FILE: Final = "where.py"
STEPS: Final = (
    "It prints the folder in which it is started",
    "It knows whether it runs in a virtual environment",
    "It prints the words that are typed after its name",
    "It counts up",
    "Ctrl-C ends it with a goodbye",
)
_WORDS: Final = ("red", "42")


def check(bench: Bench) -> Iterator[None]:
    here, there = bench.folder().resolve(), bench.folder().resolve()
    environment = bench.folder() / "environment"
    venv.EnvBuilder(symlinks=os.name != "nt").create(environment)
    inside = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    outside = getattr(sys, "_base_executable", "") or sys.executable
    first = bench.run(*_WORDS, folder=here, python=outside)
    second = bench.run(folder=there, python=str(inside))
    _look_at_folders(bench, {first: here, second: there})
    yield

    for program, answer in ((first, "no"), (second, "yes")):
        within = "in a virtual environment" if answer == "yes" else "by a Python that is in no virtual environment"
        said = _value(bench, program, "venv", f"venv {answer}")
        if said.lower() != answer:
            bench.missing(
                f"Your program says “venv {said}” where it should say “venv {answer}”.",
                tried=f"I ran it {within}.",
                saw=f"it printed “venv {said}”.",
                expected=f"venv {answer}",
                hint="In a virtual environment sys.prefix is its folder, and differs from sys.base_prefix; else both "
                "are the same.",
            )
    yield

    said = _value(bench, first, "words", "words red 42")
    if said != "red 42":
        with_name = said.endswith("red 42")
        bench.missing(
            "The first word is the file's name." if with_name else "Those are not the words that I typed.",
            tried=f"I ran python {bench.file.name} red 42.",
            saw=f"it printed “words {said}”.",
            expected="words red 42",
            hint="sys.argv[0] is the file; what is typed after it begins at sys.argv[1].",
        )
    yield

    bench.expect(
        lambda: all(_numbers(program)[:3] == [1, 2, 3] for program in (first, second)) or None,
        "Your program does not count.",
        tried="I waited for the lines 1, 2 and 3, and typed nothing.",
        saw=lambda: f"it printed: {last_lines(first)}",
        expected="a number a line, from 1 on, a few a second, without being asked.",
        hint="A loop without end, a print, and time.sleep(0.2). Does it wait for input()?",
    )
    yield

    for program in (first, second):
        bench.programs.remove(program)  # what it shows at Ctrl-C is looked at here
        program.interrupt()
        code = program.wait(bench.patience)
        tried = "I pressed Ctrl-C, as one does in a terminal."
        goodbye = "Goodbye. as its last line, and its end."
        if code is None:
            bench.missing(
                "Ctrl-C does not end your program.",
                tried=tried,
                saw=f"it runs on: {last_lines(program)}",
                expected=goodbye,
                hint="Something catches the exception and goes on: “except:” alone catches KeyboardInterrupt, too. "
                "Catch it around the loop, not within.",
            )
        if program.fault is not None:
            bench.missing(
                "Ctrl-C ends your program with a traceback.",
                tried=tried,
                saw=f"the last that it printed is: {last_lines(program)}",
                expected=goodbye,
                hint="Ctrl-C raises KeyboardInterrupt where the program is: put try: around the loop, and "
                "except KeyboardInterrupt: after it.",
            )
        if not program.lines or not program.lines[-1].strip().lower().startswith("goodbye"):
            bench.missing(
                "Your program ends without a goodbye.",
                tried=tried,
                saw=f"the last that it printed is: {last_lines(program)}",
                expected=goodbye,
                hint='print("Goodbye.") in the except clause.',
            )
    yield


def _look_at_folders(bench: Bench, folders: dict[LearnerProgram, Path]) -> None:
    for program, folder in folders.items():
        said = _value(bench, program, "folder", f"folder {folder}")
        if not _same(said, folder):
            its_own = _same(said, bench.file.parent)
            bench.missing(
                "Your program prints the folder of its file." if its_own else "That is not the folder.",
                tried=f"In the folder {folder} I ran your program, by its full path.",
                saw=f"it printed “folder {said}”.",
                expected=f"folder {folder}",
                hint="A program's file is in one folder, and the terminal that starts it may be in another: "
                "os.getcwd() is the terminal's.",
            )


def _value(bench: Bench, program: LearnerProgram, word: str, example: str) -> str:
    """What the program printed after a word at a line's beginning."""

    def look() -> str | None:
        lines = [line.strip() for line in program.lines]
        return next((line for line in lines if line == word or line.startswith(f"{word} ")), None)

    line = bench.expect(
        look,
        f"Your program prints no line that starts with “{word}”.",
        tried="I ran your program.",
        saw=lambda: f"it printed: {last_lines(program)}" if program.output.strip() else "it printed nothing.",
        expected=example,
        hint=f'print("{word}", …), before it begins to count.',
        within=bench.starting if not program.lines else None,
    )
    return line.removeprefix(word).strip()


def _same(said: str, folder: Path) -> bool:
    try:
        return Path(said).resolve() == folder.resolve()
    except (OSError, ValueError):
        return False


def _numbers(program: LearnerProgram) -> list[int]:
    return [int(line) for line in program.lines if line.strip().isdecimal()]
