"""Writes the results into docs/performance.md, and draws its pictures.

    make bench growth figures client endure beside-colyseus page    measure, then write; or make page alone, after some

It replaces what stands between the marks <!-- NAME: begin --> and <!-- NAME: end -->; the rest is written by hand.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from beside_colyseus import RESULTS as BESIDE
from beside_colyseus import table as beside_table
from c_load import COMPARED, ROOMCAST_ONLY, STEADY
from client import RESULTS as CLIENTS
from compare import RESULTS
from endure import RESULTS as ENDURED
from figures import RESULTS as FIGURES
from growth import RESULTS as GROWN
from growth import factor
from matplotlib import pyplot
from servers import KINDS, TOP

from roomcast.loadtest.criteria import DISTURBED

mpl.use("Agg")  # draw into files, also where there is a screen
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "roomcast", "font.family": "sans-serif", "font.size": 9})

PAGE = TOP / "docs" / "performance.md"
PICTURES = TOP / "docs" / "pictures"
OURS, LIMIT, OTHERS = "#2f6f9f", "#999999", "#d0a060"  # colours of Roomcast, of the relay in C, of all others
NEAR_ITS_LIMIT = 0.95  # share of busy time from which on the load generator may be the bottleneck

Runs = list[dict[str, Any]]


def of(runs: Runs, name: str, letter: str) -> Runs:
    return [run for run in runs if run["server"] == name and run["workload"] == letter]


def rate(runs: Runs, name: str, letter: str) -> float:
    """The median of the highest rates held."""
    return statistics.median(float(run["highest"]) for run in of(runs, name, letter))


def servers_in(runs: Runs) -> list[str]:
    """Names of the servers: Roomcast, the relay, then the others by their rate in A, the fastest first."""
    names = list(dict.fromkeys(run["server"] for run in runs))
    first = [name for name in ("roomcast", "relay") if name in names]
    letter = letters_in(runs)[0]
    return first + sorted((name for name in names if name not in first), key=lambda name: -rate(runs, name, letter))


def letters_in(runs: Runs) -> str:
    """The workloads that were measured and that every server can run."""
    return "".join(x for x in COMPARED if x not in ROOMCAST_ONLY and any(run["workload"] == x for run in runs))


def thousands(number: float) -> str:
    return f"{number / 1000:,.0f}" if number >= 10_000 else f"{number / 1000:,.1f}"


def cell(runs: Runs, name: str, letter: str) -> str:
    found = of(runs, name, letter)
    rates = [run["highest"] for run in found]
    at_its_limit = statistics.median((run["at"] or {}).get("busy", 0.0) for run in found) > NEAR_ITS_LIMIT
    sign = "≥ " if at_its_limit else ""
    return f"{sign}{thousands(statistics.median(rates))} ({thousands(min(rates))}–{thousands(max(rates))})"


def highest_table(runs: Runs) -> str:
    letters = letters_in(runs)
    lines = [
        "| thousands of copies a second | "
        + " | ".join(f"{letter}: {COMPARED[letter].title}" for letter in letters)
        + " |",
        "| --- |" + " --- |" * len(letters),
    ]
    for name in servers_in(runs):
        kind = KINDS[name]
        title = f"**{kind.title}**" if name == "roomcast" else kind.title
        lines.append(f"| {title} | " + " | ".join(cell(runs, name, letter) for letter in letters) + " |")
    return "\n".join(lines)


def ratio_table(runs: Runs) -> str:
    """How many times as fast as each other server Roomcast is."""
    letters = letters_in(runs)
    lines = ["| Roomcast's rate as a multiple of | " + " | ".join(letters) + " |", "| --- |" + " --- |" * len(letters)]
    for name in servers_in(runs)[1:]:
        ratios = [rate(runs, "roomcast", letter) / max(1, rate(runs, name, letter)) for letter in letters]
        lines.append(f"| {KINDS[name].title} | " + " | ".join(map(_times, ratios)) + " |")
    return "\n".join(lines)


def steady_table(runs: Runs) -> str:
    """Cost of a copy below saturation, where the server held that rate in every round."""
    letters = letters_in(runs)
    lines = [
        "| rate, copies a second | " + " | ".join(f"{x}: {STEADY[x]:,.0f}" for x in letters) + " |",
        "| --- |" + " --- |" * len(letters),
    ]
    for name in servers_in(runs):
        cells = []
        for letter in letters:
            steps = [run["steady"] for run in of(runs, name, letter)]
            if all(step and step["held"] and step["rate"] >= STEADY[letter] * 0.99 for step in steps):
                cost = statistics.median(1e6 * (s["user"] + s["kernel"]) / s["copies"] for s in steps)
                p50, p99 = (statistics.median(step[at] for step in steps) for at in ("p50", "p99"))
                cells.append(f"{cost:.2f} µs, {p50:.1f} and {p99:.1f} ms")
            else:
                cells.append("not held")
        lines.append(f"| {KINDS[name].title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def arrivals_text(storms: list[dict[str, Any]]) -> str:
    """Medians of the latencies of newcomers, and of those already there."""
    if not storms:
        return ""
    came = {key: statistics.median(storm["arrivals"][key] for storm in storms) for key in storms[0]["arrivals"]}
    p50, p99 = (statistics.median(storm["steady"][key] for storm in storms) for key in ("p50", "p99"))
    return (
        f"{came['newcomers']:,.0f} newcomers, evenly within a second: "
        f"all were in after {came['all_in'] / 1000:.2f} s,\n"
        f"each {came['arrival_p50']:.0f} ms (p50) and {came['arrival_p99']:.0f} ms (p99) after it was due, from\n"
        f"before it connected to its welcome. Those already there, who sent 20 commands a second each, saw\n"
        f"{p50:.1f} ms (p50) and {p99:.1f} ms (p99) meanwhile."
    )


def draw_peers(runs: Runs) -> None:
    """Bars of the highest rates, one panel for each workload, on logarithmic axes."""
    letters, names = letters_in(runs), servers_in(runs)
    figure, panels = pyplot.subplots(
        1, len(letters), figsize=(9, 0.3 * len(names) + 0.9), sharey=True, layout="constrained", squeeze=False
    )
    colours = [OURS if name == "roomcast" else LIMIT if name == "relay" else OTHERS for name in names]
    for axes, letter in zip(panels[0], letters, strict=True):
        rates = [rate(runs, name, letter) for name in names]
        axes.barh([KINDS[name].title for name in names], [max(1.0, one) for one in rates], color=colours)
        axes.set(xscale="log", xlim=(1000, max(rates) * 8), title=f"{letter}: {COMPARED[letter].title}")
        for place, one in enumerate(rates):
            axes.text(max(one, 1000) * 1.1, place, thousands(one) + " k", va="center", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0][0].invert_yaxis()
    figure.supxlabel("copies a second (logarithmic axes)", fontsize=8)
    save(figure, "bench")


def draw_growth(name: str, growth: dict[str, Any]) -> None:
    """Cost against what grows, with its spread."""
    rows = growth["rows"]
    figure, axes = pyplot.subplots(figsize=(4.2, 2.6), layout="constrained")
    places = [row["at"] for row in rows]
    scale = "log" if places[0] else "linear"  # a logarithmic axis has no 0
    axes.fill_between(
        places, [row["least"] for row in rows], [row["most"] for row in rows], color=OURS, alpha=0.2, linewidth=0
    )
    axes.plot(places, [row["cost"] for row in rows], "o-", color=OURS, markersize=4)
    axes.set(xscale=scale, xlabel=growth["axis"], ylabel=f"µs a {growth['per']}", ylim=(0, None))
    too_near = 0.0 if scale == "log" else places[-1] / 20
    apart = [place for place in places if not 0 < place < too_near]
    axes.set_xticks(apart, [f"{place:,.0f}" for place in apart], fontsize=8)
    axes.minorticks_off()
    axes.grid(visible=True, axis="y", linewidth=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, f"growth-{name}")


def save(figure: Any, name: str) -> None:
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)
    print((PICTURES / f"{name}.svg").relative_to(TOP))


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _rounds(count: int) -> str:
    return "One round." if count == 1 else f"Medians of {count} rounds, in turn (least to most)."


def conditions(result: dict[str, Any], runs: Runs) -> str:
    machine = result["machine"]
    versions = [f"{KINDS[name].title} {version}" for name in servers_in(runs) if (version := KINDS[name].version())]
    missing = [f"{KINDS[name].title} ({why})" for name, why in result.get("missing", {}).items()]
    lines = [
        f"Measured on {machine['date']}: {machine['processor']}; {machine['system']}; Python {machine['python']}"
        + (f"; Node {machine['node']}" if machine.get("node") else "")
        + f". {_rounds(result['rounds'])}",
    ]
    if versions:
        lines.append(f"Versions: {', '.join(versions)}.")
    if missing:
        lines.append(f"Not measured: {', '.join(missing)}.")
    if disturbed := sum(run["disturbed"] for run in runs):
        steps = sum(run["steps"] for run in runs)
        lines.append(
            f"In {disturbed / steps:.0%} of the steps another program took more than {DISTURBED * 100:.0f} % of a core "
            "from one of the two."
        )
    return "\n".join(lines)


def growth_text(grown: dict[str, Any]) -> str:
    parts = []
    for name, growth in grown["growths"].items():
        rows: Sequence[dict[str, float]] = growth["rows"]
        title = growth["title"]
        table = "; ".join(f"{row['at']:,.0f}: {row['cost']:.2f}" for row in rows)
        parts.append(
            f"**{title[0].upper()}{title[1:]}.** µs a {growth['per']} at each: {table}. "
            f"The last is {factor(rows):.1f} times the cheapest.\n\n![{title}](pictures/growth-{name}.svg)"
        )
    return "\n\n".join(parts)


def figures_table(figures: list[dict[str, Any]]) -> str:
    """Medians, and the limit of each."""
    lines = ["| measured | median | least to most | limit |", "| --- | --- | --- | --- |"]
    for one in figures:
        spread = f"{one['least']:.3g}–{one['greatest']:.3g}" if one["least"] != one["greatest"] else ""
        lines.append(f"| {one['title']} | {one['median']:.3g} {one['unit']} | {spread} | {one['most']:g} |")
    return "\n".join(lines)


def clients_table(rates: dict[str, list[float]]) -> str:
    """Medians, in commands a second."""
    lines = ["| commands a second, on one core | median | least to most |", "| --- | --- | --- |"]
    for name, found in rates.items():
        lines.append(f"| {name} | {statistics.median(found):,.0f} | {min(found):,.0f}–{max(found):,.0f} |")
    return "\n".join(lines)


def endured_text(endured: dict[str, Any]) -> str:
    parts = (endured["first"], endured["last"], endured["new"])
    first, last, new = (f"{part['memory']:.1f} MiB and {part['p99']:.2f} ms" for part in parts)
    return (
        f"{endured['rate']:,.0f} copies a second in one room of 100, half of the highest rate, for\n"
        f"{endured['minutes']} minutes: {endured['copies']:,} copies, all of them in order. The server's own memory\n"
        f"and the 99th percentile of the latency were {first} in the first third of that time,\n"
        f"and {last} in the last third (medians of minutes). A new server under the same load,\n"
        f"right afterwards, had {new}."
    )


def fill(page: str, name: str, text: str) -> str:
    """Replace what stands between the marks of a part. Exits with a message where the page lacks them."""
    pattern = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
    page, count = re.subn(pattern, lambda found: f"{found[1]}{text}\n{found[2]}", page, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"docs/performance.md has no place for {name}")
    return page


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if result := read(RESULTS):
        runs = result["runs"]
        page = fill(page, "conditions", conditions(result, runs))
        page = fill(page, "highest", highest_table(runs))
        page = fill(page, "ratios", ratio_table(runs))
        page = fill(page, "steady", steady_table(runs))
        page = fill(page, "arrivals", arrivals_text(result.get("storms", [])))
        draw_peers(runs)
    if grown := read(GROWN):
        page = fill(page, "growth", growth_text(grown))
        for name, growth in grown["growths"].items():
            draw_growth(name, growth)
    if figures := read(FIGURES):
        page = fill(page, "figures", figures_table(figures["figures"]))
    if clients := read(CLIENTS):
        page = fill(page, "clients", clients_table(clients["rates"]))
    if endured := read(ENDURED):
        page = fill(page, "endured", endured_text(endured))
    if beside := read(BESIDE):
        page = fill(page, "beside", beside_table(beside))
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE.relative_to(TOP))


if __name__ == "__main__":
    main()
