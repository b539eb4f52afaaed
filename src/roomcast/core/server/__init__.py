"""All rooms of one server, and the connections to it.

failures            what failed that should not have: contained, and reported once
auth_runs           the contract of whoever runs `on_auth`
peer_contract       the contract of a connection's peer, as the directory sees it
address_key         what counts as one address: an IPv4 address, an IPv6 network
prices              what everything that a stranger can do costs, in the server's time
accounts            what each address has, and what it spends of the server's time
room_kinds          which rooms have rules, by name
rules_change        … and others, for rooms that are open
room_lookup         which room somebody asks for, by its name or by its code
room_makers         which address made which room, and which rooms give way
similar_rooms       rooms whose names are nearly what somebody typed
admission           limits on sockets and connections, in all and by address
guesses             wrong guesses at a secret: answered late, and charged
room_passwords      passwords of rooms
auth_line           who waits for `on_auth`: a limited number at once, the others in line
admin_token         the token of those who may kick players and close rooms
revoked_sessions    sessions that an administrator ended, and that cannot be resumed
administration      sends players out of rooms, for whoever runs the server
flush_scheduler     when each room is flushed
trace_report        a command's trace as observers are sent it
trace_subscriber    a subscriber that hands each command's trace to a function
observers           the observers of one room, and what they are sent
observer_history    pages of a room's log, for observers who look back
observer_directory  which rooms are watched, and by whom
waiting_peers       who waits for which room to be opened
held_rooms          … and for which to go on, whose rules wait for something
kept_logs           how much the logs of all rooms together may keep
meetings            which room somebody is brought into who names a kind of rooms
unopened_rooms      tells whoever runs the server of rooms that cannot be opened
store_events        what a store tells of rooms
told_times          what was told of the time in rooms that were broken off
directory           all rooms: which are open, which cannot go on
stage               the stages of a connection's conversation, as a table
peer_input          what a connection sends, at the pace that its rate and its address allow
peer                one connection's conversation with the server, independent of the protocol
observing           handles the messages of observers
asking_peer         a peer that has the rules of a room say who it is, before it looks for a seat
newcomers           how somebody comes in: past a password, with a party, or only to look on
welcomes            the welcome: all that a client is told when it is let in
hello_peer          the part of a peer of `roomcast.1` that gets a player in: from hello to welcome
json_peer           the peer that speaks `roomcast.1`: a player, or an observer
starting_gate       starter clients that begin together
line_peer           the peer that speaks the starter protocol
"""
