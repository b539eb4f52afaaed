# A chat without a queue: one thread prints, the other one waits for the keyboard.
import socket
import threading

try:
    server = socket.create_connection(("localhost", 50003))
except ConnectionRefusedError:
    print("Is the server running?")
    raise SystemExit

me = ""


def listen():
    global me
    for line in server.makefile(encoding="utf-8"):
        words = line.split()
        if words[0] == "newPlayer":
            print("*", words[1], "is here", flush=True)
        elif words[0] == "myIDis":
            me = words[1]
            print("* you are", me, flush=True)
        elif words[0] == "say":
            print(words[1] + ": " + " ".join(words[2:]), flush=True)
        elif words[0] == "wave":
            print(words[1], "waves", flush=True)
    print("* the server has gone", flush=True)


threading.Thread(target=listen, daemon=True).start()
while True:
    try:
        text = input()
    except EOFError:
        break
    if text == "wave":
        server.sendall("wave\n".encode())
    elif text:
        server.sendall(("say " + text + "\n").encode())
server.close()
