"""Rooms with rules, as their makers write them; `roomcast.server` hands the public names on.

Nothing here reads a clock or does I/O: a room's behaviour is given the time, and hands back what it did.

rejection         the exception by which rules refuse
json_texts        values as JSON text: what JSON would not carry is found when it is encoded
field_hints       what a class says of fields: their types, and which of them their owner alone sees
past              where players were a moment ago, for rules that judge by what a player saw
ledger            what the handler that runs has touched; what else uses a room is refused
boxes             the fields of one owner, with their texts: what a handler touched is compared, and kept or undone
kept_boxes        … of one room, by the names under which a disk keeps them
meeting_box       who may come into a room, and how it is found, as fields
room_player       players and the room's state, as rules see them
class_types       of which classes a room's players and its state are
method_timers     methods that are to run later
handler_run       one run of an async handler
background_work   work beside the order, and what is to run when it has ended
timer_arguments   what is given to `self.after` and `self.every`, checked
argument_words    why arguments do not fit a handler, as a sentence
command_handlers  a class's handlers of commands: their arguments, by their hints
class_checks      what a class says of itself, checked when it is made
room_views        what players see, where they do not all see the same
turn_draft        what rules have said: events, answers, players sent out
auth_hook         a class's `on_auth`: who may come into its rooms
room_class        `Room`: the class of which makers make theirs
turn_room         a room whose players take turns
waiting_room      a room whose players wait until enough are ready
matchmaking       a lobby that brings together those who suit each other
maker_reports     what failed in a maker's code, for the maker
secret_texts      keeps a secret out of what is written down of an exception
auth_run          one run of an `on_auth`
known_players     what is known of each player, of those who come in by `on_auth`
room_actions      what a handler may do other than change state: time, dice, events, timers
room_commands     what becomes of a command
room_hooks        what runs when players come and go, when time has come, when work has ended
room_behaviour    the contract of the core over a maker's class
app_modules       a maker's files, as they change while the server runs
app_file          the classes of a file, and the rooms that are of their kinds
"""
