"""Transports: what carries bytes between programs. HTTP, as our own types.

The server's connections, which keep the contract in `roomcast.core.room.connection`:

websocket          WebSocket connections (RFC 6455) and plain HTTP GET on one port; the only server module with picows
line_connection    TCP connections that speak the starter protocol
socket_connection  what both have in common
socket_wire        writing to many connections, and learning which of them have fallen behind
transport_peer     the contract of peers, as connections see them
connection_timers  reading on after a pause, and the end that follows a close
fanout             writing the same large bytes to many sockets, without a copy for each
frames             WebSocket frames from the server, and fragments of messages from clients
handshake          which requests may open a WebSocket, and with which subprotocol
http_message       Request, Response, header fields
socket_options     TCP options

The client's connection:

client_network     the contract: what a client needs of a network
picows_client      WebSocket connections on picows

What servers and clients run on:

scheduling         the contract of event loops, and asyncio's
event_loop         which event loop: uvloop's, or asyncio's own
"""
