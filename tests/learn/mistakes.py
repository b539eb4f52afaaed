"""Wrong solutions of the exercises, as learners write them: each a right one with one change, and what its check says.

A change is `(old, new)`: `old` is in the right solution exactly once, or the test fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOLUTIONS = Path(__file__).parent / "solutions"


@dataclass(frozen=True)
class Mistake:
    """One wrong solution. `says` is how the check's sentence begins."""

    name: str
    says: str
    changes: tuple[tuple[str, str], ...] = ()
    whole: str | None = None  # the wrong solution's whole text, where it is no change of the right one

    def text(self, right: str) -> str:
        """The wrong solution's text."""
        if self.whole is not None:
            return self.whole
        for old, new in self.changes:
            assert right.count(old) == 1, f"{self.name}: {right.count(old)} times in the right solution: {old!r}"
            right = right.replace(old, new)
        return right


def change(name: str, says: str, *changes: tuple[str, str]) -> Mistake:
    return Mistake(name, says, changes)


def whole(name: str, says: str, text: str) -> Mistake:
    return Mistake(name, says, whole=text)


def address(address: object, port: object) -> str:
    return f"print('address', {address!r})\nprint('port', {port!r})\n"


OWN = "192.168.7.20"  # this computer's address, in the tests
SHOWN = "Your program goes on, but one of its functions ended with an exception:"
BUSY = "BUSY"  # stands for a port on which the test listens

SPOT = '        room.state["spots"] = [*room.state.get("spots", []), [x, y, colour_of(room.me)]]\n'

