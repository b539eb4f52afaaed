"""Client cores and a hub, joined by pipes of bytes that a test can delay, fill, and cut anywhere."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcast.core import codec
from roomcast.core.client import Client, Closed, Joined, Resumed, Stage
from roomcast.core.journal import Level
from roomcast.core.messages import Do, Entry, Error, Hidden, Set, Skipped
from roomcast.core.peer import JsonPeer
from roomcast.core.room import Room
from roomcast.core.state import EMPTY, RoomState, apply, restore
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import FRAME_END, WIRE, House


class Pipe:
    """One connection: bytes on their way up to the server and down to the client. It is the core's `Connection`."""

    def __init__(self, world: World, player: Player) -> None:
        self.up = bytearray()  # written by the client, not read by the server yet
        self.down = bytearray()
        self.cut_for_client = False  # the client has noticed
        self.cut_for_server = False
        self._world = world
        self._player = player
        self._part_up = bytearray()  # of a frame that has not come whole
        self._part_down = bytearray()
        self._held_until = 0.0  # the server reads no more until then: the client is too fast
        self._closing = False
        self._paused = False
        self.life = world.life  # of the server that it leads to
        self.peer = JsonPeer(world.house.hub, self, WIRE, player.name, world.now)

    # -- what the server's half asks for

    def write(self, data: bytes, /) -> None:
        if self._closing or self.cut_for_server:
            return
        self.down += data
        if len(self.down) > self._world.house.hub.limits.unread and not self._paused:
            self._paused = True
            self.peer.paused()

    def unread(self) -> int:
        return len(self.down)

    def ping(self) -> None:
        if not self.cut_for_client:
            self.peer.heard = True

    def close(self, code: int, reason: str) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = True
        self.down.clear()

    # -- what the network does

    def carry_up(self, size: int) -> None:
        """Let the server read so many bytes."""
        if self.cut_for_server or self._world.now < self._held_until:
            return
        if self.peer.read_on(self._world.now) > 0:
            self._held_until = self._world.now + self.peer.session.bucket.wait(self._world.now)  # type: ignore[union-attr]
            return
        piece = bytes(self.up[:size])
        del self.up[:size]
        *frames, rest = (bytes(self._part_up) + piece).split(FRAME_END)
        self._part_up = bytearray(rest)
        for frame in frames:
            wait = self.peer.receive(frame, self._world.now)
            if wait > 0:
                self._held_until = self._world.now + wait

    def carry_down(self, size: int) -> None:
        """Let the client read so many bytes."""
        if self.cut_for_client:
            return
        piece = bytes(self.down[:size])
        del self.down[:size]
        *frames, rest = (bytes(self._part_down) + piece).split(FRAME_END)
        self._part_down = bytearray(rest)
        for frame in frames:
            self._player.read(frame)
        if self._paused and not self.cut_for_server and len(self.down) < self._world.house.hub.limits.unread / 2:
            self._paused = False
            self.peer.resumed()
        if self._closing and not self.down:
            self.cut(client=True, server=True)

    def server_died(self) -> None:
        """The other end is gone; what it had written may still come."""
        self.cut_for_server = True
        self.up.clear()

    def cut(self, *, client: bool, server: bool) -> None:
        """Break the connection, for one end or both; the other end may notice later."""
        if client and not self.cut_for_client:
            self.cut_for_client = True
            self.down.clear()
            self._player.client.disconnected("the cable was cut", self._world.now)
            self._player.pipe = None
        if server and not self.cut_for_server:
            self.cut_for_server = True
            self.up.clear()
            self.peer.gone(self._world.now, clean=False)


