"""The client's side of the protocol, without I/O. All client shells use it.

client_core      one conversation with a room: the connection, and what the server says
room_place       into which room it goes, and what the server has said of that
sending_core     its part that a program calls: what it sends, and how that stands
log_follower     which entries have come, where to go on, what of ours is in them
time_link        what is heard of the room's time over the connection: round trips, ticks, wakes
client_events    what it tells its shell: joined, resumed, offline, closed
send_queue       what a program sends, and the frames it goes in
pending_answer   an answer that a program waits for
outbox           messages that are not acknowledged: to be written, or written; which of them are outdated
settlement       up to which entry each message is acknowledged, or lost
endings          close codes and HTTP statuses: whether to come back
backoff          how long to wait before the next try to connect
sending_limits   what the server accepts: sizes and rate
round_trips      pings and their answers: the latency, and samples for the clock
timers           timers on the room's time: which is due, and before which entry
wakes            asks the server for the room's time when a timer is due
room_clock       the room's time between two entries, as estimated here
world_upload     the program's own state on its way to the server
reports          reports to the server on what the program has run
parcels          calls with bytes: split into pieces, and reassembled
parcel_queue     calls with bytes that still have pieces to send
"""
