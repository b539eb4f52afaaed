"""The client core sends calls with bytes: a few pieces at a time, behind other commands, and again after a loss."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomcast.core.client.parcel_queue import MAX_TO_SEND
from roomcast.core.client.parcels import COMMANDS_FIRST, WINDOW, Arrived, Incoming
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import Do, DoRequest, Error, Snapshot
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import BadArgument, TooFast
from tests.core.talk import Talk, own

DATA = bytes(range(256)) * 20
CALL = msgspec.Raw(b'["cat.png",""]')


class Server(Talk):
    """Takes what the client writes, and says it to everyone: also to a receiver, who was there from the start."""

    def __init__(self) -> None:
        super().__init__()
        self.join()
        self.seq = self.client.seen
        self.receiver = Incoming()
        self.calls: list[Any] = []
        self.order: list[str] = []

    def send(self, data: bytes = DATA, to: tuple[str, ...] | None = None) -> None:
        self.client.send("picture", CALL, {1: data}, to)

    def answer(self, *written: DoRequest) -> None:
        for act in written:
            self.seq += 1
            entry = Do(self.seq, "Ada", 0, act.c, act.a, act.n, act.to)
            self.order.append(act.c)
            if act.c == PARCEL:
                found = self.receiver.add(entry)
                if isinstance(found, Arrived):
                    self.calls.append(found)
            self.hear(entry)

    def finish(self) -> None:
        while written := self.written():
            self.answer(*written)


@pytest.fixture
def server() -> Server:
    return Server()


def test_it_arrives_whole_and_is_acknowledged_at_its_last_piece(server: Server) -> None:
    server.send()
    assert server.client.unacknowledged == 1
    server.finish()
    (call,) = server.calls
    assert (call.command, call.blobs) == ("picture", {1: DATA})
    assert server.client.unacknowledged == 0
    assert len(server.order) > 5
    assert not server.client.has_output


def test_only_a_few_pieces_are_under_way_at_a_time(server: Server) -> None:
    server.send()
    server.send()
    first = server.written()
    assert len(first) == WINDOW
    assert not server.client.has_output
    server.answer(first[0])
    assert server.client.has_output
    assert len(server.written()) == 1


def test_other_commands_go_out_at_once_and_pieces_wait_for_them_when_they_are_many(server: Server) -> None:
    server.send()
    under_way = server.written()
    for _ in range(COMMANDS_FIRST):
        server.do("move")
    moves = server.written()
    assert [act.c for act in moves] == ["move"] * COMMANDS_FIRST
    server.answer(*under_way[:1])
    assert [act.c for act in server.written()] == [PARCEL]
    for _ in range(3):
        server.do("move")
    moves += server.written()
    server.answer(*under_way[1:])
    assert not server.client.has_output, "eleven moves wait: no piece goes before some of them are back"
    server.answer(*moves[:4])
    assert server.client.has_output


def test_calls_with_bytes_go_one_after_the_other(server: Server) -> None:
    server.send(b"first" * 300)
    server.send(b"second" * 300)
    server.finish()
    assert [call.blobs[1][:5] for call in server.calls] == [b"first", b"secon"]


@pytest.mark.parametrize("heard", range(8))
def test_after_a_lost_connection_it_goes_on_where_it_was(server: Server, heard: int) -> None:
    server.send()
    taken = 0
    for _ in range(heard):
        (*first,) = server.written()
        server.answer(*first)
        taken += len(first)
    on_the_way = server.written()
    server.lose()
    server.connect()
    had = on_the_way[:1]  # of those under way the server has had one
    server.welcome(seq=server.seq + len(had), resumed=True, n=taken + len(had))
    server.answer(*had)
    server.finish()
    assert [call.blobs for call in server.calls] == [{1: DATA}]


def test_in_a_new_session_it_begins_again(server: Server) -> None:
    server.send()
    server.answer(*server.written())
    server.written()
    server.lose()
    server.connect()
    server.receiver = Incoming()
    server.seq = 5
    server.welcome(seq=5, session="s2")
    server.finish()
    assert [call.blobs for call in server.calls] == [{1: DATA}]


def test_after_a_crash_that_has_undone_something_it_begins_again(server: Server) -> None:
    server.send()
    first = server.written()
    server.answer(*first)
    server.lose()
    server.receiver = Incoming()  # the entries with the first pieces are undone
    server.connect()
    server.seq = 5
    server.welcome(seq=5, resumed=True, n=0, epoch=2, lost=3, snapshot=Snapshot())
    server.finish()
    assert [call.blobs for call in server.calls] == [{1: DATA}]


def test_what_was_sent_whole_and_not_acknowledged_is_not_sent_again_in_a_new_session(server: Server) -> None:
    server.send(b"small")
    server.written()
    server.lose()
    server.connect()
    server.welcome(seq=5, session="s2")
    assert server.written() == []
    assert server.events()[-1].dropped == 1


def test_a_refused_piece_ends_it_and_the_receivers_are_told(server: Server) -> None:
    server.send(to=("Alan",))
    server.send(b"another")
    first, second, third = server.written()
    server.answer(first)
    server.hear(Error("bad-argument", "no player 'Alan' is in this room", second.n))
    server.hear(Error("bad-argument", "no player 'Alan' is in this room", third.n))
    end, *others = server.written()
    assert (end.c, bytes(memoryview(end.a)), end.to) == (PARCEL, b"[1]", None)
    server.answer(end, *others)
    server.finish()
    assert [call.blobs for call in server.calls] == [{1: b"another"}]
    assert server.receiver.skip() == [], "nothing is left of the first"


def test_where_nothing_is_taken_at_all_the_end_of_it_is_not_said_again_and_again(server: Server) -> None:
    server.send(b"short")
    for _ in range(2):  # the piece, and what tells the receivers
        (refused,) = server.written()
        server.hear(Error("not-allowed", "nothing can be sent here", refused.n))
    assert (server.written(), server.client.unacknowledged) == ([], 0)


def test_what_does_not_fit_is_refused_at_the_call(server: Server) -> None:
    with pytest.raises(BadArgument, match=r"picture takes .* bytes, and a message may have 1000"):
        server.client.send("picture", msgspec.Raw(b'["' + b"x" * 1000 + b'",""]'), {1: b""}, None)
    for _ in range(MAX_TO_SEND):
        server.send()
    with pytest.raises(TooFast, match="calls with bytes wait"):
        server.send()


def test_where_it_was_not_heard_of_pieces_they_are_told_like_any_message(server: Server) -> None:
    server.send()
    server.written()
    server.lose()
    server.connect()
    server.welcome(seq=5, resumed=True, n=2)
    codes = [event.code for event in server.events() if isinstance(event, Error)]
    assert codes == ["unanswered", "unanswered"]


def test_servers_that_take_more_get_more_at_a_time() -> None:
    talk = Talk()
    talk.join(limits=ClientLimits(message_size=65536, rate=60, burst=120, silent_for=25))
    talk.client.send("picture", CALL, {1: b"x" * 32768}, None)
    (piece,) = talk.written()
    talk.hear(own(6, piece.n))
    assert talk.client.unacknowledged == 0
