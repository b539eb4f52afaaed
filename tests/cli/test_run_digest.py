"""Whether two players ran the same commands in the same order, from what each really ran."""

from roomcast.cli.demo_summary import Summary
from roomcast.cli.run_digest import RunDigest, RunReport, differences


def report(*ran: tuple[int, str, int, int]) -> RunReport:
    run_digest = RunDigest()
    run_digest.start()
    for seq, player, dx, dy in ran:
        run_digest.add(seq, player, "move", dx, dy)
    run_digest.stop()
    assert run_digest.report is not None
    return run_digest.report


ONE, TWO = (7, "red", 5, 0), (8, "blue", 0, 5)


def test_the_same_commands_give_the_same_digest() -> None:
    assert report(ONE, TWO) == report(ONE, TWO)


def test_another_order_another_place_another_argument_another_player_give_another() -> None:
    digests = {
        report(*ran).digest
        for ran in [
            (ONE, TWO),
            (TWO, ONE),
            (ONE, (9, "blue", 0, 5)),
            (ONE, (8, "blue", 5, 0)),
            (ONE, (8, "green", 0, 5)),
            (ONE,),
            (),
        ]
    }
    assert len(digests) == 7


def test_only_what_runs_between_start_and_stop_counts() -> None:
    run_digest = RunDigest()
    run_digest.add(6, "red", "move", 1, 1)
    run_digest.start()
    run_digest.add(*ONE[:2], "move", *ONE[2:])
    run_digest.stop()
    run_digest.add(9, "red", "move", 1, 1)
    run_digest.start()
    run_digest.add(10, "red", "move", 1, 1)
    assert run_digest.report == report(ONE)


def test_differences_say_who_and_what() -> None:
    mine = report(ONE, TWO)
    others = {"green": mine, "red": report(ONE), "blue": report(TWO, ONE), "pink": None}
    assert differences("me", mine, others) == [
        "red ran 1 command, but me ran 2.",
        "blue ran as many commands as me, but not the same ones in the same order.",
        "pink did not report what it ran.",
    ]


def test_a_summary_of_all_the_same() -> None:
    mine = report(ONE, TWO)
    lines = [line.plain for line in Summary("ada", 1.5, mine, {"red": mine, "blue": mine}).lines()]
    assert lines[:3] == [
        "Roomcast demo, 1.5 seconds, 3 players, each in a process of its own",
        "  commands sent             2",
        "  copies delivered          6",
    ]
    assert lines[-1] == "Every player ran the same 2 commands in the same order."


def test_a_summary_with_troubles_ends_with_them() -> None:
    summary = Summary("ada", 1.5, report(ONE), {"red": None}, ["red's process was ended by signal 9."], guests=2)
    assert summary.wrong == ["red's process was ended by signal 9.", "red did not report what it ran."]
    lines = [line.plain for line in summary.lines()]
    assert lines[-3:] == ["  There were guests, too: 2. They do not report what they ran.", *summary.wrong]


def test_a_demo_that_never_began_is_wrong() -> None:
    assert Summary("ada").wrong == ["The demo ended before the game had begun."]
