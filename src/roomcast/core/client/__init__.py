"""The client's side of the protocol, without I/O. All client shells use it.

client_core      one conversation with a room: numbering, acknowledgement, resume
client_events    what it tells its shell: joined, resumed, offline, closed
outbox           messages that are not acknowledged, and which of them are to be written
settlement       which messages must have come back by which entry
backoff          how long to wait before the next try to connect
sending_limits   what the server accepts: sizes and rate
reports          what the program tells the server of what it ran
parcels          calls with bytes: cut into pieces, and put together again
parcel_queue     calls with bytes of which pieces are to be sent
"""
