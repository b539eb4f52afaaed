"""News from the server in a window: the thread only listens, and Tk's own thread draws."""

import queue
import socket
import threading
import tkinter

server = socket.create_connection(("localhost", 50003))
inbox = queue.Queue()

window = tkinter.Tk()
board = tkinter.Canvas(window, width=400, height=200, background="white")
board.pack()
news = board.create_text(200, 30, text="no news yet")


def listen():
    for line in server.makefile(encoding="utf-8"):
        inbox.put(line)


def look():
    window.after(20, look)
    while not inbox.empty():
        board.itemconfig(news, text=inbox.get())


threading.Thread(target=listen, daemon=True).start()
window.title(input("A title for the window, please: "))
window.after(20, look)
window.mainloop()
