"""Simulated rooms, for tests of games that use Roomcast, and of Roomcast itself.

Whole rooms run in one thread and in simulated time: the real rooms and the real clients, connected by a simulated
network, with a simulated disk, both of which can fail. All randomness comes from one seed, so every run can be
repeated exactly.

    from roomcast.testing import simulate

    def everyone_sees_the_same(simulation):
        red, blue = simulation.join("dots", "red"), simulation.join("dots", "blue")
        red.state["level"] = 2
        simulation.run(10, faults=3)
        simulation.settle()
        assert blue.state["level"] == 2

    simulate(everyone_sees_the_same, seeds=100)

General layout, from the bottom up (a file imports only files above it in this list):

    timeline                  simulated time: scheduled calls, and machines with a clock
    network                   simulated connections, and the network conditions (`Weather`)
    trace                     the record of a run: last events, counts, digest
    environment               what every simulated part shares: timeline, randomness, network, trace
    clocked_loop              asyncio's event loop by another clock, for async handlers
    disk_commit_log           commit logs on a simulated disk
    disk                      the simulated disk: it loses in a crash what it has not synced, and fails
    actions                   what one program sent, and what became of it
    marked_secrets            texts that are searched for in all that is sent, and who may have been sent each
    handler_tasks             runs async handlers, in a simulation
    random_rules              rules that act at random
    promises                  what every simulation checks, and the exception of a broken promise
    rules_model               what each reader is to have of a room with rules, made anew from the truth
    timer_plan                when the timers of rules are to run
    rules_record              what is true in a room with rules after each entry, noted beside it
    audited_rules             the behaviour of a room with rules: notes and checks what it does
    true_log                  the complete log of a room, as it truly was
    program_view              what one program has received of its room
    timer_model               which timer runs at which place of the order
    rules_invariants          who reads a room with rules has what it may see, and nothing else
    order_invariants          one order for all; skips and losses are reported
    keeping_invariants        acknowledged means kept
    action_invariants         what programs send is done once, counted, not outdated, and arrives in the end
    state_invariants          state is the fold of the log; presence is right
    time_invariants           time never goes back; timers run once, in one order
    world_invariants          late players begin where they asked; a world is that of most
    bounds_invariants         memory has bounds
    server_audit              checks what the server does
    program_audit             checks what one program receives
    session_times             when sessions lost their connections, for the checks
    disk_timing               when the server's disk writes and syncs
    simulated_peer            the server's ends of connections
    simulated_server          the real core on a simulated machine
    simulated_client_network  the contract of a client's network, on simulated connections
    audited_core              the client core of a program: checks every frame that arrives
    simulated_room            programs with a room as `roomcast.join` returns it
    simulated_line_client     programs that speak the line protocol
    simulated_onlooker        programs that only look on
    programs                  all programs of a simulation
    faults                    what can go wrong, one method each
    fault_injector            chooses faults at random
    simulation                all of it together: `Simulation`
    seeds                     runs a test once for each seed: `simulate`
    plugin                    the same for pytest
    own_state                 the own state of a program that acts at random, and its world
    random_timers             the timers of a program that acts at random
    random_program            what programs that act at random have in common
    random_player             a program that acts at random
    ruled_player              a program that acts at random in a room with rules
    scenario                  the random scenario of one seed, in rooms without rules
    ruled_scenario            the same in rooms with rules
    scenario_run              runs the scenario of a seed, as `make simulate` does
    replays                   a recording against a program: where its state has become another one
    playtest_connection       connections of a playtest
    playtest_loop             how async handlers run in a playtest
    playtest_server           the server of a playtest, with its disk
    playtest_spectator        somebody who looks on in a playtest
    playtest_player           one player of a playtest
    playtest_leaks            looks for what was sent to the wrong reader
    playtest                  a room with rules and its players, without any of that
    campaign                  the scenarios of many seeds, on all processors
"""

from roomcast.testing.disk import MemoryStore
from roomcast.testing.faults import Faults
from roomcast.testing.network import Weather
from roomcast.testing.playtest import Playtest, PlaytestPlayer, PlaytestSpectator, RulesFailed, playtest
from roomcast.testing.promises import PROMISES, Broken
from roomcast.testing.replays import Difference, first_difference, replay
from roomcast.testing.seeds import simulate
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation

__all__ = [
    "PROMISES",
    "Broken",
    "Difference",
    "Faults",
    "MemoryStore",
    "Playtest",
    "PlaytestPlayer",
    "PlaytestSpectator",
    "RulesFailed",
    "SimulatedRoom",
    "Simulation",
    "Weather",
    "first_difference",
    "playtest",
    "replay",
    "simulate",
]
