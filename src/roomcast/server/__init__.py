"""The server: it listens, drives the core's directory of rooms, and serves the site.

server      starts and stops; flushes and sweeps at the right time
routes      the route table: what is at which path
pages       the responses: files, rooms as JSON, a QR code, counts
files       the files of the site, from the folder web
invitation  an address for others, as a QR code too
addresses   which addresses other computers can type to reach this one
"""
