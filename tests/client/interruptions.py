"""Signals at a chosen moment: something is done between two given instructions of the library, as a handler would.

Python runs the handlers of signals between two instructions of the main thread: where a function begins, after a call,
and where a loop goes back. `interrupt(call, at, do)` counts these moments in the library's code, and at the one of
number `at` calls `do`, which may raise. With `strictly`, any two instructions count.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import roomcast

LIBRARY = roomcast.__file__.removesuffix("__init__.py")


_in_the_program: list[bool] = []


@contextmanager
def in_the_program() -> Iterator[None]:
    """What a function of the program does, also with the library: that is its own to be broken off."""
    _in_the_program.append(True)
    try:
        yield
    finally:
        _in_the_program.pop()


class Interrupt(KeyboardInterrupt):
    """What Ctrl-C raises, from us."""


def ctrl_c() -> None:
    raise Interrupt


def interrupt(call: Callable[[], Any], at: int, do: Callable[[], object] = ctrl_c, *, strictly: bool = False) -> bool:
    """Call; returns False where it was over before the moment came."""
    left, done = at, False

    def trace(frame: FrameType, kind: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(LIBRARY):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        instructions, before = _instructions(frame.f_code), 0

        def trace_instructions(frame: FrameType, kind: str, _: Any) -> Any:
            nonlocal left, done, before
            if kind == "opcode" and not done and not _in_the_program:
                now = instructions[frame.f_lasti]
                counts = strictly or before in _AFTER or now in _AT
                before = now
                if counts:
                    left -= 1
                    if left < 0:
                        done = True
                        sys.settrace(None)
                        do()
            return trace_instructions

        return trace_instructions

    def traced() -> None:
        sys.settrace(trace)
        try:
            call()
        except Interrupt:
            pass
        except BaseException as error:
            failures.append(error)
        finally:
            sys.settrace(None)

    # In a thread of its own: what is raised by a trace function in an `except` leaves that one's exception behind.
    failures: list[BaseException] = []
    thread = threading.Thread(target=traced)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return done


_AFTER = {number for number, name in enumerate(dis.opname) if name.startswith(("CALL", "RESUME"))}
_AT = {number for number, name in enumerate(dis.opname) if name.startswith("JUMP_BACKWARD")}


@functools.cache
def _instructions(code: CodeType) -> bytes:
    return code.co_code


def every_moment(limit: int = 20_000) -> Iterator[int]:
    """0, 1, 2 …: the caller stops when `interrupt` returns False."""
    yield from range(limit)
    raise AssertionError("it never ends")
