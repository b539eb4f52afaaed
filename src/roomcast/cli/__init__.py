"""What people start from a terminal.

root_command      `roomcast`: finds the subcommand, reports errors in one sentence
options           flags that several commands share, and one flag for each limit
colours           the colour of a player
trace_text        one command's trace through the server as lines of text; makes strangers' text safe to print
join_addresses    how others reach a server: from where, and what to type there

serve             `roomcast serve`: a server
config_option     … `--config`: settings from a TOML file
keep_options      … `--keep`, `--level`, `--room-level`: rooms on disk
token_option      … `--token`: the admin token
serve_output      … what it prints

rooms             `roomcast rooms`: servers and rooms on this network

join              `roomcast join`: into a room from the terminal or a pipe
join_session      … sends what is typed, prints what happens
typed_line        … parses a typed line
event_lines       … formats what happens as lines: text for people, JSON for programs
prompt            … the input line at the bottom of a terminal, with completion

doctor            `roomcast doctor`: what keeps others from joining, and what to do
doctor_finding    … one line of its report
computer_checks   … checks of this computer: versions, event loop, limits
network_checks    … checks of the network: addresses, the port, multicast, the path to a server
firewalls         … which firewalls are on, and how to let players in

bench             `roomcast bench`: how fast a server is

demo              `roomcast demo`: options, and opening the room
demo_run          … one demo, from its start to its summary
demo_players      … the processes of the bot players
demo_bot          … the program that each of these processes runs
dots              … the game that they play: dots on a field
run_digest        … a digest of the commands that a player executed; whether all executed the same
demo_state        … everything that the views show
demo_screen       … the live view in a terminal
dots_field        … in it, the field with everyone's dots
demo_lines        … the view as plain lines, where there is no terminal
demo_svg          … one frame of the live view as an SVG file
keyboard          … single key presses from a terminal
demo_summary      … what is printed at the end
stop_signals      … Ctrl-C and SIGTERM as a flag
"""

from roomcast.cli.root_command import main

__all__ = ["main"]
