"""The bot: a player without a window."""

import signal

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, Program

BOT = EXAMPLES / "bot.py"


def test_it_greets_who_comes_walks_in_a_square_and_prints_what_others_do(server: RunningServer) -> None:
    with Program(BOT, server.address(), "walker") as bot, roomcast.join(server.address(), name="Ada") as ada:
        heard = notes(ada, "say", "move", "join")
        pump_until(lambda: ("say", "walker", "hello", "Ada") in heard, ada)
        ada.send("move", 5, -5)
        bot.line("Ada moves by 5 -5")
        pump_until(lambda: len([what for what in heard if what[:2] == ("move", "walker")]) >= 2, ada)
        assert ("move", "walker", 10, 0) in heard


def test_a_starter_client_hears_it_walk(server: RunningServer) -> None:
    with Program(BOT, server.address()) as bot, PlainPlayer(server.starter_port or 0) as ada:
        lines = ["newPlayer " + other for other in ada.meet()]  # the bot may come before or after
        while not {"newPlayer bot", "say bot hello Ada", "move bot 10 0"} <= set(lines):
            lines.append(ada.hear())
        ada.say("move 10 0")
        bot.line("Ada moves by 10 0")


def test_ctrl_c_leaves_without_a_word(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="Ada") as ada, Program(BOT, server.address()) as bot:
        seen = notes(ada, "join", "leave", "away", "move")
        pump_until(lambda: ("move", "bot", 10, 0) in seen, ada)
        bot.signal(signal.SIGINT)
        assert bot.wait() == 0
        pump_until(lambda: seen[-1] == ("leave", "bot"), ada)
        assert bot.lines == []


def test_without_a_server_it_says_what_to_do(unused_port: int) -> None:
    with Program(BOT, f"127.0.0.1:{unused_port}/dots") as bot:
        bot.line(f"no server answers at 127.0.0.1:{unused_port}")
        assert bot.wait() == 1
        assert len(bot.lines) == 1
