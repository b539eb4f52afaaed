# The network is in a class of its own, as many books have it. Played by typing.
import socket
import sys
import threading
import time


class Network:
    def __init__(self, host="127.0.0.1", port=50003):
        self.client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.client.connect((host, port))
        self.messages = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        text = ""
        while True:
            try:
                data = self.client.recv(2048).decode()
                if not data:
                    break
                text += data
                while "\n" in text:
                    line, text = text.split("\n", 1)
                    self.messages.append(line)
            except socket.error as e:
                print(e)
                break

    def send(self, message):
        self.client.send(str.encode(message + "\n"))

    def get(self):
        found = self.messages[:]
        self.messages.clear()
        return found


net = Network()
board = [" "] * 9
typed = []
threading.Thread(target=lambda: typed.extend(iter(sys.stdin.readline, "")), daemon=True).start()
me = None
while True:
    for message in net.get():
        parts = message.split()
        if parts[0] == "myIDis":
            me = parts[1]
            print("I am", me, flush=True)
        elif parts[0] == "newPlayer":
            print(parts[1], "sits down", flush=True)
        elif parts[0] == "mark":
            board[int(parts[2])] = parts[3]
            print(parts[1], "marks", parts[2], "with", parts[3], "|".join(board), flush=True)
    if typed:
        place, sign = typed.pop(0).split()
        board[int(place)] = sign
        print(me, "marks", place, "with", sign, "|".join(board), flush=True)
        net.send("mark " + place + " " + sign)
    time.sleep(0.01)
