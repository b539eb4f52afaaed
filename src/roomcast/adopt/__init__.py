"""`roomcast adopt`: the client of a first multiplayer program, on plain sockets, becomes the same program on Roomcast.

The program is read with `ast` and changed as text, so that whatever is not network code stays byte for byte.

adoption           the whole: reads, converts, tidies; never gives a program that does not parse
program_files      files: their encoding, line ends, copies
recognition        what kind of program a file is, and why it cannot be adopted, as a sentence
conversion         one attempt: what is known, its edits, what there is to say

Reading:
program_text       text, places, and edits of them
program_names      scopes, variables, which function a call calls
network_roles      which variables hold the socket, which function and thread read from it
received_values    what a variable holds: a piece, a line, its words
message_flow       follows what is received from the socket to the dispatch
dispatch_chain     the branches of the dispatch: if, match, or a dict of functions
draining           which statements only receive and dispatch
sent_messages      what is sent, taken apart into a command and its details

Writing:
connection_edits   the socket becomes the room
sending_edits      what was sent becomes `room.send`
receiving_edits    the dispatch becomes functions of the room
handler_plan       … which parameters each of them has
handler_writer     … their code
placing            … where they stand and are registered, and where the room is pumped
kept_dispatch      where the dispatch has to stay: the room gives it its lines
leftovers          what has no use any more goes
"""

from roomcast.adopt.adoption import Adoption, adopt
from roomcast.adopt.conversion import Remark
from roomcast.adopt.recognition import CannotAdopt

__all__ = ["Adoption", "CannotAdopt", "Remark", "adopt"]
