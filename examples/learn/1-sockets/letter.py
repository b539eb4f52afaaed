"""Posts a letter to a letter box: python letter.py localhost"""

import socket
import sys

PORT = 50007

house = sys.argv[1]
letter = "Hello! Is anybody at home?"
with socket.create_connection((house, PORT)) as connection:
    connection.sendall(letter.encode())
    print("The answer:", connection.recv(1000).decode())
