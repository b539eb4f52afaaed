"""Exercise 1: this computer's address, and a port on which nobody listens."""

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as envelope:
    try:
        envelope.connect(("192.0.2.1", 9))  # sends nothing, but the system decides from which address it would
        print("address", envelope.getsockname()[0])
    except OSError:
        print("address 127.0.0.1")  # on no network: this computer can still reach itself

with socket.create_server(("", 0)) as listener:  # 0: any port that is free
    print("port", listener.getsockname()[1])
