"""A dot that the right arrow key moves, and news from the server. Broken: the window waits for the server."""

import socket
import tkinter

server = socket.create_connection(("localhost", 50003))

window = tkinter.Tk()
window.title("a frozen window")
board = tkinter.Canvas(window, width=400, height=200, background="white")
board.pack()
dot = board.create_oval(20, 90, 40, 110, fill="tomato", outline="")
news = board.create_text(200, 30, text="no news yet")
window.bind("<Right>", lambda event: board.move(dot, 10, 0))


def listen():
    board.itemconfig(news, text=server.recv(1000).decode())
    window.after(20, listen)


window.after(20, listen)
window.mainloop()
