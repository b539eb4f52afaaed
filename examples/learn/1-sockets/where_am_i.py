"""Prints this computer's name, and its address on the network."""

import socket

print("Name:   ", socket.gethostname())

# Nothing is sent: we only ask the system which of its addresses it would write as the
# sender's on a letter to the world outside. (No computer has the address 192.0.2.1.)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as envelope:
    try:
        envelope.connect(("192.0.2.1", 9))
        print("Address:", envelope.getsockname()[0])
    except OSError:
        print("Address: none; this computer is on no network")
