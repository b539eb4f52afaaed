"""Chats through the starter server: prints what the others say, and sends what you type."""

import queue
import socket
import sys
import threading

PORT = 50003


def read_server(server, inbox):
    """Put each line from the server into the inbox. Runs in a thread of its own."""
    partial = b""
    while piece := server.recv(10):
        *lines, partial = (partial + piece).split(b"\n")
        for line in lines:
            inbox.put(line.decode())
    inbox.put("serverGone")


def print_inbox(inbox):
    """Take one line after the other out of the inbox and print it. In a thread, too: `input` below waits."""
    while True:
        print("<", inbox.get(), flush=True)


host = sys.argv[1] if len(sys.argv) > 1 else "localhost"
server = socket.create_connection((host, PORT))
inbox = queue.Queue()
threading.Thread(target=read_server, args=[server, inbox], daemon=True).start()
threading.Thread(target=print_inbox, args=[inbox], daemon=True).start()

while line := input():
    server.sendall((line + "\n").encode())
