"""Runs the check of one chapter on a learner's file, and reports."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from roomcast.learn.check_bench import Bench, OutOfTime
from roomcast.learn.finding import Finding, Missing, Report
from roomcast.learn.learner_program import Frozen
from roomcast.learn.tracebacks import syntax_fault

CHAPTERS: Final = range(1, 9)
_MOST_BYTES: Final = 1_000_000  # of a file; Python takes seconds for such a program, and a minute for 20 MB


def usual_file(chapter: int) -> str:
    """The name that the chapter's exercise gives to the learner's file."""
    return str(_module(chapter).FILE)


def steps(chapter: int) -> tuple[str, ...]:
    """What the chapter's check looks at, in its order."""
    named: tuple[str, ...] = _module(chapter).STEPS
    return named


def run_check(
    chapter: int,
    file: Path,
    *,
    patience: float = 3.0,
    starting: float = 10.0,
    limit: float = 60.0,
    passed: Callable[[str], None] = lambda step: None,
) -> Report:
    """Check a file that is there. `passed` is called at the end of each step that is right.

    `patience`: seconds in which a thing must happen. `starting`: seconds in which a program must be there, which takes
    longer on a slow computer. `limit`: seconds for all of it. Never raises for anything that the
    file does; everything that was started for it has ended.
    """
    named, done = steps(chapter), 0
    try:
        _readable(file)
        with Bench(file, patience=patience, starting=starting, limit=limit) as bench:
            try:
                for _ in _module(chapter).check(bench):
                    passed(named[done])
                    done += 1
            except Frozen:
                bench.frozen("I looked at your window.")
            except OutOfTime:
                bench.missing(
                    "Your program takes too long.",
                    tried="I waited for it, again and again.",
                    saw=f"after {limit:g} seconds the check was not at its end.",
                    expected="a program that answers within a second.",
                    hint="Does it sleep somewhere, or do a lot of work for each line?",
                )
    except Missing as missing:
        return Report(chapter, file.name, named, done, missing.finding)
    return Report(chapter, file.name, named, done, None)


def _module(chapter: int) -> Any:
    return import_module(f"roomcast.learn.checks.chapter_{chapter}")


def _readable(file: Path) -> None:
    """Raise `Missing` for a file that cannot be read, and for one of Python that is none."""
    reader = "Python" if file.suffix == ".py" else "I"
    fault, hint = None, "Is it the right file?"
    try:
        if (size := file.stat().st_size) > _MOST_BYTES:
            why = saw = f"it has {size:,} bytes, and what a person writes is far smaller."
        elif file.suffix != ".py":
            file.read_bytes()
            return
        else:
            with warnings.catch_warnings(action="ignore"):  # the program's own, as of "\d"
                compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
            return
    except SyntaxError as error:
        fault = syntax_fault(error, file)
        why, hint = fault.error, fault.meaning
        saw = f"line {fault.line}: {fault.code}" if fault.line else fault.error
    except (RecursionError, MemoryError):
        why = saw = "it is nested too deeply."
    except OSError as error:
        why = saw = f"{error.strerror}."
    except ValueError as error:  # null bytes
        why = saw = str(error)
    raise Missing(
        Finding(
            f"{reader} cannot read your file: {why}",
            tried="I read the file, before running it.",
            saw=saw[:1].upper() + saw[1:],
            expected="a file of Python." if file.suffix == ".py" else "a file of text.",
            hint=hint,
            fault=fault,
        )
    )
