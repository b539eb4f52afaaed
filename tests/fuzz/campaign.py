"""`make fuzz`: targets under the fuzzer, for so many inputs or seconds each; or one input once more.

    make fuzz                                  every target for a minute
    make fuzz TARGET=server SECONDS=600        one of them, for longer
    make fuzz TARGET=starter RUNS=1000000      … for so many inputs
    make fuzz TARGET=server INPUT=crash-0a1b   replay what was found
    make fuzz TARGET=server KEEP=1             keep what reached something new in tests/fuzz/corpus

It ends with what was tried and how the memory went. It fails where an input broke something or hung, and where memory
grew.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fuzz import mutation
from tests.fuzz.smallest import smallest
from tests.fuzz.targets import TARGETS, Target
from tests.programs import TOP

HANGS_AFTER: Final = 10  # seconds for one input
MAX_MEMORY: Final = 1024  # MiB
MAX_GROWTH: Final = 64  # MiB between warmed up and the end; the fuzzer's own notes and corpus are in it
SAY_EVERY: Final = 10.0  # seconds
FOUND: Final = TOP / "build" / "fuzz"  # where inputs are put that broke something

_STATUS: Final = re.compile(r"#(\d+)\s+(\w+)(?:.*cov: (\d+))?(?:.*corp: (\d+))?")
_WRITTEN: Final = re.compile(r"Test unit written to (\S+)")


@dataclass
class Course:
    """How a target's campaign goes, as libFuzzer says and the system sees."""

    tried: int = 0
    coverage: int = 0  # places in the code, and ways there, that were reached
    corpus: int = 0  # inputs that reached something new
    began: float = 0.0
    memory: list[float] = field(default_factory=list)  # MiB, from when it was warmed up
    broke: str = ""  # the input that did
    said: list[str] = field(default_factory=list)  # all that is no status

    def take(self, line: str) -> None:
        status = _STATUS.match(line)
        if status is None:
            self.said.append(line.rstrip())
            written = _WRITTEN.search(line)
            self.broke = written[1] if written else self.broke
            return
        self.tried = int(status[1])
        self.coverage = int(status[3] or self.coverage)
        self.corpus = int(status[4] or self.corpus)

    @property
    def rate(self) -> float:
        return self.tried / max(0.001, time.monotonic() - self.began)

    def __str__(self) -> str:
        memory = f"{self.memory[-1]:.0f} MiB" if self.memory else "…"
        return (
            f"{self.tried:>10,} inputs {self.rate:>7,.0f}/s   coverage {self.coverage:>5,}   "
            f"corpus {self.corpus:>5,}   memory {memory}"
        )


def main() -> int:
    asked = _asked()
    chosen = [TARGETS[asked.target]] if asked.target else list(TARGETS.values())
    if asked.input:
        return _replay(chosen[0], Path(asked.input))
    return max([_campaign(target, asked.runs, asked.seconds, keep=asked.keep) for target in chosen])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz Roomcast's codecs, server and client.")
    parser.add_argument("--target", choices=TARGETS, help="only this one")
    parser.add_argument("--runs", type=int, default=0, help="inputs a target")
    parser.add_argument("--seconds", type=int, default=0, help="seconds a target; 60 if neither is given")
    parser.add_argument("--input", help="replay this file, without a fuzzer")
    parser.add_argument("--keep", action="store_true", help="keep what reached something new in tests/fuzz/corpus")
    asked = parser.parse_args()
    if asked.input and not asked.target:
        parser.error("--input needs a --target")
    if not asked.runs and not asked.seconds:
        asked.seconds = 60
    return asked


def _replay(target: Target, file: Path) -> int:
    data = file.read_bytes()
    print(f"{target.name}: {len(data)} bytes")
    for step in data.split(b"\0") if target.script else [data]:
        print(f"    {step!r}")
    target.run(data)
    print("Nothing is wrong with it.")
    return 0


def _campaign(target: Target, runs: int, seconds: int, *, keep: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="roomcast-fuzz-") as folder:
        begin, new = Path(folder, "begin"), Path(folder, "new")
        begin.mkdir()
        new.mkdir()
        inputs = [data[: target.longest] for data in target.seeds()] + [file.read_bytes() for file in target.inputs()]
        for count, data in enumerate(inputs):
            (begin / str(count)).write_bytes(data)
        words = Path(folder, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in mutation.words))
        print(f"{target.name}: from {len(inputs)} inputs")
        course = _fuzz(
            target,
            [
                f"-runs={runs or -1}",
                f"-max_total_time={seconds}",
                f"-timeout={HANGS_AFTER}",
                f"-rss_limit_mb={MAX_MEMORY}",
                f"-max_len={target.longest}",
                f"-dict={words}",
                f"-artifact_prefix={FOUND}/{target.name}-",
                "-len_control=0",
                str(new),
                str(begin),
            ],
        )
        if keep and not course.broke:
            kept = smallest(target, inputs + [file.read_bytes() for file in new.iterdir()])
            _write(target, kept)
            print(f"  {len(kept)} of them reach all that the others do: they are in {target.corpus.relative_to(TOP)}.")
    return _verdict(target, course)


def _fuzz(target: Target, options: list[str]) -> Course:
    FOUND.mkdir(parents=True, exist_ok=True)
    course = Course(began=time.monotonic())
    command = [sys.executable, "-m", "tests.fuzz.fuzzer", target.name, *options]
    with subprocess.Popen(
        command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout
        said_at = time.monotonic()
        for line in process.stdout:
            course.take(line)
            now = time.monotonic()
            if course.tried and (now - said_at >= SAY_EVERY or not course.memory):
                course.memory.append(_memory(process.pid) or course.memory[-1])
                if now - said_at >= SAY_EVERY:
                    said_at = now
                    print(f"  {course}", flush=True)
    course.said.append(f"exit code {process.returncode}")
    if process.returncode and not course.broke:
        course.broke = "?"
    return course


def _memory(process: int) -> float:
    """What the process has in memory, in MiB; 0 when it has ended."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _verdict(target: Target, course: Course) -> int:
    if course.broke:
        print("\n".join(line for line in course.said[-60:] if not line.startswith(("INFO", "WARNING"))))
        print(f"{target.name}: BROKEN after {course.tried:,} inputs. To see it again:")
        print(f"  make fuzz TARGET={target.name} INPUT={course.broke}")
        return 1
    first, last = course.memory[0], course.memory[-1]
    print(
        f"{target.name}: {course.tried:,} inputs in {time.monotonic() - course.began:.0f} s "
        f"({course.rate:,.0f} a second), nothing broken.\n  Coverage {course.coverage:,}, corpus {course.corpus:,}; "
        f"memory {first:.0f} MiB at the start, {last:.0f} MiB at the end."
    )
    if last - first > MAX_GROWTH:
        print(f"{target.name}: memory grew by more than {MAX_GROWTH} MiB.")
        return 1
    return 0


def _write(target: Target, inputs: dict[str, bytes]) -> None:
    target.corpus.mkdir(parents=True, exist_ok=True)
    for file in target.inputs():
        if file.name not in inputs:
            file.unlink()
    for name, data in inputs.items():
        (target.corpus / name).write_bytes(data)


def _escaped(word: bytes) -> str:
    return "".join(chr(one) if one > 31 and one not in b'"\\' else f"\\x{one:02x}" for one in word)


if __name__ == "__main__":
    sys.exit(main())
