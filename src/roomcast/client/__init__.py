"""The clients for game loops and for asyncio. They differ in where the network runs, and in nothing else.

The shells:
game             the client for game loops: callbacks run in `pump()`
tk_pump          pumps a room from the loop of a Tk window
aio              the client for asyncio: callbacks run in the task that iterates over the room
connected_room   what both have in common: how they get in, come back, and what becomes of them in a forked process
client_room      the room as a program sees it, with a network or without
moving_room      its part that makes moves quick and smooth
timed_room       its part that has to do with time: timers, how old what runs is
irreplaceable    a room is not copied, and its state not replaced
network_runner   where the network runs: in a thread of its own, or on the program's event loop
arrivals         the flag by which the network's thread wakes the program's
room_search      finding a room to play in: by kind, options and free seats

The way out, from a call to the client core:
handlers         the functions that a program has registered, for commands and for events
functions        a function as a command: binds the arguments of a call, reads those of a command
signatures       types of these functions, for type checkers
json_types       types of what can be set and sent
registration     what may be registered as a function, and what cannot run
mismatch         why arguments do not fit a function, as a sentence
finite_numbers   checks that converted arguments are finite numbers: "nan" is text that Python takes for one
json_arguments   arguments as JSON: what a command can carry
audience         to whom a command goes: `to=`
given            values that a program hands over, other than arguments: text, seconds, whole numbers
blobs            bytes among the arguments of a call
sender           puts messages into the client core, and wakes the network

The way in, from the client core to a call:
inbox            turns what has arrived, one event at a time, into new state and calls of functions
asking           answers of a room with rules, as a program waits for them
turn_running     what a room's rules did, as calls
call_queue       the calls that an event brings, until they are made; which of them is being made
warn             warnings of what a program has no function for
dice             the room's dice: random numbers that are the same for everyone
timer_runner     timers among the events: which runs before the next one; asks for the room's time
room_timers      timers, as a program sets and cancels them
own_dice         whether functions call Python's random: for programs that compare their states
running          which call of a function runs now, at which place of the order
players          players and shared state, as of the last entry run
hints            sentences, once, for a program that does what is rarely meant
shared           shared state as a dict
read_only        the dicts and lists in it, as they are read: what would change them says what to write instead
log_entry        an entry of the log, as `async for` returns it
world_exchange   the program's own state on its way: it begins with a world, and saves one for others
world            the functions that save and load the program's own state, for those who come later
state_checks     hashes of the program's state for the server, for `room.check`, and what it found
canonical        such a hash

Recordings:
recording_reader reads a recording: a file of JSON lines, or a room that a server has kept
recorder         writes one while a room is played
replay_room      the client for replays: a room that runs a recording, without a server
replay_core      its client core: a recording takes the place of the server

Moves, at sixty frames a second:
smooth           where to draw players
motion           interpolation between two reports, and the time that is shown
prediction       our own state, ahead of the server

The connection:
where            what `join` and `connect` take: a room's name, host:port/room, a URL
finder           finding the server of a room that was given by its name or code alone
kept_session     the session in a file, for a program that starts again
connect_errors   why a first connection could not be made, for people
link             keeps the connection up: connect, write, read, connect again
default_network  the network on picows, imported only where no other is given

The protocol itself is in `roomcast.core.client`.
"""
