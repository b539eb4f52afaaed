"""The server: it listens, drives the core's directory of rooms, and serves the site.

server      starts and stops one server on an asyncio event loop
driver      calls the directory at the right times: flushes, sweeps, the end; no I/O
acceptors   which peers new connections get
listening   opening a port, with errors that say what to do
routes      the route table: what is at which path
pages       the responses: files, rooms as JSON, a QR code, counts
files       the files of the site, read once
invitation  an address for others, as a QR code too
addresses   which addresses other computers can type to reach this one
"""