class Player:
    """A program around a client core: it does things, and follows the room as it hears of it."""

    def __init__(self, world: World, number: int) -> None:
        self.name = f"player {number}"
        self.number = number
        self.client = Client("dots", self.name, chance=lambda: 0.5)
        self.pipe: Pipe | None = None
        self.sent: list[int] = []  # the tags of all that it did, in order
        self.own: list[int] = []  # those that came back
        self.seq = 0
        self.state: RoomState = EMPTY
        self.sessions = 0
        self.excused = 0  # messages that it was told are lost, refused, or not heard of
        self.undone: list[int] = []  # the tags that had come back, and were then told to be lost
        self.place = (0, 0)  # life of the server and epoch of the room, of what it reads
        self.heard: dict[int, bytes] = {}  # all entries that it heard and was not told to be lost, by seq
        self._secret = ""
        self._world = world

    @property
    def log(self) -> list[Any]:
        """The log of the server that it reads from."""
        return self._world.logs[self.place]

    # -- acting

    def do(self, to: tuple[str, ...] | None = None) -> None:
        tag = self._tag()
        self.client.do("do", msgspec.Raw(codec.encode([self.number, tag])), to, self._world.now)

    def set(self, of: str) -> None:
        tag = self._tag()
        self.client.set(of, {"tag": [self.number, tag], f"key{tag % 3}": {f"deep{tag % 2}": tag}}, whole=tag % 4 == 0)

    def _tag(self) -> int:
        self.sent.append(len(self.sent))
        return self.sent[-1]

    def write(self) -> None:
        """Put what the client has to say into the pipe."""
        while self.pipe is not None and (frame := self.client.take_frame(self._world.now)):
            self.pipe.up += frame + FRAME_END

    # -- hearing

    def read(self, frame: bytes) -> None:
        assert self.pipe is not None
        life = self.pipe.life
        self.client.receive(frame, self._world.now)
        while self.client.events:
            self._follow(self.client.events.popleft(), life)
        store = self._world.store
        if store is not None and store.level is Level.FULL:
            assert self.seq <= store.last(), "seen before it was on disk"

    def _follow(self, event: Any, life: int) -> None:
        assert not isinstance(event, Closed), event
        if isinstance(event, Joined):
            place = (life, self.client._epoch)
            if self.client._secret == self._secret:
                self._lose(event, self._world.undone(self, place))
            else:
                self.sessions += 1
                self.heard.clear()
                self.excused += event.dropped
                assert bool(event.lost) == (self.sessions > 1)
            self._secret, self.place = self.client._secret, place
            self.seq, self.state = event.seq, restore(event.snapshot)
            assert self.state == folded(self.log[: event.seq]), "a snapshot that is not the fold"
        elif isinstance(event, Resumed):
            place = (life, self.client._epoch)
            assert self._world.undone(self, place) == 0, "lost without a word"
            self.place = place
        elif isinstance(event, Skipped):
            assert event.first == self.seq + 1, "a skip begins where the reading ended"
            self.seq, self.state = event.last, restore(event.snapshot)
            assert self.state == folded(self.log[: event.last]), "a snapshot that is not the fold"
        elif isinstance(event, Entry | Hidden):
            assert event.s == self.seq + 1, "one order, without holes"
            self.seq = event.s
            true = self.log[event.s - 1]
            self.heard[event.s] = codec.encode(true)
            if isinstance(event, Hidden):
                assert isinstance(true, Do)
                assert true.to is not None
                assert self.client.me not in (true.by, *true.to), "hidden from its own people"
            else:
                assert codec.encode(event) == codec.encode(true)
                self.state = apply(self.state, event)
                tag = tag_of(event)
                if tag is not None and tag[0] == self.number:
                    self.own.append(tag[1])
        elif isinstance(event, Error):
            assert event.code in ("unanswered", "bad-argument", "rate", "disk"), event
            self.excused += event.code not in ("rate", "disk")

    def _lose(self, told: Joined, undone: int) -> None:
        """A crash has undone what we had seen: is it told, and counted right?"""
        assert undone > 0, "nothing was lost"
        assert f": {undone} entries that were seen here are undone" in told.lost
        assert self._world.store is not None
        assert self._world.store.level is Level.RELAXED, "in a full room nothing is ever undone"
        for seq in range(self.seq - undone + 1, self.seq + 1):
            tag = tag_of(codec.decode_server(line)) if (line := self.heard.pop(seq, None)) else None
            if tag is not None and tag[0] == self.number:
                self.own.remove(tag[1])
                self.undone.append(tag[1])


