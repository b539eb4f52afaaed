"""News from the server in a window. Broken: the thread that listens also draws."""

import socket
import threading
import tkinter

server = socket.create_connection(("localhost", 50003))

window = tkinter.Tk()
board = tkinter.Canvas(window, width=400, height=200, background="white")
board.pack()
news = board.create_text(200, 30, text="no news yet")


def listen():
    for line in server.makefile(encoding="utf-8"):
        board.itemconfig(news, text=line)


threading.Thread(target=listen, daemon=True).start()
window.title(input("A title for the window, please: "))
window.mainloop()
