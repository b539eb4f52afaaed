"""`roomcast` and its subcommands. An error is reported in one sentence, without a traceback."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from roomcast import __version__
from roomcast.cli.options import SETTINGS
from roomcast.cli.stop_signals import interrupt_by_ctrl_c
from roomcast.errors import RoomcastError
from roomcast.help_topics import with_link

_COMMANDS: Final = (
    "demo",
    "serve",
    "rooms",
    "join",
    "record",
    "replay",
    "doctor",
    "bench",
    "learn",
    "new",
    "adopt",
    "backup",
    "check",
    "forget",
    "help",
)  # each is a function in a module of the same name
_INTERRUPTED: Final = 130  # exit code of a program that Ctrl-C ended: 128 + SIGINT


class _Commands(click.Group):
    """Imports only the subcommand that is used, so that a server starts sooner."""

    def invoke(self, ctx: click.Context) -> object:
        """Raises `UsageError`, which knows whose usage it is: `main` says whose --help has it."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.invoked_subcommand or ""
            command = self.get_command(ctx, name)
            if error.ctx is None and command is not None:  # as of an option without its value
                error.ctx = click.Context(command, ctx, name)
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"roomcast.cli.{cmd_name}"), cmd_name)
        interrupt_by_ctrl_c()
        return command


@click.group(cls=_Commands, context_settings=SETTINGS, invoke_without_command=True)
@click.version_option(__version__, message="Roomcast %(version)s", help="Show the version and end.")
@click.pass_context
def roomcast(ctx: click.Context) -> None:
    """Run Python code across multiple computers.

    Programs meet in a room on a server. What one of them calls, all of them execute, in one order.

    \b
      roomcast demo     see it: four players in separate processes
      roomcast serve    open a server for your own game
      roomcast rooms    which servers and rooms there are on this network
      roomcast join     join a room and talk, from the terminal
      roomcast record   write what happens in a room to a file, to be run again
      roomcast replay   run it again, in a room that programs and pages join
      roomcast doctor   why can nobody join?
      roomcast bench    measure how fast a server is here

    \b
      roomcast learn    learn to make multiplayer games, in an afternoon
      roomcast new      a small game of your own, to begin with
      roomcast adopt    turn a program on plain sockets into one on Roomcast

    \b
      roomcast backup   copy a file in which a server keeps its rooms, also while it does
      roomcast check    is such a file whole, and what is in it?
      roomcast forget   remove a room from it

    \b
      roomcast help     what an error means, and what to do: roomcast help no-server
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Entry point of the script: run the command line, then exit the process."""
    try:
        code = roomcast.main(prog_name="roomcast", standalone_mode=False)
    except click.UsageError as error:
        _say(f"{_sentence(error.format_message())} (help: {_help(error.ctx)})")
        code = error.exit_code
    except click.ClickException as error:
        _say(with_link(error.format_message(), "usage"))
        code = error.exit_code
    except RoomcastError as error:
        _say(str(error))
        code = 1
    except BrokenPipeError:
        # The reader has closed the pipe (`| head`). Python flushes stdout at exit, which would fail: send that to
        # the null device.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (click.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    sys.exit(code)


def _say(sentence: str) -> None:
    click.echo(f"roomcast: {_sentence(sentence)}", err=True)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", ")")) else f"{text}."


def _help(context: click.Context | None) -> str:
    return f"{context.command_path if context else 'roomcast'} --help"
