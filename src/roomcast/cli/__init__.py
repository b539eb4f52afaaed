"""What people start from a terminal.

command     `roomcast`: its subcommands, and how an error is said
serve       `roomcast serve`: a server
options     flags and what they teach: one for each limit, made from the limits themselves
steps       one command's way through the server, as people read it

rooms       `roomcast rooms`: servers and rooms on this network

join        `roomcast join`: into a room from the terminal or a pipe
talk        … what goes on there: what is typed becomes commands, what happens becomes lines
typed       … what a typed line means
lines       … how things that happen look as lines, for people and for programs
prompt      … the line at the bottom of a terminal, with completion

doctor      `roomcast doctor`: what keeps others from joining, and what to do
finding     … one line of its report
health      … this computer: versions, limits
reach       … the network: addresses, the port, multicast, the way to a server
firewalls   … which are on, and how they are told

bench       `roomcast bench`: how fast a server is

demo        `roomcast demo`: the whole, from its start to its summary
dots        the game that the demo's players play
tally       what a player really executed, as a digest; whether all executed the same
crew        the bot players, each in a process of its own
bot         one of them
board       the live picture in a terminal: who is there, what happens
field       … and on it, the dots
plain       the same as plain lines, where there is no terminal
keys        single keys from a terminal
picture     the board as an SVG file
"""

from roomcast.cli.command import main

__all__ = ["main"]
