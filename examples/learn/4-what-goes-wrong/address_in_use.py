"""Waits for one visitor, and ends. Broken: started again within a minute, it does not get its port."""

import socket

listener = socket.socket()
listener.bind(("", 50005))
listener.listen()
print("Listening on port 50005")
connection, address = listener.accept()
print("Somebody came. Goodbye!")
connection.close()
