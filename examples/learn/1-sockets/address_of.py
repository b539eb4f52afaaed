"""Asks which addresses a name stands for: python address_of.py localhost"""

import socket
import sys

name = sys.argv[1]
try:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
except socket.gaierror as problem:
    sys.exit(f"No address is known for {name}. Is it spelt right, and are you on the internet? ({problem})")
for *_, address in found:
    print(name, "is at", address[0])
