"""Inputs to begin with: every golden vector, and conversations that lead a fuzzer to where it is interesting."""

from __future__ import annotations

import json
from typing import Any

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Hello, Resume
from roomcast.core.protocol.names import PARCEL
from tests.core import vectors

_END = b"\0"  # between the steps of a script


def frames_from_clients() -> list[bytes]:
    lines = [vectors.bytes_of(vector) for name in ("client.json", "refused.json") for vector in vectors.load(name)]
    lines += [vectors.bytes_of(vector) for vector in vectors.load("lenient.json") if vector["from"] == "client"]
    return [*lines, b"\n".join(lines[:5]), *(vector["frame"].encode() for vector in vectors.load("frames.json"))]


def frames_from_servers() -> list[bytes]:
    lines = [vectors.bytes_of(vector) for vector in vectors.load("server.json")]
    lines += [vectors.bytes_of(vector) for vector in vectors.load("lenient.json") if vector["from"] == "server"]
    lines += [vectors.bytes_of(vector) for vector in vectors.load("refused.json")]
    return [*lines, *(vector["frame"].encode() for vector in vectors.load("frames.json"))]


def starter_lines() -> list[bytes]:
    long = [b"x" * 100, b"move 5 0\n" + b"x" * 61 + b"\n", b"say " + b"x y " * 14 + b"\nstep\n"]
    return [vectors.bytes_of(vector) for vector in vectors.load("starter.json")["reading"]] + long


def conversations() -> list[bytes]:
    """Scripts for tests/fuzz/server.py."""
    hello = {who: who.encode() + codec.encode(Hello("dots", f"P{who}")) for who in "0123"}
    back = b"0" + codec.encode(Hello("dots", resume=Resume("secret-2", 3)))
    elsewhere = b'%d{"t":"hello","room":"x"}'
    numbered = {
        '{"t":"do","n":#,"c":"move","a":[5,0]}': 12,
        '{"t":"do","n":#,"c":"whisper","a":["x"],"to":["P1"]}': 4,
        '{"t":"set","n":#,"of":"me","p":{"x":{"y":"%s"},"z":null}}' % ("v" * 60): 8,
        '{"t":"set","n":#,"of":"room","p":{"k#":["%s"]},"whole":true}' % ("v" * 90): 9,
        '{"t":"set","n":#,"of":"room","p":{"k":0.#},"op":"add"}': 9,
        '{"t":"set","n":#,"of":"room","p":{"k":#},"op":"swap","was":{"k":null,"x":[#]}}': 5,
        '{"t":"set","n":#,"of":"me","p":{"k":"#"},"op":"claim"}': 3,
        '{"t":"check","s":2,"d":"#"}': 2,
    }
    some = [[hello["0"], b"0" + frame] for frame in frames_from_clients()]
    for text, count in numbered.items():
        texts = [text.replace("#", str(n)).encode() for n in range(1, count + 1)]
        some.append([hello["0"], hello["1"], *(b"0" + one for one in texts)])
        some.append([hello["0"], hello["1"], b"0" + b"\n".join(texts), b"t20"])
    step = [b'0{"t":"do","n":%d,"c":"s","a":["%b"]}' % (n, b"x" * 300) for n in range(1, 20)]
    some += [
        [b"a", b"b", b"amove 5 0\nju", b"amp\n", b"bmove\r\n", b"-a", b"c", b"!b", b"t150"],
        [hello["0"], b"a", b'0{"t":"do","n":1,"c":"say","a":{"x":"y\\nz"}}', b"agarbage \xff\n", b"t50"],
        [hello["0"], b"t10", b"-0", b"t10", back, b"t10"],
        [hello["0"], b"-0", b"t60", back],
        [hello["0"], back.replace(b"0", b"1", 1), b"t10"],
        [hello["0"], *(one.encode() for one in ("<0", "t100", ">0"))],
        [hello["1"], b"<1", hello["0"], *step[:6], b"t20", *step[6:12], b"t20", b">1", *step[12:], b"t20"],
        [hello["0"], b"t200"],
        [b"0", b"1{}", b"t30"],
        [hello[who] for who in "0123"] + [b"a", b"b", b"c"],
        [b"%d%b" % (who, codec.encode(Hello(f"room{who}"))) for who in range(4)] + [b"t10", b"-0", b"-1", b"t200"],
        [hello["0"], hello["1"], b'0{"t":"do","n":1,"c":"x","to":["P1"' + b',"P1"' * 9 + b"]}", b"~0", b"t99"],
        [b"F", hello["0"], *step[:3], b"*", back, step[3], b"t20", b"-0", b"*", back.replace(b"3}", b'9,"epoch":2}')],
        [b"R", hello["0"], b"s", *step[:3], b"*", back.replace(b"3}", b"6}"), b"s", b"*", b"t20"],
        [b"R", elsewhere % 0, step[0], elsewhere % 1, b"cmove 1\n", b"s", step[1], b"t20"],
        [b"R", elsewhere % 0, elsewhere % 1, b"c", b"-0", b"1" + b"x" * 3000, b"!c", b"s", elsewhere % 0, b"t20"],
        [b"R", elsewhere % 0, step[0], b"c", b"%", elsewhere % 1, b"s", b"t300"],
        [b"R", elsewhere % 0, b"c", b"*", elsewhere % 1, b"s", b"t20"],
        [b"R", b'1{"t":"watch","room":"x"}', elsewhere % 0, b"~0", b"t200", b"s", elsewhere % 2, b"t20"],
        [b"F", hello["0"], b"a", step[0], b"%", b"-0", back, step[1], b"t20", b"R"],
        [b"W", hello["0"], b"a", step[0], b"amove 1", b'0{"t":"done","s":4,"ran":0.5,"sent":1}', b"t20"],
        [
            b'1{"t":"watch","room":"dots"}',
            hello["0"],
            b"a",
            *step[:4],
            b"amove 1",
            b'0{"t":"done","s":4,"ran":1}',
            b"t30",
        ],
        [
            b"W",
            b'1{"t":"watch","room":"dots"}',
            hello["0"],
            step[0],
            b'1{"t":"history"}',
            b'1{"t":"kick","who":"P0"}',
            b"-1",
            step[1],
            b"t9",
        ],
        [
            b'1{"t":"watch","room":"x"}',
            b"t9",
            b'0{"t":"hello","room":"x"}',
            b"-0",
            b"t300",
            b'0{"t":"hello","room":"x"}',
        ],
        [b"F", b'1{"t":"watch","room":"dots"}', b"<1", hello["0"], *step[:9], b"t20", b">1", b"t20", b"*", b"t9", b"%"],
        [*(b'%d{"t":"watch","room":"dots","token":"%b"}' % (who, b"x" * who) for who in range(4)), b"t150", b"-0"],
        [b'0{"t":"hello","room":"dots","v":[2]}', b"ax\xff\n", b"b" + b"x" * 3000],
        [hello["0"], b'0{"t":"do","n":1,"c":"x","a":' + b"[" * 12 + b"]" * 12 + b"}"],
        [hello["0"], b'0{"t":"set","n":1,"of":"me","p":{"k":[' + b"1," * 60 + b"1]}}", b"a" + b" x" * 90 + b"\n"],
        [hello["0"], hello["1"], b'0{"t":"check","s":2,"d":"a"}', b'1{"t":"check","s":2,"d":"b"}', b"t40"],
    ]
    return [_END.join(steps) for steps in some]


