"""Transports: each ties one kind of connection to a peer of the core. HTTP, as our own types.

websocket        WebSocket connections (RFC 6455), and plain HTTP GET on the same port; the one module that uses picows
line_connection  TCP connections that speak the starter protocol
fanout           writing the same large bytes to many sockets, without a copy for each
frames           WebSocket frames from the server, and fragments of messages from clients
handshake        which requests may open a WebSocket, and with which subprotocol
http_message     Request, Response, header fields
scheduling       the contract of event loops, and asyncio's
connection_timers  reading on after a pause, and the end that follows a close
socket_options   TCP options that all transports set

The contract that connections keep is in `roomcast.core.room.connection`.
"""
