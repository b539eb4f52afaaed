"""What one starter port says and understands: the starter protocol in a dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_dialect import PLAIN, Dialect, begins_with_number
from roomcast.core.protocol.line_protocol import LineReader
from roomcast.core.protocol.messages import Do, Entry, Join
from roomcast.core.protocol.names import STARTER_WORDS
from roomcast.core.protocol.player_numbers import PlayerNumbers


class LineCodec:
    """Lines ↔ words and entries, for all clients of one starter port, who are in one room.

    `names`: those that the port gives to its clients. They say whose turn it is where a dialect has words for each
    player.

    >>> from roomcast.core.protocol.line_dialect import parse_dialect
    >>> codec = LineCodec(parse_dialect("older"))
    >>> codec.words(b"12 34"), codec.new_player("0")
    (['move', '12', '34'], b'newPlayer 0 100 100\\n')
    """

    def __init__(self, dialect: Dialect = PLAIN, names: Iterable[str] = ()) -> None:
        self.dialect: Final = dialect
        self._places = {name: place for place, name in enumerate(names)}
        self._numbers = None if dialect.numbers is None else PlayerNumbers(dialect.numbers)
        self._here = dict(dialect.renames)
        self._inside = {here: inside for inside, here in dialect.renames}
        self._own = STARTER_WORDS.union(word for word in (dialect.begin, dialect.refused) if word)

    # -- what comes in

    def reader(self, limits: Limits) -> LineReader:
        """For one connection."""
        return LineReader(limits, unended=self.dialect.unended)

    def check(self, line: bytes) -> None:
        """Raises `ProtocolError` where whoever sent this is no starter client: see `line_protocol.check_starter`."""
        line_protocol.check_starter(line, cut=self.dialect.unended)

    def words(self, line: bytes) -> list[str]:
        """A line's words, the room's command first; an empty line has none. Raises `NotText` as `parse` does."""
        words = line_protocol.parse(line)
        if words:
            if self.dialect.bare and begins_with_number(words[0]):
                words.insert(0, self.dialect.bare)
            words[0] = self._inside.get(words[0], words[0])
        return words

    # -- who is who

    def new_id(self, free_names: tuple[str, ...], present: Collection[str]) -> str:
        """The id for one who is about to join, where the players `present` are."""
        if self._numbers is not None:
            return str(self._numbers.newcomer(present))
        again = free_names[len(present) % len(free_names)]  # gets a number, for all names are taken
        return next((name for name in free_names if name not in present), again)

    def shown(self, player: str) -> str:
        """The id under which clients of this port know a player."""
        return player if self._numbers is None else str(self._numbers.of(player))

    def _turn(self, player: str) -> int:
        """Whose turn it is, where words are given in turn. The same for all clients, and always."""
        if self._numbers is not None:
            return self._numbers.of(player) - self._numbers.first
        return self._places.get(player, sum(player.encode("utf-8", "replace")))

    # -- what goes out

    def render(self, entry: Entry) -> bytes:
        """What the clients of this port read of an entry, its line end included; nothing for most."""
        if type(entry) is Do:
            if entry.c in self._own:
                return b""  # a player must not speak with the server's voice
            return line_protocol.said(entry, self._here.get(entry.c, entry.c), self.shown(entry.by))
        return self.new_player(entry.by) if type(entry) is Join else b""

    def render_events(self, entry: object) -> bytes:
        """What they read of what a room's rules did: its events."""
        effects = getattr(entry, "x", None)
        if effects is None:
            return b""
        return b"".join(
            line_protocol.said(event, self._here.get(event.c, event.c), self.shown(event.by) if event.by else "")
            for event in effects.e
        )

    def refusal(self, message: str) -> bytes:
        """What a client reads whose line is refused; nothing, where the dialect has no word for it."""
        return line_protocol.line(self.dialect.refused, message) if self.dialect.refused else b""

    def new_player(self, player: str) -> bytes:
        if not self.dialect.tells_others:
            return b""
        return line_protocol.line("newPlayer", self.shown(player), *self._turn_words(self.dialect.new_player, player))

    def greeting(self, others: Iterable[str], me: str) -> bytes:
        """What the server says first: who is there, and who you are."""
        text = b"".join(map(self.new_player, others))
        if self.dialect.tells_id:
            words = self._turn_words(self.dialect.my_id, me) or ("",)  # a blank at the end, as it has always been
            text += line_protocol.line("myIDis", self.shown(me), *words)
        return text + line_protocol.line(self.dialect.begin) if self.dialect.begin else text

    def _turn_words(self, texts: tuple[str, ...], player: str) -> tuple[str, ...]:
        return (texts[self._turn(player) % len(texts)],) if texts else ()


STANDARD: Final = LineCodec()
"""The starter protocol as it is."""
