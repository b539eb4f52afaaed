"""A bot: no window, no thread. It greets who comes, and answers sums."""

import socket


def lines(server):
    rest = b""
    while data := server.recv(4096):
        *whole, rest = (rest + data).split(b"\n")
        yield from (line.decode("utf-8") for line in whole)


def tell(server, text):
    server.sendall((text + "\n").encode())


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.connect(("localhost", 50003))
    for line in lines(server):
        command, who, *details = line.split()
        if command == "myIDis":
            print("I am", who, flush=True)
        elif command == "newPlayer":
            print("hello to", who, flush=True)
            tell(server, f"say hello {who}")
        elif command == "sum":
            numbers = [int(word) for word in details]
            print(f"{who} asks for {numbers}", flush=True)
            tell(server, f"say {sum(numbers)}")


if __name__ == "__main__":
    main()
