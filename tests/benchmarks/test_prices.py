"""docs/limits.md: each thing that a stranger can do has a row, and what the row names counts it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import typing
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from roomcast.core.protocol.any_message import ClientMessage
from roomcast.core.protocol.limits import Limits, flag
from roomcast.core.server import prices
from roomcast.core.server.accounts import Account
from roomcast.hosting import HostedServer
from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports
from roomcast.server.routes import routes
from roomcast.server.server import Server
from tests.programs import TOP
from tests.waiting import wait_for

Script = Callable[[str], ModuleType]

PAGE = TOP / "docs" / "limits.md"
TOKEN = "k7fm-2qxp-9rtd"
# What is no message of its own, beside messages and routes: a test cannot list it by itself.
OTHERS = {
    *("accept", "handshake", "upgrade", "starter", "line", "passed over", "bad-message", "unknown-type"),
    *("ping frame", "pong frame", "close frame", "binary frame", "fragment"),
}


@pytest.fixture
def rows(benchmark_script: Script) -> tuple[Any, ...]:
    found: tuple[Any, ...] = benchmark_script("price_rows").ROWS
    return found


def constants() -> dict[str, float]:
    """The prices; SMALL is none, but the size of a message of which no byte is charged."""
    return {name: value for name, value in vars(prices).items() if name.isupper() and name != "SMALL"}


def test_every_message_and_every_route_has_a_row(rows: tuple[Any, ...]) -> None:
    covered = {one for row in rows for one in row.covers}
    kinds = {kind.__struct_config__.tag for kind in typing.get_args(ClientMessage)}
    paths = {route.path for route in routes(_Pages(), lambda request: {})._routes}  # type: ignore[arg-type]
    assert covered == kinds | paths | OTHERS


def test_every_price_is_in_a_row_and_every_name_in_a_row_is_one(rows: tuple[Any, ...]) -> None:
    assert {price for row in rows for price in row.prices} == set(constants())
    known = {field.name for field in dataclasses.fields(Limits)}
    for row in rows:
        assert row.prices
        assert row.limits
        assert set(row.limits) <= known
        assert "address_time" in row.limits, "the time of one address bounds everything"
    assert len({row.name for row in rows}) == len(rows)


def test_the_page_has_the_rows(rows: tuple[Any, ...]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition("<!-- prices: begin -->")[2].partition("<!-- prices: end -->")[0]
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    for row in rows:
        line = lines[row.name]
        for limit in row.limits:
            assert f"`{flag(limit)}`" in line, row.name
        for price in row.prices:
            assert f"{price} {constants()[price]:g}" in line, f"{row.name}: run make prices"
        assert "?" not in line.split(" | ")[1], f"{row.name} was not measured: run make prices"


def rows_of_page() -> list[dict[str, Any]]:
    """The rows as the page's table has them: rounded."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if len(cells) == 7 and (numbers := [re.match(r"[\d,.]+", cell) for cell in cells[:3]]) and all(numbers):
            sent, microseconds, memory = (float(one[0].replace(",", "")) for one in numbers if one is not None)
            found.append({"name": name, "sent": sent, "microseconds": microseconds, "memory": memory})
    return found


def test_the_worst_is_that_of_what_is_sent(benchmark_script: Script) -> None:
    def row(name: str, sent: float, microseconds: float, memory: float) -> dict[str, Any]:
        return {"name": name, "sent": sent, "microseconds": microseconds, "memory": memory}

    rows = [row("small", 10, 30, 0), row("large", 1000, 500, 9000), row("a tick", 0, 631.14, 20)]
    assert benchmark_script("prices").worst({"rows": rows}, {"rows": rows[:2]}) == (
        "Before, the most processor time for each byte sent was that of *small*: 3.0 µs; the most memory that of "
        "*large*: 9.0 bytes. Now, the most processor time for each byte sent was that of *small*: 3.0 µs; the most "
        "memory that of *large*: 9.0 bytes. Nothing is sent for *a tick*, which took 631.1 µs."
    )


def test_the_worst_on_the_page_is_that_of_its_table(benchmark_script: Script) -> None:
    rows = rows_of_page()
    assert len(rows) > 50
    _, _, said = benchmark_script("prices").worst({"rows": rows}, {"rows": rows}).partition(" Now, ")
    _, _, page = PAGE.read_text(encoding="utf-8").partition(" Now, ")
    page = page.partition("\n")[0]
    names, numbers = re.compile(r"\*.*?\*"), re.compile(r"[\d,.]+(?= µs| bytes)")
    assert names.findall(page) == names.findall(said)
    on_page, in_table = ([float(one.replace(",", "")) for one in numbers.findall(text)] for text in (page, said))
    assert on_page == pytest.approx(in_table, rel=0.05)


# ---------------------------------------------------------------------- driving each row


class Driving:
    """A server in this process, and what it has charged to the address from which a row is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        limits = Limits(rate=1e6, burst=10**6, address_time=1000.0)
        classes = load_classes(TOP / "benchmarks" / "priced_rooms.py")
        kinds = RuledKinds(classes, MakerReports(lambda sentence, error: None))
        self.server = Server(limits, host="127.0.0.1", port=0, starter_port=0, token=TOKEN, kinds=kinds)
        self.charged: list[float] = []
        self.source, self.times, self.token = "127.0.0.66", 3, TOKEN
        whole = Account.charge

        def charge(account: Account, microseconds: float, now: float) -> float:
            if account.key == self.source and self._measuring:
                self.charged.append(microseconds)
            return whole(account, microseconds, now)

        self._measuring = False
        monkeypatch.setattr(Account, "charge", charge)
        self._hosted = HostedServer(self.server)
        self._hosted.start()
        self.port = self.server.port
        self.starter_port = self.server.starter_port
        self.stop = self._hosted.close

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        self._measuring = True
        yield


@pytest.fixture
def driving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Driving]:
    one = Driving(monkeypatch)
    yield one
    one.stop()


def row_names() -> list[str]:
    text = (TOP / "benchmarks" / "price_rows.py").read_text(encoding="utf-8")
    return re.findall(r"^    Row\(\"(.*?)\",", text, re.MULTILINE)


@pytest.mark.parametrize("name", row_names())
def test_doing_it_is_charged_to_the_address_that_does_it(name: str, rows: tuple[Any, ...], driving: Driving) -> None:
    (row,) = [row for row in rows if row.name == name]
    asyncio.run(asyncio.wait_for(row.drive(driving), 30))
    least = sum(constants()[price] for price in row.prices if not price.startswith("BYTE"))
    wait_for(
        lambda: sum(driving.charged) >= driving.times * least,
        what=f"{name} is charged {driving.times} times {least} µs ({', '.join(row.prices)}): {driving.charged}",
    )


class _Pages:
    """Stands for the pages: only their routes are looked at."""

    def __getattr__(self, name: str) -> Any:
        return None
