"""Visits a port of this computer, and leaves when the other side closes: python visitor.py 50005"""

import socket
import sys

with socket.create_connection(("localhost", int(sys.argv[1]))) as server:
    while server.recv(1000):
        pass
print("I was there")
