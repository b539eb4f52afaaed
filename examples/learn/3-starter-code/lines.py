"""The same three messages, put together again out of the pieces."""

import socket


def read_lines(connection):
    """Give one message after the other, each without its line end."""
    partial = b""
    while piece := connection.recv(10):
        *lines, partial = (partial + piece).split(b"\n")
        for line in lines:
            yield line.decode()


one_end, other_end = socket.socketpair()

for message in "move 5 0", "move 0 -5", "say café":
    one_end.sendall((message + "\n").encode())
one_end.close()

for line in read_lines(other_end):
    print(line)
other_end.close()
