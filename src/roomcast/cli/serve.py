"""`roomcast serve`: a server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from roomcast.cli.access_options import access_options, take_access
from roomcast.cli.config_option import config_option
from roomcast.cli.keep_options import keep_options, take_store
from roomcast.cli.network_options import network_options, take_network
from roomcast.cli.options import (
    SETTINGS,
    colour_option,
    env,
    host_option,
    limit_options,
    port_option,
    take_limits,
)
from roomcast.cli.rules_argument import only_rules_option, pages_beside, rules_argument, take_rules
from roomcast.cli.rules_reload import reload_option, reload_rules
from roomcast.cli.serve_output import ServeOutput
from roomcast.cli.starter_options import StarterCommand, starter_options, take_starter
from roomcast.cli.state_by_option import state_by_option, take_state_by
from roomcast.cli.token_option import new_token, token_option
from roomcast.core.server.room_kinds import relays_only
from roomcast.discovery.service import NO_ANNOUNCE, PORT
from roomcast.rules.app_file import RuledKinds
from roomcast.server.server import Server
from roomcast.transports.event_loop import new_loop

_SILENT_CLOSE: Final = 1.5  # seconds that closing may take before we say why it takes longer


class Folder(click.Path):
    """Never the empty text, as of a variable that is not set: it would be the current folder, served to everyone."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("an empty name is no folder: for the one that you are in, write .", param, ctx)
        return super().convert(value, param, ctx)


@click.command(cls=StarterCommand, context_settings=SETTINGS)
@rules_argument
@only_rules_option
@reload_option
@host_option
@port_option(PORT, f"Listen on this port for players and browsers; 0 takes any free one. Default: {PORT}.")
@starter_options
@click.option(
    "--site",
    type=Folder(path_type=Path),
    envvar=env("site"),
    metavar="DIR",
    help="Serve the files of this folder, too: its index.html at /, next to /roomcast.js for its scripts. What is "
    "changed in it is seen at the next reload.",
)
@state_by_option
@keep_options
@access_options
@token_option
@click.option(
    "--show", is_flag=True, envvar=env("show"), help="Print each command's path through the server, in six steps."
)
@click.option(
    "--no-announce",
    is_flag=True,
    envvar=NO_ANNOUNCE,
    help="Do not announce this server on the network (by mDNS): others must then type its address.",
)
@network_options
@click.option("--quiet", is_flag=True, envvar=env("quiet"), help="Print no addresses and no last line.")
@config_option
@colour_option
@limit_options
def serve(
    rules: Path | None,
    only_rules: bool,
    reload: bool,
    host: str,
    port: int,
    site: Path | None,
    keep: Path | None,
    level: str | None,
    room_levels: tuple[str, ...],
    keep_history: bool,
    token: str | None,
    show: bool,
    no_announce: bool,
    quiet: bool,
    console: Console,
    **others: Any,
) -> int:
    """Open a server, until Ctrl-C ends it.

    It prints the addresses that others type. A room appears when its first player joins; any number of
    rooms may be open at a time.

    \b
      roomcast serve
      roomcast serve --port 9000 --no-starter
      roomcast serve --show          watch each command's six steps
      roomcast serve --site game     serve a page of your own, next to /roomcast.js
      roomcast serve --starter-dialect older
                                     old programs that say 12 34 and read newPlayer 0 100 100
      roomcast serve game.py         rooms whose rules are in a file: from roomcast.server import Room;
                                     with pages/game.html beside it, their page is at /game
      roomcast serve game.py --reload
                                     change the rules while people play
      roomcast serve --keep rooms.db --level full
                                     keep rooms on disk: nothing that anyone saw is ever lost
    """
    stop = asyncio.Event()
    output = ServeOutput(console)
    wanted = take_limits(others)
    generated = new_token()
    kinds = take_rules(rules, only=only_rules)
    if reload and rules is None:
        raise click.UsageError("--reload is for a server with rules: roomcast serve game.py --reload")
    server = Server(
        wanted,
        host=host,
        port=port,
        **take_starter(others, () if kinds is None else kinds.classes),
        show=output.trace if show else None,
        token=token or generated,
        store=take_store(keep, level, room_levels, wanted, history=keep_history),
        announce=not no_announce,
        access=take_access(others),
        site=site or pages_beside(rules),
        kinds=relays_only if kinds is None else kinds,
        state_by=take_state_by(others),
        network=take_network(others),
    )
    with closing(output), asyncio.Runner(loop_factory=new_loop) as runner:
        ours = "" if token else generated
        changing = rules if reload else None
        serving = _serve_until(stop, server, output, quiet=quiet, show=show, token=ours, kinds=kinds, changing=changing)
        runner.run(serving)
    return 0


async def _serve_until(
    stop: asyncio.Event,
    server: Server,
    output: ServeOutput,
    *,
    quiet: bool,
    show: bool,
    token: str,
    kinds: RuledKinds | None,
    changing: Path | None,
) -> None:
    _stop_on_signals(stop, server)
    await server.start()
    _collect_garbage_less()
    if not quiet:
        output.banner(server, token, _room_to_show(server, kinds))
        if kinds is not None:
            output.rules(server, kinds.classes)
        if server.network:
            output.bad_network(server)
    if show:
        output.legend()
    reloading = None
    if changing is not None and kinds is not None:
        reloading = asyncio.create_task(reload_rules(changing, kinds, server, output))
    await stop.wait()
    if reloading is not None:
        reloading.cancel()
    closed = asyncio.create_task(server.close())
    await asyncio.wait([closed], timeout=_SILENT_CLOSE)
    if not closed.done() and not quiet:
        output.draining(server.directory)
    await closed
    if not quiet:
        output.closing(server.directory)


def _room_to_show(server: Server, kinds: RuledKinds | None) -> str:
    """The room of the banner's example: that of old programs, too; with rules, one that has them."""
    if kinds is None or server.starter_room in kinds.classes:
        return server.starter_room
    return next(iter(kinds.classes))


def _collect_garbage_less() -> None:
    """Exempt the objects of start-up from garbage collection, and collect the rest more rarely.

    A server makes hardly any reference cycles, but each collection pauses everyone: of 5,000 new objects, for 3 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 200)


def _stop_on_signals(stop: asyncio.Event, server: Server) -> None:
    """Let Ctrl-C and SIGTERM set `stop` instead of interrupting what runs; a second one closes without waiting."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        if stop.is_set():
            server.abort_all()
        stop.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(one, end)
        except NotImplementedError:  # Windows: the loop notices when it next wakes, within a second
            signal.signal(one, lambda *_: loop.call_soon_threadsafe(end))
