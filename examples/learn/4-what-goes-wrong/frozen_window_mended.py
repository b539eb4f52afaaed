"""A dot that the right arrow key moves, and news from the server: a thread waits, the window only looks."""

import queue
import socket
import threading
import tkinter

server = socket.create_connection(("localhost", 50003))
inbox = queue.Queue()

window = tkinter.Tk()
window.title("a window that answers")
board = tkinter.Canvas(window, width=400, height=200, background="white")
board.pack()
dot = board.create_oval(20, 90, 40, 110, fill="tomato", outline="")
news = board.create_text(200, 30, text="no news yet")
window.bind("<Right>", lambda event: board.move(dot, 10, 0))


def listen():
    for line in server.makefile(encoding="utf-8"):
        inbox.put(line)


def look():
    window.after(20, look)
    while not inbox.empty():
        board.itemconfig(news, text=inbox.get())


threading.Thread(target=listen, daemon=True).start()
window.after(20, look)
window.mainloop()
