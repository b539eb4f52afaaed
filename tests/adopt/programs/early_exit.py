# Functions at the bottom of the file begin everything; two commands share a branch; the thread leaves words in the queue.
import queue
import socket
import sys
import threading
import time

ADDRESS = ("localhost", 50003)
WORDS = queue.Queue()
lamps = {}


def switch(who, on):
    lamps[who] = on
    print(who, "is", "on" if on else "off", flush=True)


def on_message(command, who, *details):
    """What the others do."""
    if command in ("newPlayer", "myIDis"):
        switch(who, False)
    elif command == "on":
        switch(who, True)
    elif command == "off":
        switch(who, False)
    elif command == "dim" and len(details) == 1:
        percent = int(details[0])
        if percent == 0:
            switch(who, False)
            return
        print(f"{who} is at {percent} percent", flush=True)
    elif command == "closed":
        print("the light has gone out", flush=True)


def take(sock):
    rest = ""
    while True:
        try:
            data = sock.recv(100)
        except OSError:
            break
        if not data:
            break
        rest += data.decode()
        *complete, rest = rest.split("\n")
        for line in complete:
            WORDS.put(line.split())


def connect():
    sock = socket.socket()
    sock.connect(ADDRESS)
    return sock


def play(sock):
    for line in sys.stdin:
        for _ in range(3):
            while not WORDS.empty():
                on_message(*WORDS.get())
            time.sleep(0.01)
        word = line.strip()
        if word == "look":
            print("looked", flush=True)
            continue
        sock.send((word + "\n").encode())
        print("said", word, flush=True)


if __name__ == "__main__":
    my_socket = connect()
    threading.Thread(target=take, args=(my_socket,), daemon=True).start()
    play(my_socket)
    my_socket.close()
