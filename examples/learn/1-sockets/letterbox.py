"""A letter box: waits for one letter, prints it, and says thank you."""

import socket

PORT = 50007

with socket.create_server(("", PORT)) as house:
    print("The letter box is open at port", PORT)
    connection, sender = house.accept()  # waits until somebody comes
    with connection:
        letter = connection.recv(1000).decode()
        print("A letter from", sender[0], "says:", letter)
        connection.sendall(b"Thank you for your letter!")
