"""Waits for one visitor, and ends. It can start again at once, and says so when somebody else has the port."""

import socket
import sys

try:
    listener = socket.create_server(("", 50006))
except OSError as problem:
    sys.exit(f"Port 50006 is not free: does another server run here? ({problem})")
print("Listening on port 50006")
connection, address = listener.accept()
print("Somebody came. Goodbye!")
connection.close()
