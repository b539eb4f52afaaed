"""What people start from a terminal.

root_command      `roomcast`: finds the subcommand, reports errors in one sentence
options           flags that several commands share, and one flag for each limit
colours           the colour of a player
typed_path        a path in a command that is printed to be copied
trace_text        one command's trace through the server as lines of text; makes strangers' text safe to print
join_addresses    how others reach a server: from where, and what to type there

serve             `roomcast serve`: a server
config_option     … `--config`: settings from a TOML file
access_options    … `--allow-host`, `--allow-origin`, `--trusted-proxy`: who may ask
keep_options      … `--keep`, `--level`, `--room-level`: rooms on disk
starter_options   … `--starter-port`, `--starter-dialect`, `--names`: old programs
rules_reload      … `--reload`: rules that change while people play
network_options   … `--lag`, `--jitter`, `--drop`: a network that is bad on purpose
token_option      … `--token`: the admin token
state_by_option   … `--state-by`: who sets the state of rooms without rules
rules_argument    … a file with the rules of rooms
serve_output      … what it prints
console_writer    … prints from a thread, so that no output ever stops a server

rooms             `roomcast rooms`: servers and rooms on this network

join              `roomcast join`: into a room from the terminal or a pipe
join_session      … sends what is typed, prints what happens
typed_line        … parses a typed line
event_lines       … formats what happens as lines: text for people, JSON for programs
prompt            … the input line at the bottom of a terminal, with completion

record            `roomcast record`: what happens in a room, into a file
replay            `roomcast replay`: a server whose room runs it again

doctor            `roomcast doctor`: what keeps others from joining, and what to do
doctor_finding    … one line of its report
computer_checks   … checks of this computer: versions, event loop, limits
path_checks       … the way from here to a server
network_checks    … checks of the network: addresses, the port, multicast
firewalls         … which firewalls are on, and how to let players in

learn             `roomcast learn`: the tutorial, and the checks of its exercises
learn_output      … what it prints

new               `roomcast new`: a small project to begin with

backup            `roomcast backup`: a copy of a kept file, while a server uses it, too
check             `roomcast check`: whether a kept file is whole, and what is in it
forget            `roomcast forget`: removes a room from a kept file
sizes             … numbers of bytes for people

help              `roomcast help`: what an error means, and what to do, from the page about troubleshooting

bench             `roomcast bench`: how fast a server is

adopt             `roomcast adopt`: a program on plain sockets becomes one on Roomcast (by `roomcast.adopt`)

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
