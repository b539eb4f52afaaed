"""Sends three messages through a socket, and shows what comes out at the other end."""

import socket

one_end, other_end = socket.socketpair()  # two sockets, connected to each other

for message in "move 5 0", "move 0 -5", "say café":
    one_end.sendall((message + "\n").encode())
one_end.close()  # no more will come

while piece := other_end.recv(10):
    print(piece)
other_end.close()