class World:
    """The house, its players, and the time. With a store, the room is written down there."""

    def __init__(self, players: int, store: MemoryStore | None = None, **limits: Any) -> None:
        self.house = House(store=store, **limits)
        self.store = store
        self.life = 0  # of the server
        self.log: list[Any] = []  # the whole log of the room, whatever the room itself keeps
        self.logs: dict[tuple[int, int], list[Any]] = {}  # as it was, by life of the server and epoch of the room
        self.bases: dict[int, int] = {}  # by epoch: what was on disk when it began
        self.players = [Player(self, number) for number in range(players)]
        self.old_pipes: list[Pipe] = []  # that are cut at one end, and the other does not know it yet
        self._watch_rooms()
        self.house.hub.room("dots", self.now)

    @property
    def now(self) -> float:
        return self.house.now

    # -- the room, whenever it is opened anew

    def _watch_rooms(self) -> None:
        hub = self.house.hub
        open_room = hub.room

        def room(name: str, now: float) -> Room:
            known, base = hub.rooms.get("dots"), self.store.last() if self.store is not None else 0
            found = open_room(name, now)
            if found is not known:
                self._follow(found, base)
            return found

        hub.room = room  # type: ignore[method-assign]

    def _follow(self, room: Room, base: int) -> None:
        self.room = room
        self.bases[room.epoch] = base
        self.log = self.log[:base] + room.log.entries(base, room.log.last)
        assert len(self.log) == room.log.last, "the room does not begin where the disk ended"
        self.logs[self.life, room.epoch] = log = self.log
        append = room.log.append

        def keep(entry: Any, *lines: Any) -> None:
            log.append(entry)
            append(entry, *lines)

        room.log.append = keep  # type: ignore[method-assign]

    def undone(self, player: Player, place: tuple[int, int]) -> int:
        """How many entries that a player has seen are undone by what happened until a later place."""
        later = [base for epoch, base in self.bases.items() if player.place[1] < epoch <= place[1]]
        return max(0, player.seq - min(later, default=player.seq))

    # -- the server

    def crash(self, *, clients_notice: bool) -> None:
        """The server dies, with what its disk has not written, and a new one is there."""
        for pipe in [pipe for player in self.players if (pipe := player.pipe) is not None]:
            pipe.server_died()
            if clients_notice:
                pipe.cut(client=True, server=True)
            else:
                self.old_pipes.append(pipe)
        self.old_pipes = [pipe for pipe in self.old_pipes if not pipe.cut_for_server or not pipe.cut_for_client]
        for pipe in self.old_pipes:
            pipe.server_died()
        self._new_server()

    def restart(self) -> None:
        """The server says bye, writes everything, and ends; a new one is there."""
        self.house.hub.close("the server is closing", self.now)
        for player in self.players:
            if player.pipe is not None:
                player.pipe.carry_down(10**6)
        self.notice()
        for player in self.players:
            self.cut(player, server_notices=True)
        if self.store is not None:
            self.store.recover()
            self.store.save()
            if self.store.level is not Level.NONE and "dots" in self.house.hub.rooms:
                assert self.store.last() == len(self.log), "not all was written"
        self._new_server()

    def _new_server(self) -> None:
        self.life += 1
        self.house.crash()
        self._watch_rooms()

    def connect(self, player: Player) -> None:
        """Open a connection if the player has none, and it is time."""
        client = player.client
        if player.pipe is not None or client.wait_before_retry(self.now) > 0:
            return
        player.pipe = Pipe(self, player)
        self.house.hub.enter(player.pipe.peer)
        client.connected()
        player.write()

    def cut(self, player: Player, *, server_notices: bool) -> None:
        pipe = player.pipe
        if pipe is not None:
            pipe.cut(client=True, server=server_notices)
            if not server_notices:
                self.old_pipes.append(pipe)

    def notice(self) -> None:
        """The server notices which connections are cut."""
        for pipe in self.old_pipes:
            pipe.cut(client=True, server=True)
        self.old_pipes.clear()

    def settle(self) -> None:
        """Let network and disk work until nobody has anything left to say."""
        self.notice()
        if self.store is not None:
            self.house.held = False
            self.store.recover()
        for _ in range(5000):
            for player in self.players:
                self.connect(player)
                player.write()
                if player.pipe is not None:
                    player.pipe.carry_up(10**6)
                if player.pipe is not None:
                    player.pipe.carry_down(10**6)
            self.house.flush()
            if all(self._is_quiet(player) for player in self.players):
                return
            self.house.now += 0.05
        raise AssertionError("it never became quiet")

    def _is_quiet(self, player: Player) -> bool:
        if player.pipe is None or player.client.stage is not Stage.LIVE:
            return False
        return not (player.pipe.up or player.pipe.down or player.client.unacknowledged or player.seq < len(self.log))

    def done_by(self, player: Player) -> list[int]:
        """The tags of all that stands in the log of a player, in the room's order."""
        return [tag[1] for tag in map(tag_of, self.log) if tag is not None and tag[0] == player.number]

    def check(self) -> None:
        """What must be true once all is quiet."""
        tags = [tag for tag in map(tag_of, self.log) if tag is not None]
        assert len(tags) == len(set(tags)), "something was done twice"
        for player in self.players:
            own = self.done_by(player)
            assert own == sorted(own), "out of order"
            missing = set(player.sent) - set(own) - set(player.undone)
            if self.store is None or self.store.level is Level.FULL:
                assert set(player.own) <= set(own)
            else:  # what came back in an earlier session went with it
                missing -= set(player.own)
            assert len(missing) <= player.excused, f"{missing} were lost without a word"
            assert player.own == sorted(set(player.own)), "heard twice, or out of order"
            for seq, line in player.heard.items():
                assert codec.encode(self.log[seq - 1]) == line, "what it heard is not what happened"
            assert player.seq == self.room.log.last == len(self.log)
            assert player.state == self.room.state, "the folds differ"
            assert list(player.state.players) == list(self.room.state.players)
        assert folded(self.log) == self.room.state


def folded(log: list[Any]) -> RoomState:
    """What a log makes of a room, from nothing."""
    state = EMPTY
    for entry in log:
        state = apply(state, entry)
    return state


def tag_of(entry: Any) -> tuple[int, int] | None:
    """Whose, and which of its doings, an entry is."""
    if isinstance(entry, Do):
        number, tag = msgspec.json.decode(entry.a)
    elif isinstance(entry, Set):
        number, tag = entry.p["tag"]
    else:
        return None
    return number, tag
