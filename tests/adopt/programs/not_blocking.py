"""No thread at all: the socket does not block, and each round of the loop looks whether something came."""

import select
import socket
import sys
import time

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 50003))
client.setblocking(False)

buffer = b""
notes = {}
name = ""


def handle(line):
    global name
    parts = line.split()
    if not parts:
        return
    if parts[0] == "myIDis":
        name = parts[1]
        notes[name] = []
        print("I am", name, flush=True)
        return
    who = parts[1]
    if parts[0] == "newPlayer":
        notes[who] = []
        print(who, "came", flush=True)
    elif parts[0] == "play":
        notes[who].append(parts[2])
        print(f"{who} played {parts[2]} for {float(parts[3])}", flush=True)
    elif parts[0] == "stop":
        notes[who].clear()
        print(f"{who} stopped", flush=True)


def poll():
    global buffer
    try:
        data = client.recv(4096)
    except BlockingIOError:
        return
    buffer += data
    while b"\n" in buffer:
        line, _, buffer = buffer.partition(b"\n")
        handle(line.decode())


while True:
    poll()
    ready, _, _ = select.select([sys.stdin], [], [], 0.02)
    if ready:
        typed = sys.stdin.readline().strip()
        if not typed:
            break
        if typed == "stop":
            client.send(bytes("stop\n", "utf-8"))
            print(f"{name} stopped", flush=True)
        else:
            seconds = 0.5
            client.send(bytes("play " + typed + " " + str(seconds) + "\n", "utf-8"))
            print(f"{name} played {typed} for {seconds}", flush=True)
    time.sleep(0.01)

client.close()
