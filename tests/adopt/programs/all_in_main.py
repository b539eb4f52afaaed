# Everything is in main(): the socket, the queue, the loop. It is played by typing.
import queue, socket, sys, threading, time


def keyboard(keys):
    for line in sys.stdin:
        keys.put(line.strip())
    keys.put("quit")


def network(conn, inbox):
    buffer = ""
    try:
        while True:
            chunk = conn.recv(64).decode("utf-8")
            if chunk == "":
                break
            buffer = buffer + chunk
            end = buffer.find("\n")
            while end >= 0:
                inbox.put(buffer[:end])
                buffer = buffer[end + 1:]
                end = buffer.find("\n")
    except OSError:
        pass


def main():
    conn = socket.create_connection(("localhost", 50003))
    inbox, keys = queue.Queue(), queue.Queue()
    threading.Thread(target=network, args=(conn, inbox), daemon=True).start()
    threading.Thread(target=keyboard, args=(keys,), daemon=True).start()
    scores = {}
    me = None
    rounds = 0
    while True:
        while not inbox.empty():
            command, who, *rest = inbox.get().split()
            if command == "myIDis":
                me = who
                scores[who] = 0
                print(f"{who} has 0", flush=True)
            elif command == "newPlayer":
                scores[who] = 0
                print(f"{who} has 0", flush=True)
            elif command == "points":
                rounds += 1
                scores[who] += int(rest[0])
                print(f"{who} has {scores[who]}", flush=True)
        if not keys.empty():
            typed = keys.get()
            if typed == "quit":
                break
            if typed.isdigit() and me is not None:
                scores[me] += int(typed)
                print(f"{me} has {scores[me]}", flush=True)
                conn.sendall("points {}\n".format(typed).encode("utf-8"))
        time.sleep(0.01)
    print("rounds of the others:", rounds)
    conn.close()


main()
