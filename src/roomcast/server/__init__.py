"""The server: listens, drives the hub, and shows a page to those who come with a browser.

server      starts and stops; flushes and sweeps at the right time
pages       what a plain GET gets
files       the files of pages, from the folder web
invitation  an address for others, as a QR code too
addresses   what others type to reach this computer
"""
