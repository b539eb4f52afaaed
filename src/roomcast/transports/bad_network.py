"""What a bad network does, as it is asked for: how late everything comes, and how often a connection is cut.

`roomcast serve --lag 80ms --jitter 20ms --drop 1%/min` asks for all connections of a server; a client asks for its own
by the query of the address that it connects to: `ws://host:8112/?lag=80ms&drop=1%25/min`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import parse_qs, urlencode

from roomcast.errors import BadArgument

MAX_DELAY: Final = 5.0  # seconds, of lag and of jitter: more looks like a connection that is dead
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s)", re.ASCII)
_CHANCE: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%\s*/\s*min", re.ASCII)
_MAX_QUERY: Final = 2_000  # bytes that are looked at


@dataclass(frozen=True, slots=True)
class BadNetwork:
    """Lag and jitter are in each direction. A network that is not bad is false.

    >>> str(BadNetwork.parse({"lag": "80ms", "jitter": "0.02s", "drop": "1%/min"}))
    '80 ms ± 20 ms late each way, each connection cut with a chance of 1% a minute'
    """

    lag: float = 0.0  # seconds
    jitter: float = 0.0  # seconds by which a delay is more or less than `lag`, at random
    drop: float = 0.0  # the chance that a connection is cut within a minute: 0.01 is 1 %

    @classmethod
    def parse(cls, wanted: Mapping[str, str], called: Callable[[str], str] = str) -> BadNetwork:
        """By the name of each setting, as people write it: "80ms" or "0.08s", and "1%/min".

        Raises `BadArgument`, whose message begins with what the setting is `called`.
        """
        written = {name: wanted.get(name, "") for name in SETTINGS}
        lag, jitter = (_seconds(called(name), written[name]) for name in ("lag", "jitter"))
        return cls(lag, jitter, _chance(called("drop"), written["drop"]))

    def __bool__(self) -> bool:
        return bool(self.lag or self.jitter or self.drop)

    def __str__(self) -> str:
        jitter = f" ± {self.jitter * 1000:g} ms" if self.jitter else ""
        late = f"{self.lag * 1000:g} ms{jitter} late each way" if self.lag or self.jitter else ""
        cut = f"each connection cut with a chance of {self.drop * 100:g}% a minute" if self.drop else ""
        return ", ".join(part for part in (late, cut) if part)

    @property
    def cuts_a_second(self) -> float:
        """The rate of cuts, as of events that come at random: none within a minute has the chance 1 - `drop`."""
        return -math.log1p(-self.drop) / 60


SETTINGS: Final = tuple(field.name for field in fields(BadNetwork))  # the names of flags and parameters
NOT_BAD: Final = BadNetwork()


def asked(query: str) -> BadNetwork | None:
    """What a client asks for by the query of its request; None: nothing. Raises `BadArgument`."""
    given = parse_qs(query[:_MAX_QUERY])
    wanted = {name: given[name][0] for name in SETTINGS if name in given}
    return BadNetwork.parse(wanted) if wanted else None


def query(wanted: Mapping[str, str], called: Callable[[str], str] = str) -> str:
    """The query by which a client asks for that, with its "?"; "" where it wants nothing. Raises as `BadNetwork.parse`.

    >>> query({"lag": "80ms", "drop": "1%/min"})
    '?lag=80ms&drop=1%25%2Fmin'
    """
    BadNetwork.parse(wanted, called)
    given = {name: text.strip() for name, text in wanted.items() if text.strip()}
    return f"?{urlencode(given)}" if given else ""


def _seconds(name: str, written: str) -> float:
    text = written.strip()
    if text in ("", "0"):
        return 0.0
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadArgument(f"{name}: {written!r} is no time: write it like 80ms or 0.08s")
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
    if seconds > MAX_DELAY:
        raise BadArgument(f"{name}: {written!r} is more than {MAX_DELAY:g}s, the most there is")
    return seconds


def _chance(name: str, written: str) -> float:
    text = written.strip()
    if text in ("", "0"):
        return 0.0
    match = _CHANCE.fullmatch(text)
    if match is None:
        raise BadArgument(f"{name}: {written!r} is no chance: write it like 1%/min")
    chance = float(match[1]) / 100
    if chance >= 1:
        raise BadArgument(f"{name}: {written!r} is too much: a chance of less than 100%, such as 50%/min")
    return chance
