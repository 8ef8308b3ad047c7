"""`make bench`: every bench in turn, and one table of what was asked and what was reached. `--quick`: in small."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.town import OUTPUT

Result = dict[str, Any]
Figure = Callable[[Result], tuple[str, bool | None]]
"""what a result says, and whether the target is met; None where there is none"""


@dataclass(frozen=True, slots=True)
class Row:
    """`least`: the size at which the target is meant; below it nothing is said about it."""

    what: str
    target: str
    file: str
    command: Sequence[str]
    quick: Sequence[str]
    least: int
    figure: Figure


def _limits(result: Result) -> tuple[str, bool | None]:
    lost, probes, waiting = result["lost"] + result["moved_lost"], result["probes"], result["probes_waiting"]
    waits = f"{probes[0]}–{probes[-1]} s" if probes else "–"
    words = (
        f"{result['seconds']} s = {result['times_ideal']} × ideal; {result['refused_for_speed']} 429s; {lost} lost "
        f"({result['moved_lost']} moved); {result['doubled']} doubled; answers after {waits}"
    )
    words += f", {waiting} never" if waiting else ""
    if "states" not in result:
        return words, None
    unknown, unanswered = result["states"].get("unknown", 0), result["unanswered"]
    words += f"; {unanswered} unanswered, {unknown} unknown" if unanswered or unknown else ""
    whole = not (lost or result["doubled"] or result["refused_for_speed"]) and unknown == unanswered
    answered = bool(probes) and not waiting and probes[-1] < 0.5
    return words, whole and answered and result["times_ideal"] <= 1.05


def _queued(result: Result) -> tuple[str, bool | None]:
    answers = result["answers"]
    words = (
        f"a page waits {result['page_p99_ms']} ms (p99 of {result['asked']}), at most {result['page_longest_ms']} ms; "
        f"answers after {answers[0]}–{answers[-1]} s; {result['memory_mb']} MB"
    )
    return words, result["page_longest_ms"] < 50 and answers[-1] < 0.5 and result["memory_mb"] < 300


def _throughput(name: str, least: int) -> Figure:
    def figure(result: Result) -> tuple[str, bool | None]:
        one = _measured(result[name])
        words = (
            f"{one['sends_a_second']}/s; {one['share_of_bare']} of bare aiohttp's {result['bare_aiohttp']}/s; "
            f"{one['processor_ms_a_send']} s of processor for 1,000; {one['doubled']} doubled"
        )
        return words, one["sends_a_second"] >= least and not one["doubled"]

    return figure


def _city(result: Result) -> tuple[str, bool | None]:
    words = (
        f"{result['groups']} groups, {result['accounts']} accounts in {result['seconds']} s: "
        f"{result['sends_a_second']}/s; workers use {_listed(result['share_of_a_processor'])} of a processor, "
        f"{_listed(result['memory_mb'])} MB; {result['lost']} lost; {result['doubled']} doubled"
    )
    return words, not result["lost"] and not result["doubled"]


def _incoming(name: str) -> Figure:
    def figure(result: Result) -> tuple[str, bool | None]:
        one = _measured(result[name])
        once, steady = one["at_once"], one["steadily"]
        words = (
            f"{once['answers_a_second']}/s with {result['people']} people at once, "
            f"stored p99 {once['stored_p99_ms']} ms, {one['processor_ms_a_message']} ms of processor a message; "
            f"at {steady['reached']}/s of {steady['pace']}/s "
            f"stored p99 {steady['stored_p99_ms']} ms, answered p99 {steady['answered_p99_ms']} ms; "
            f"{one['said'] - one['stored']} not stored, {one['answers_due'] - one['heard']} not answered"
        )
        fast = once["answers_a_second"] >= 300 and steady["reached"] >= 0.95 * 300 and steady["answered_p99_ms"] < 200
        return words, fast and one["said"] == one["stored"] and one["answers_due"] == one["heard"]

    return figure


def _kill(name: str) -> Figure:
    def figure(result: Result) -> tuple[str, bool | None]:
        one = _measured(result[name])
        lost = one["lost"] + one["unheard"]
        words = (
            f"{one['kills']} kills in {one['groups']} posts, {one['people']} people wrote: {one['doubled']} doubled, "
            f"{lost} lost, {one['unknown']} unknown of {one['in_flight_at_kills']} in flight; "
            f"goes on after {one['seconds_to_go_on']} s"
        )
        return words, not one["doubled"] and not lost and one["unknown"] <= one["in_flight_at_kills"]

    return figure


def _cases(name: str) -> Figure:
    def figure(result: Result) -> tuple[str, bool | None]:
        one = _measured(result[name])
        asked = {what: one[what]["slowest_ms"] for what in ("list", "search", "detail")}
        made = [one["export_excel"], one["export_csv"]]
        words = f"slowest {', '.join(f'{what} {took} ms' for what, took in asked.items())}; export of all "
        words += f"{made[0]['seconds']} s (Excel), {made[1]['seconds']} s (CSV)"
        return words, max(asked.values()) < 200 and all(one["whole"] for one in made)

    return figure


def _answers(result: Result) -> tuple[str, bool | None]:
    told = [result["held_out"], result["calibrate"]]
    counted = ("answered_right", "answered_wrong", "declined")
    right, wrong, declined = ([one[what] for one in told] for what in counted)
    words = (
        f"{told[0]['questions']} held-out questions: {right[0]} right, {wrong[0]} wrong, {declined[0]} declined or "
        f"offered (calibration: {right[1]}, {wrong[1]}, {declined[1]}); p99 {result['answer_p99_ms']} ms"
    )
    return words, told[0]["wrong_of_answered"] < 0.03 and result["answer_p99_ms"] < 10


def _press(result: Result) -> tuple[str, bool | None]:
    templates = result["templates"]
    usual = {size: max((one[size], name) for name, one in templates.items()) for size in ("1080x1350", "1080x1920")}
    words = f"{len(templates)} templates; median of the slowest: "
    words += ", ".join(f"{took} ms at {size} ({name})" for size, (took, name) in usual.items())
    return words, len(templates) >= 12 and max(took for took, _ in usual.values()) < 100


class NotMeasuredError(Exception):
    """With the reason."""


def _measured(result: Result) -> Result:
    if "not_measured" in result:
        raise NotMeasuredError(result["not_measured"])
    return result


def _listed(numbers: Sequence[float]) -> str:
    return " and ".join(map(str, numbers))


LIMIT = "≤ 1.05 × ideal, 0 429s, 0 lost, 0 doubled, answers < 0.5 s"
FEW = ("--groups", "300")


def _compared(what: str, target: str, *more: str) -> list[Row]:
    """Ours and the peers, in the same way."""
    hard = "-hard" if more else ""
    peers = {"ptb": "PTB + AIORateLimiter", "aiogram_broadcaster": "aiogram-broadcaster"}
    ours = Row(f"{what}: ours", target, f"limits-ours{hard}", ["limits", *more], FEW, 2000, _limits)
    return [ours, *(Row(f"  {name}", "", f"limits-{who}{hard}", ["limits", *more, "--who", who], FEW, 2000, _limits)
                    for who, name in peers.items())]  # fmt: skip


SLOWLY = ["--groups", "5000", "--accounts", "100"]
TOLD = "≥ 300/s, p99 < 200 ms at that pace"
SURE = "0 doubled, 0 lost, unknown ≤ in flight"
QUEUED = "a page waits < 50 ms, answers < 0.5 s, < 300 MB"
WAITING = ["queued"], ["--groups", "5000", "--seconds", "10"]
BARE = ["throughput"], ["--sends", "3000"], 8000
MANY = ["incoming"], ["--people", "300", "--seconds", "8"], 1000
DEATHS = ["kill"], ["--kills", "5"], 200
PAPERS = ["cases"], ["--cases", "1000", "--claims", "3000", "--files", "2000"], 10_000
FAST = "list, search, detail < 200 ms, export whole"
FEW_WRONG = "wrong < 3 % of answers, p99 < 10 ms"
WORDS = ["answers"], ["--answers", "500"]
ALONE = ("limits", "answers", "press")
"""benches without a database"""
DRAWN = ["press"], ["--times", "5"]
NONE: tuple[list[str], list[str]] = [], []
ROWS = [
    *_compared("2,000 groups, published limits", LIMIT),
    *_compared("the same, frozen penalties, 0.5 % unanswered", f"{LIMIT}, unanswered = unknown", "--hard"),
    Row("100,000 posts queued on one account", QUEUED, "queued", *WAITING, 100_000, _queued),
    Row("no limits, durable outcomes: SQLite", "≥ 900/s", "throughput", *BARE, _throughput("sqlite", 900)),
    Row("  PostgreSQL", "≥ 600/s", "throughput", *NONE, BARE[2], _throughput("postgresql", 600)),
    Row("100,000 groups, PostgreSQL, two workers", "0 lost, 0 doubled", "city", ["city"], SLOWLY, 100_000, _city),
    Row("tip answers a second: SQLite", TOLD, "incoming", *MANY, _incoming("sqlite")),
    Row("  PostgreSQL", "", "incoming", *NONE, MANY[2], _incoming("postgresql")),
    Row("kill -9 at 200 random moments: SQLite", SURE, "kill", *DEATHS, _kill("sqlite")),
    Row("  PostgreSQL", SURE, "kill", *NONE, DEATHS[2], _kill("postgresql")),
    Row("  a city's worker", SURE, "kill", *NONE, DEATHS[2], _kill("city")),
    Row("10,000 cases, 30,000 claims, 20,000 files: SQLite", FAST, "cases", *PAPERS, _cases("sqlite")),
    Row("  PostgreSQL", FAST, "cases", *NONE, PAPERS[2], _cases("postgresql")),
    Row("free questions, 5,000 answers", FEW_WRONG, "answers", *WORDS, 5000, _answers),
    Row("infographics, each after its first", "≥ 12 templates, < 100 ms", "press", *DRAWN, 20, _press),
]


def line(row: Row, result: Result) -> str:
    """One row of the table; `result` is empty when there is none."""
    try:
        figure, good = row.figure(_measured(result))
    except NotMeasuredError as error:
        figure, good = f"not measured: {error}", None
    except (KeyError, TypeError, IndexError):
        figure, good = "not measured", None
    met = {True: "yes", False: "no", None: ""}[good if row.target else None]
    if met and result.get("size", 0) < row.least:
        met = f"({met}: in small, {result.get('size', '?')} of {row.least})"
    return f"| {row.what} | {row.target} | {figure} | {met} |"


def table() -> str:
    """Of what lies in bench/output, with the commands that made it."""
    results = {row.file: _read(row.file) for row in ROWS}
    head = ["| what | target | figure | met |", "|---|---|---|---|"]
    made = dict.fromkeys(f"    {result['command']}" for result in results.values() if "command" in result)
    return "\n".join([*head, *(line(row, results[row.file]) for row in ROWS), "", "Made by:", "", *made])


def _read(file: str) -> Result:
    try:
        result: Result = json.loads((OUTPUT / f"{file}.json").read_text())
    except OSError:
        return {}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in small: about six minutes")
    parser.add_argument("--table", action="store_true", help="only the table, of what lies in bench/output")
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    options = parser.parse_args()
    for row in () if options.table else ROWS:
        if row.command:
            name, *more = row.command
            server = ["--postgresql", options.postgresql] if options.postgresql and name not in ALONE else []
            small = row.quick if options.quick else ()
            subprocess.run([sys.executable, "-m", f"bench.{name}", *more, *server, *small], check=False)
    told = table()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "table.md").write_text(told + "\n")
    print(told)


if __name__ == "__main__":
    main()
