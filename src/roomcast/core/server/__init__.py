"""All rooms of one server, and the connections to it.

peer_contract       the contract of a connection's peer, as the directory sees it
admission           limits on connections, in all and by address
admin_token         the token of those who may kick players and close rooms
revoked_sessions    sessions that an administrator ended, and that cannot be resumed
flush_scheduler     when each room is flushed
trace_report        a command's trace as observers are sent it
trace_subscriber    a subscriber that hands each command's trace to a function
observers           the observers of one room, and what they are sent
observer_directory  which rooms are watched, and by whom
directory           all rooms: which are open, who waits for one to open
peer                one connection's conversation with the server, independent of the protocol
observing           handles the messages of observers
json_peer           the peer that speaks `roomcast.1`: a player, or an observer
line_peer           the peer that speaks the starter protocol
"""