def _parcels(steps: list[dict[str, Any]]) -> list[bytes]:
    """Pieces of calls with bytes, as entries after the one at 3."""
    frames = []
    for seq, step in enumerate(steps, 4):
        if "a" in step:
            message = {"t": "do", "s": seq, "by": step["by"], "at": 0, "c": PARCEL, "a": step["a"], "n": 1}
        elif "leave" in step:
            message = {"t": "leave", "s": seq, "by": step["leave"], "at": 0}
        else:
            message = {"t": "skipped", "from": seq, "to": seq, "snapshot": {"players": [{"id": "Ada", "name": "Ada"}]}}
        frames.append(b"<" + json.dumps(message, separators=(",", ":")).encode())
    return frames


def server_frames() -> list[bytes]:
    """Scripts for tests/fuzz/client.py."""
    welcome = b"<" + vectors.bytes_of(vectors.load("server.json")[0])
    known = [b"<" + frame for frame in frames_from_servers()]
    resumed = welcome.split(b',"snapshot"')[0] + b',"resumed":true,"n":2}'
    join = b'<{"t":"join","s":4,"by":"Ada","at":1,"name":"Ada"}'
    mine = b'<{"t":"do","s":5,"by":"Ada","at":1,"c":"move","a":[1,2],"n":1}'
    some = [[b"+", welcome, frame] for frame in known]
    some += [[b"+", welcome, *_parcels(vector["steps"]), b"p"] for vector in vectors.load("parcels.json")["joined"]]
    narrow = welcome.replace(b"65536", b"400")  # bytes of a message: a call with bytes takes several
    some += [[b"+", narrow, b"B", b"o", b"o", mine.replace(b'"n":1', b'"n":1,"x":1'), b"d", b"o", b"-", b"+", b"o"]]
    some += [
        [b"+", b"o", welcome, b"d", b"o", join, mine, b"d", b"s", b"o", b"-", b"t10", b"+", b"o", resumed, b"o", b"p"],
        [b"d", b"d", b"+", b"o", welcome, b"o", b"-", b"+", welcome, b"o", b"p"],
        [b"+", welcome, b"d", b"d", b"o", b"-", b"+", welcome.replace(b"mZ", b"nZ"), b"o", b"p", b"l"],
        [b"+", welcome, b'<{"t":"error","code":"rate","message":"x","n":1}', b'<{"t":"bye","code":"x","message":"y"}'],
        [b"+", welcome, b"d", b"o", b'<{"t":"skipped","from":4,"to":9,"snapshot":{},"n":1}', b"p", b"r"],
    ]
    return [_END.join(steps) for steps in some]
