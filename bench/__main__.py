"""`make bench`: every bench in turn, and one table of what was asked and what was reached. `--quick`: in small."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.town import OUTPUT

Figure = Callable[[dict[str, Any]], tuple[str, bool | None]]
"""what a result says, and whether the target is met; None where there is none"""


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    target: str
    file: str
    command: Sequence[str]
    quick: Sequence[str]
    figure: Figure


def _limits(result: dict[str, Any]) -> tuple[str, bool | None]:
    lost = result["lost"] + result["moved_lost"]
    probes = result["probes"]
    waits = f"{probes[0]}–{probes[-1]} s" if probes else "none answered"
    words = (
        f"{result['seconds']} s = {result['times_ideal']} × ideal; {result['refused_for_speed']} 429s; {lost} lost "
        f"({result['moved_lost']} moved); {result['doubled']} doubled; answers after {waits}"
    )
    if "states" in result:
        words += f"; {result['states'].get('unknown', 0)} unknown"
    good = result["times_ideal"] <= 1.05 and not lost and not result["doubled"] and not result["refused_for_speed"]
    return words, good and bool(probes) and probes[-1] < 0.5 if "states" in result else None


def _throughput(name: str, least: int) -> Figure:
    def figure(result: dict[str, Any]) -> tuple[str, bool | None]:
        one = result[name]
        words = (
            f"{one['sends_a_second']}/s; {one['share_of_bare']} of bare aiohttp's {result['bare_aiohttp']}/s; "
            f"{one['processor_ms_a_send']} ms of processor a send"
        )
        return words, one["sends_a_second"] >= least and not one["doubled"]

    return figure


def _city(result: dict[str, Any]) -> tuple[str, bool | None]:
    words = (
        f"{result['groups']} groups, {result['accounts']} accounts in {result['seconds']} s: "
        f"{result['sends_a_second']}/s; workers use {result['share_of_a_processor']} of a processor, "
        f"{result['memory_mb']} MB; {result['lost']} lost; {result['doubled']} doubled"
    )
    return words, not result["lost"] and not result["doubled"]


def _incoming(result: dict[str, Any]) -> tuple[str, bool | None]:
    once, steady = result["sqlite"]["at_once"], result["sqlite"]["steadily"]
    words = (
        f"{once['answers_a_second']}/s with {result['people']} people at once; at {steady['pace']}/s stored p99 "
        f"{steady['stored_p99_ms']} ms, answered p99 {steady['answered_p99_ms']} ms"
    )
    return words, once["answers_a_second"] >= 300 and steady["answered_p99_ms"] < 200


def _kill(result: dict[str, Any]) -> tuple[str, bool | None]:
    parts = [
        f"{name}: {one['kills']} kills, {one['doubled']} doubled, {one['lost']} lost, {one['unknown']} unknown "
        f"(at most {one['most_in_flight']} in flight)"
        for name, one in result.items()
        if isinstance(one, dict)
    ]
    good = all(
        not one["doubled"] and not one["lost"] and one["unknown"] <= one["kills"] * one["most_in_flight"]
        for one in result.values()
        if isinstance(one, dict)
    )
    return "; ".join(parts), good


LIMIT = "≤ 1.05 × ideal, 0 429s, 0 lost, 0 doubled, answers < 0.5 s"
FEW = ("--groups", "300")


def _compared(what: str, *more: str) -> list[Row]:
    """Ours and the peers, in the same way."""
    hard = "-hard" if more else ""
    peers = {"ptb": "PTB + AIORateLimiter", "aiogram_broadcaster": "aiogram-broadcaster"}
    ours = Row(f"{what}: ours", LIMIT, f"limits-ours{hard}", ["limits", *more], FEW, _limits)
    return [ours, *(Row(f"  {name}", "", f"limits-{who}{hard}", ["limits", *more, "--who", who], FEW, _limits)
                    for who, name in peers.items())]  # fmt: skip


SLOWLY = ["--groups", "5000", "--accounts", "100"]
SURE = "0 doubled, 0 lost, unknown ≤ in flight"
BOTH = _throughput("sqlite", 900), _throughput("postgresql", 600)
ROWS = [
    *_compared("2,000 groups, published limits"),
    *_compared("the same, frozen penalties, 0.5 % unanswered", "--hard"),
    Row("no limits, durable outcomes: SQLite", "≥ 900/s", "throughput", ["throughput"], ["--sends", "3000"], BOTH[0]),
    Row("  PostgreSQL", "≥ 600/s", "throughput", [], [], BOTH[1]),
    Row("a city on PostgreSQL, two workers", "0 lost, 0 doubled", "city", ["city"], SLOWLY, _city),
    Row("tip answers a second", "≥ 300/s, p99 < 200 ms", "incoming", ["incoming"], ["--people", "200"], _incoming),
    Row("kill -9 at random moments", SURE, "kill", ["kill"], ["--kills", "5"], _kill),
]


def line(row: Row) -> str:
    file = OUTPUT / f"{row.file}.json"
    try:
        figure, good = row.figure(json.loads(file.read_text()))
    except (OSError, KeyError, TypeError, IndexError):
        figure, good = "not measured", None
    met = {True: "yes", False: "no", None: ""}[good]
    return f"| {row.what} | {row.target} | {figure} | {met} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in small: about ten minutes")
    parser.add_argument("--table", action="store_true", help="only the table, of what lies in bench/output")
    options = parser.parse_args()
    for row in () if options.table else ROWS:
        if row.command:
            name, *more = row.command
            subprocess.run(
                [sys.executable, "-m", f"bench.{name}", *more, *(row.quick if options.quick else ())], check=False
            )
    table = "\n".join(["| what | target | figure | met |", "|---|---|---|---|", *map(line, ROWS)])
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "table.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
