"""The two ways in which entries are written: as JSON lines in frames, and as lines of the starter protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.messages import AnyEntry, Skipped, Tick
from roomcast.core.room.connection import Connection, Group, Views
from roomcast.core.room.log import Log
from roomcast.core.room.private_lines import PrivateLine, TurnLines


class PlainGroup:
    """A group that writes to one connection after the other."""

    def __init__(self, connections: Iterable[Connection] = ()) -> None:
        self._connections = dict.fromkeys(connections)

    def add(self, connection: Connection, /) -> None:
        self._connections[connection] = None

    def discard(self, connection: Connection, /) -> None:
        self._connections.pop(connection, None)

    def __len__(self) -> int:
        return len(self._connections)

    def deliver(self, data: bytes, /) -> list[Connection]:
        return [connection for connection in self._connections if not connection.write(data)]


class JsonWire:
    """JSON lines, put into frames by `frame` (bytes of a payload → bytes to write)."""

    def __init__(self, frame: Callable[[bytes], bytes]) -> None:
        self._frame = frame

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, Views | None]:
        common = self._frame(log.text(after, upto))
        private = log.private(after, upto) if log.private_lines else None
        if not private:
            return common, None
        if log.has_turns:
            return common, TurnViews(log.lines(after, upto), after, private, self.pack)
        return common, JsonViews(log.lines(after, upto), after, cast(dict[int, PrivateLine], private), self.pack)

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        return self.pack([codec.encode(skipped)])

    def tick(self, at: int) -> bytes:
        return self.pack([codec.encode(Tick(at))])

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return self._frame(b"\n".join(lines))

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return PlainGroup(connections)


class JsonViews:
    """Private entries, in full to their readers and hidden to all others.

    Making all views takes time in proportion to what is sent: readers who see the same entries share one view.
    """

    def __init__(
        self, lines: list[bytes], after: int, private: Mapping[int, PrivateLine], pack: Callable[[list[bytes]], bytes]
    ) -> None:
        self._after = after
        self._lines = lines
        self._full = lines.copy()
        self._pack = pack
        self._visible: dict[str, list[int]] = {}  # places of private entries, by who may read them
        self._made: dict[tuple[int, ...], bytes] = {}  # views, by the private entries in them
        by_readers: dict[frozenset[str], list[int]] = {}
        for seq, one in private.items():
            place = seq - after - 1
            self._full[place] = one.line
            by_readers.setdefault(one.readers, []).append(place)
        for readers, places in by_readers.items():
            for reader in readers:
                self._visible.setdefault(reader, []).extend(places)

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        places = self._visible.get(player)
        if places is None:
            return common
        if began > self._after:
            places = [place for place in places if self._after + 1 + place > began]
            if not places:
                return common
        key = tuple(places)
        view = self._made.get(key)
        if view is None:
            lines, full = self._lines.copy(), self._full
            for place in places:
                lines[place] = full[place]
            view = self._made[key] = self._pack(lines)
        return view


class TurnViews:
    """As `JsonViews`, where there are turns of a room with rules: each reads its own lines."""

    def __init__(
        self,
        lines: list[bytes],
        after: int,
        private: Mapping[int, PrivateLine | TurnLines],
        pack: Callable[[list[bytes]], bytes],
    ) -> None:
        self._after = after
        self._lines = lines
        self._pack = pack
        self._made: dict[tuple[int, ...], bytes] = {}  # views, by places and the identity of the lines there
        self._own: dict[str, dict[int, bytes]] = {}  # by reader: what it reads in place of public lines, by place
        self._alone: set[str] = set()  # readers of what nobody else does
        own, first = self._own, after + 1
        for seq, one in private.items():
            if one.tails:
                self._alone.update(one.tails)
            only_tails = type(one) is TurnLines and not one.own  # nearly always
            for reader in one.tails if only_tails else one.readers:
                if reader in own:
                    own[reader][seq - first] = one.line_of(reader)
                else:
                    own[reader] = {seq - first: one.line_of(reader)}

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        """Those whose lines have tails read what nobody else does; all others share what they see."""
        own = self._own.get(player)
        if own is not None and began > self._after:
            own = {place: line for place, line in own.items() if self._after + 1 + place > began}
        if not own:
            return common
        lines = self._lines.copy()
        for place, line in own.items():
            lines[place] = line
        if player in self._alone:
            return self._pack(lines)
        key = tuple([part for place, line in own.items() for part in (place, id(line))])
        view = self._made.get(key)
        if view is None:
            view = self._made[key] = self._pack(lines)
        return view


class LineWire:
    """Lines of the starter protocol: nobody is sent what it said itself, unless the dialect has echo."""

    def __init__(self, lines: LineCodec = STANDARD) -> None:
        self.lines = lines

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, LineViews]:
        rendered: list[_Rendered] = []
        private = log.private(after, upto)
        for seq, line in enumerate(log.lines(after, upto), after + 1):
            own = private.get(seq)
            text = line if own is None else own.line
            if codec.is_command(text) or codec.is_join(text):  # nothing else has words, and may be large
                entry = cast(AnyEntry, codec.decode_server(text))
                if words := self.lines.render(entry):
                    readers = own.readers if isinstance(own, PrivateLine) else None
                    rendered.append(_Rendered(seq, entry.by, readers, words))
            if codec.has_effects(text) or isinstance(own, TurnLines):  # in the public line there may be nothing of it
                self._render_events(seq, text, own, rendered)
        common = b"".join(one.words for one in rendered if one.readers is None)
        return common, LineViews(rendered, echo=self.lines.dialect.echo)

    def _render_events(
        self, seq: int, line: bytes, own: PrivateLine | TurnLines | None, rendered: list[_Rendered]
    ) -> None:
        """The events of a room's rules: they are for everyone whom the rules name, whoever has acted."""
        others = own.own if isinstance(own, TurnLines) else {}
        if words := self.lines.render_events(codec.decode_server(line)):
            rendered.append(_Rendered(seq, "", None, words, frozenset(others)))
        by_line: dict[bytes, list[str]] = {}
        for player, text in others.items():
            by_line.setdefault(text, []).append(player)
        for text, readers in by_line.items():
            if words := self.lines.render_events(codec.decode_server(text)):
                rendered.append(_Rendered(seq, "", frozenset(readers), words))

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """The protocol has no message for it, but players must be announced before their commands."""
        others = (record.id for record in skipped.snapshot.players if record.id != player)
        return b"".join(map(self.lines.new_player, others))

    def tick(self, at: int) -> bytes:
        """The protocol has no message for it, and its programs no timers of the room."""
        return b""

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return b"".join(lines)

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return PlainGroup(connections)


class _Rendered(NamedTuple):
    """How an entry reads."""

    seq: int
    by: str  # who did it; "": whoever it was reads it as well
    readers: frozenset[str] | None  # None: everyone
    words: bytes
    but: frozenset[str] = frozenset()  # of everyone, those who do not read it


class LineViews:
    """What the senders and the readers of private commands are sent."""

    def __init__(self, rendered: list[_Rendered], *, echo: bool = False) -> None:
        self._rendered = rendered
        self._echo = echo
        self._special: set[str] = set() if echo else {one.by for one in rendered}
        for one in rendered:
            self._special.update(one.readers or (), one.but)

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        if player not in self._special:
            return common
        return b"".join(
            one.words
            for one in self._rendered
            if (self._echo or one.by != player)
            and (one.readers is None or (player in one.readers and one.seq > began))
            and player not in one.but
        )
