"""A WebSocket on a plain socket: what a client needs of RFC 6455. Where there is a library, take that."""

import base64
import hashlib
import os
import socket

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA  # kinds of frames (RFC 6455, section 5.2)
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # part of every handshake (section 1.3)


class WebSocket:
    def __init__(self, host, port, first):
        self.socket = socket.create_connection((host, port), timeout=25)  # a ping comes every 10 s
        self.stream = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET / HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Protocol: roomcast.1", "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.read(1)
        if base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()) not in answer:
            raise ConnectionError(f"there is no WebSocket: {answer.decode('latin-1')}")
        self.send(first)

    def send(self, payload, kind=TEXT):
        size, mask = len(payload), os.urandom(4)  # a client masks what it sends: section 5.3
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        try:
            self.socket.sendall(bytes([0x80 | kind]) + length + mask + masked)
        except OSError:
            pass  # reading fails as well then, and says why

    def close(self):
        self.send((1000).to_bytes(2, "big"), CLOSE)  # 1000: on purpose, and for good

    def read(self, count):
        if len(data := self.stream.read(count)) < count:
            raise ConnectionError("the connection has ended")
        return data

    def __iter__(self):
        text = b""
        while True:
            first, size = self.read(2)
            if size >= 126:
                size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
            payload, kind = self.read(size), first & 0x0F
            if kind == PING:
                self.send(payload, PONG)
            elif kind == CLOSE:
                raise ConnectionError("the server has closed the connection")
            elif kind != PONG:
                text += payload
                if first & 0x80:  # else it goes on in the next frame
                    yield from filter(None, text.decode().split("\n"))  # a message a line
                    text = b""