MISTAKES: dict[int, tuple[Mistake, ...]] = {
    1: (
        whole("localhost", "That address is what every computer calls itself.", address("127.0.0.1", 50123)),
        whole("the router's", "That is not this computer's address.", address("8.8.8.8", 50123)),
        whole("the web's port", "That port is one of those that are spoken for.", address(OWN, 80)),
        whole("a busy port", "Somebody listens on that port already.", address(OWN, BUSY)),
        whole("a typo", "Your program ends with an exception: NameError", f"print('address', '{OWN}')\nprin(50123)\n"),
        whole("a name", "That is no address.", address("ada-laptop", 50123)),
        whole("beyond the last port", "That is no port.", address(OWN, 70000)),
        whole("the numbers alone", "Your program prints no line such as “address", f"print({OWN!r}, 50123)\n"),
        whole("a server", "Your program does not end.", "import time\nwhile True:\n    time.sleep(1)\n"),
    ),
    2: (
        change("the file's folder", "Your program prints the folder of its file.",
               ("os.getcwd()", "os.path.dirname(os.path.abspath(__file__))")),
        change("never in one", "Your program says “venv no” where it should say “venv yes”.",
               ('"yes" if sys.prefix != sys.base_prefix else "no"', '"no"')),
        change("the file's name, too", "The first word is the file's name.", ("*sys.argv[1:]", "*sys.argv")),
        change("nothing caught", "Ctrl-C ends your program with a traceback.",
               ("except KeyboardInterrupt:", "except ZeroDivisionError:")),
        change("caught and gone on", "Ctrl-C does not end your program.",
               ("        time.sleep(0.3)",
                "        try:\n            time.sleep(0.3)\n        except:\n            pass")),
        change("it asks", "Your program does not count.", ("time.sleep(0.3)", "input()")),
        change("no goodbye", "Your program ends without a goodbye.", ('print("Goodbye.")', "pass")),
        change("another word", "Your program prints no line that starts with “folder”.", ('"folder"', '"I am in"')),
    ),
    3: (
        change("a line without an end", "Your client's colour line has no end.",
               ('f"colour {colour}\\n"', 'f"colour {colour}"')),
        change("forgotten when it moves", "When it moves, your own dot loses its colour.",
               ("        self.places[player] = [x, y]\n",
                "        self.places[player] = [x, y]\n        self.colours.pop(player, None)\n")),
        change("who is not there", f"{SHOWN} KeyError",
               ("case \"colour\", player, colour if player in self.places:", "case \"colour\", player, colour:")),
        change("it waits in Tk's thread", "Your window is frozen.",
               ("        while not self.inbox.empty():\n", "        while True:\n")),
        change("only for the others", "Pressing c does not change the colour of your own dot.",
               ("            self.paint(self.my_id, colour)\n", "")),
        change("always the same server", "Your client does not connect to the server that it is given.",
               ("(chosen.host, chosen.port))", '("localhost", 9))')),
        change("one colour for all", "Pressing c changes the colours of others, too.",
               ("        self.colours[player] = colour\n        self.draw(player)",
                ("        for player in self.places:\n            self.colours[player] = colour\n"
                 "            self.draw(player)"))),
        change("only for oneself", "Your client tells nobody.",
               ('            self.server.sendall(f"colour {colour}\\n".encode())\n', "")),
        change("a blank in the name", "The colour's name has a blank in it.",
               ('["red", "gold", "green", "blue", "purple", "black"]', '["royal blue", "forest green"]')),
        change("another colour sent", "The colour that you send is not the one that your dot has.",
               ('f"colour {colour}\\n"', 'f"colour white\\n"')),
        change("deaf", "Your client does not show the colour that a friend has chosen.",
               ('case "colour", player, colour if', 'case "color", player, colour if')),
        change("no colon", "Python cannot read your file: SyntaxError: expected ':'",
               ("def paint(self, player, colour):", "def paint(self, player, colour)")),
    ),
    4: (
        change("one at a time", "Your server has nothing to say to friend number 2.",
               ("        threading.Thread(target=read_player, args=[connection, events], daemon=True).start()",
                "        read_player(connection, events)")),
        change("back to the sender", "Your server sends the line back to the one who wrote it.",
               ("if other is not connection:  # the", "if True:  # the")),
        change("a piece is a line", "Your server takes half a line for a whole one.",
               ('*lines, partial = (partial + piece).split(b"\\n")', "lines = piece.splitlines()")),
        change("a piece is a text", "Your server takes half a letter for a whole one.",
               ("(partial + piece).split", "(partial + piece.decode(errors='replace').encode()).split")),
        change("everybody waits", "One friend who reads nothing holds up all the others.",
               ('piles[connection].put_nowait((" ".join(words) + "\\n").encode())',
                'connection.sendall((" ".join(words) + "\\n").encode())'),
               ("        except queue.Full:\n", "        except OSError:\n")),
        change("always the same port", "Your server listens on another port than it was given.",
               ("int(sys.argv[1]) if len(sys.argv) > 1 else 50003", "0")),
        change("all bytes are text", f"{SHOWN} UnicodeDecodeError", ('line.decode(errors="replace")', "line.decode()")),
        change("a reset is not expected", SHOWN,  # ConnectionResetError, or another thread has closed it before
               ("        except OSError:  # the cable", "        except ValueError:  # the cable")),
        change("it tells nobody", "Your server tells nobody who has left.",
               ('send(other, "left", gone)', "pass")),
        change("one ID for two", "Two players get the same ID.",
               ('NAMES[came] if came < len(NAMES) else f"Player{came + 1}"', "NAMES[len(players)]")),
    ),
    5: (
        change("only here", "Pressing c sends no command named colour.",
               ("        colour(name)\n", "        board.itemconfigure(room.me.id, fill=name)\n")),
        change("everyone's", "The command colour changes the dots of others, too.",
               ("board.itemconfigure(player.id, fill=name)", "board.itemconfigure('all', fill=name)")),
        change("each by chance", "The others do not see your colour.",
               ("board.itemconfigure(player.id, fill=name)",
                "board.itemconfigure(player.id, fill=f'#{random.randrange(1 << 24):06x}')")),
        change("nothing for newcomers", "Who comes later does not see your colour.",
               ('        room.me["colour"] = name  # for those who come later\n', "")),
        change("it stays", "When a friend leaves, your window still draws the dot.",
               ("    board.delete(player.id)\n", "    print(player.id, 'left')\n")),
        change("never drawn", "The command colour changes nothing in your own window.",
               ("        board.itemconfigure(player.id, fill=name)\n", "        print(player.name, name)\n")),
        change("never pumped", "There is not a dot for each player.", ("room.attach(board)\n", "")),
    ),
    6: (
        change("deaf while it reads", "Your program does not say who was first.",
               ("threading.Thread(target=read_lines, daemon=True).start()", "read_lines()")),
        change("the last one wins", "A second press in the same round wins, too.",
               ("    if winner is None:  # every", "    if True:  # every")),
        change("a winner for ever", "Enter does not press, or does not win in a new round.",
               ("    global winner\n    winner = None\n    print", "    print")),
        change("nothing for newcomers", "Who comes later does not hear who has won.",
               ('            room.state["winner"] = player.name', '            room.me["won"] = player.name')),
        change("who presses has won", "When two press at the same moment, the programs do not agree.",
               ("        else:\n            press()\n",
                ("        else:\n            win(room.me.name)\n            press()\n"
                 "            room.state['winner'] = room.me.name\n"))),
        change("another room", "Your program is in another room.", ('"buzzer", name', '"quiz", name')),
        change("no name", "Your program has another name.", (', name="".join(sys.argv[1:2])', "")),
    ),
    7: (
        change("a room for each", "Your games do not meet.",
               ('roomcast.join("painting")', 'roomcast.join(f"painting{__import__(\'os\').getpid()}")')),
        change("only here", "What one player does, the other does not see.",
               ('        room.me["at"] = [(x + dx) % 400, (y + dy) % 400]\n', "        board.move('all', dx, dy)\n"),
               (SPOT, "        pass\n")),
        change("partly here", "The two windows do not show the same.",
               (SPOT,
                "        board.create_rectangle(x, y, x + 20, y + 20, tags='mine')\n"),
               ('    board.delete("all")\n', '    board.delete("!mine")\n')),
        change("nothing for newcomers", "Who comes later does not see what has happened.",
               ('player.get("at", [200, 200])\n        board', "places.get(player.id, (200, 200))\n        board"),
               ('window = tkinter.Tk()\n', 'window = tkinter.Tk()\nplaces = {}\n'),
               ('for event in "join", "leave", "set":\n    room.on(event)(draw)\n',
                ('for event in "join", "leave":\n    room.on(event)(draw)\n\n\n@room.on("set")\n'
                 'def moved(player, patch):\n'
                 '    if "at" in patch:\n        places[player.id] = patch["at"]\n    draw()\n'))),
        change("it stays", "When a friend leaves, your window still draws what was theirs.",
               ('for event in "join", "leave", "set":', 'for event in "join", "set":')),
        change("alone", "Your game joins no room.",
               ('room = roomcast.join("painting")',
                ("room = __import__('types').SimpleNamespace"
                 "(on=lambda event: print, state={}, players=[], me={}, attach=print)"))),
    ),
    8: (
        change("a key that is none", "roomcast serve does not start with this file.", ("no-starter", "no-start")),
        change("open to all", "Everybody on the network reaches the server past the proxy.",
               ('host = "127.0.0.1" ', 'host = "0.0.0.0" ')),
        change("any name", "The server answers under any name.", ('"play.example.org"', '"*"')),
        change("no proxy", "The server does not believe its proxy.", ("trusted-proxy", "#")),
        change("a token", "The token is in the file.", ("no-announce", 'token = "correct horse battery"\nno-announce')),
        whole("no TOML", "That is no file in TOML.", "host = 127.0.0.1\n"),
        change("no name", "The server does not know its own name.", ('allow-host = "play.example.org"\n', "")),
        change("a port that is none", "roomcast serve does not start with this file.",
               ("port = 8112", "port = 81120")),
        change("announced", "The file does not say no-announce.", ("no-announce = true\n", "")),
    ),
}  # fmt: skip
