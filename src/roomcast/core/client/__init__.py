"""The client's side of the protocol, without I/O. All client shells use it.

client_core      one conversation with a room: numbering, acknowledgement, resume
client_events    what it tells its shell: joined, resumed, offline, closed
outbox           messages that are not acknowledged, and which of them are to be written
settlement       up to which entry each message is acknowledged, or lost
backoff          how long to wait before the next try to connect
sending_limits   what the server accepts: sizes and rate
reports          reports to the server on what the program has run
parcels          calls with bytes: split into pieces, and reassembled
parcel_queue     calls with bytes that still have pieces to send
"""
