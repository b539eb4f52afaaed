"""A TCP port for a program that is about to be started."""

import itertools
import random
import socket

# Below the ports that systems hand out to outgoing connections (RFC 6335: from 49152; Linux: from 32768). One of those
# may become somebody's connection between this look and the program's start.
_PORTS = range(20000, 32000)
_TRIES = 100

_shuffled = itertools.cycle(random.sample(_PORTS, len(_PORTS)))  # one program is not given the same one twice in a row


def free_port() -> int:
    """A port on which nobody listens at the moment, and which no outgoing connection will be given."""
    for port in itertools.islice(_shuffled, _TRIES):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"none of {_TRIES} ports from {_PORTS.start} to {_PORTS.stop - 1} is free on this computer")
