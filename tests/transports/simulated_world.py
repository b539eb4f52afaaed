"""A simulated world for the contract of a client's network: a network that fails, and a server that a test drives."""

from __future__ import annotations

from collections.abc import Callable

from roomcast.testing.actions import ActionLog
from roomcast.testing.environment import Environment
from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End, Weather, connect_ends
from roomcast.testing.simulated_client_network import SimulatedClientNetwork
from roomcast.testing.timeline import Machine
from tests.transports.worlds import SUBPROTOCOL, Recorder

POOR = Weather(latency=(0.0005, 0.003), pieces=3000, window=40_000)
PATIENCE = 60.0  # simulated seconds


class SimulatedPeer(End):
    """The server's end of a connection, which does what a test says."""

    def __init__(self, environment: Environment, machine: Machine) -> None:
        super().__init__(environment.network, machine)
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.out.write(WIRE.pack([frame]))

    def close(self, code: int, reason: str) -> None:
        self.send(CLOSE + f"{code} {reason}".encode())

    def cut(self) -> None:
        self.shut("cut")

    def stop_reading(self) -> None:
        self.other.out.reading = False

    def read_on(self) -> None:
        self.other.out.reading = True
        self.other.out.read()

    # -- from the network

    def frame_received(self, frame: bytes) -> None:
        if frame == PING:
            self.send(PONG)
        elif frame.startswith(CLOSE):
            self.send(frame)
            self.shut("the handshake is done")
        else:
            self.frames.append(frame)

    def connection_lost(self, why: str) -> None: ...


class Listener:
    """The server's machine, which accepts every connection."""

    def __init__(self, environment: Environment) -> None:
        self.machine = Machine(environment.timeline)
        self.newest: SimulatedPeer
        self._environment = environment

    def connect(self, client: End, actions: ActionLog) -> None:
        self.newest = SimulatedPeer(self._environment, self.machine)
        connect_ends(actions.name, client, self.newest)


class SimulatedWorld:
    """One program and one server, in simulated time."""

    def __init__(self) -> None:
        self._environment = Environment(seed=7)
        self._environment.network.weather = POOR
        self._listener = Listener(self._environment)
        program = Machine(self._environment.timeline)
        self._network = SimulatedClientNetwork(self._environment, program, self._listener, ActionLog("program"))

    def __enter__(self) -> SimulatedWorld:
        return self

    def __exit__(self, *_: object) -> None: ...

    @property
    def server(self) -> SimulatedPeer:
        return self._listener.newest

    def connect(self, where: str = "server", then: Callable[[Recorder], object] | None = None) -> Recorder:
        self._environment.network.down = where == "silent"
        self._listener.machine.on = where != "nobody"
        recorder = Recorder()
        recorder.connection = recorder.call(self._network.connect, "ws://simulated/", SUBPROTOCOL, recorder)
        if then is not None:
            then(recorder)
        return recorder

    def until(self, condition: Callable[[], object]) -> None:
        timeline = self._environment.timeline
        give_up = timeline.now + PATIENCE
        while not condition():
            assert timeline.now < give_up, f"it does not happen within {PATIENCE:g} seconds"
            timeline.run_until(timeline.now + 0.001)

    def let_pass(self, seconds: float) -> None:
        timeline = self._environment.timeline
        timeline.run_until(timeline.now + seconds)
