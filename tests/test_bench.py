"""The bench measures truly: its server keeps the published limits and counts, and its table claims nothing in small."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from bench import peers, town
from bench.__main__ import ROWS, Row, line
from bench.kill import truth
from bench.server import asked, faulty, stats

OURS = next(row for row in ROWS if row.file == "limits-ours")
HARD = next(row for row in ROWS if row.file == "limits-ours-hard")
PEER = next(row for row in ROWS if row.file == "limits-ptb")
GOOD: dict[str, Any] = {
    "size": 2000,
    "seconds": 67.0,
    "times_ideal": 1.005,
    "refused_for_speed": 0,
    "lost": 0,
    "moved_lost": 0,
    "doubled": 0,
    "unanswered": 0,
    "probes": [0.1, 0.2],
    "probes_waiting": 0,
    "states": {"sent": 1960, "failed": 40},
}


async def _sent(api: str, chats: Sequence[int]) -> list[int]:
    """The status of a send to each, all started together."""

    async def one(session: aiohttp.ClientSession, chat: int) -> int:
        async with session.post(f"{api}/bot{town.TOKEN}/sendMessage", json={"chat_id": chat, "text": "x"}) as answer:
            return answer.status

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(one(session, chat) for chat in chats))


async def test_the_bench_s_server_lets_no_more_than_the_published_speed_pass() -> None:
    async with town.server("--mode", "limits", "--groups", "300") as (api, control):
        begun = time.monotonic()
        answers = await _sent(api, [-2 - chat for chat in range(200)])
        allowed = 5 + 30 * (time.monotonic() - begun)
        told = await stats(control)
    assert answers.count(200) == told["messages"]
    assert answers.count(429) == told["refused_for_speed"]
    assert answers.count(200) + answers.count(400) + answers.count(403) <= allowed + 1


async def test_a_second_message_to_the_same_group_within_a_second_is_refused() -> None:
    async with town.server("--mode", "limits", "--groups", "10") as (api, control):
        assert sorted(await _sent(api, [-2, -2])) == [200, 429]
        assert (await stats(control))["doubled"] == 0


async def test_the_open_server_counts_what_came_twice_and_tells_the_bot_what_people_say() -> None:
    async with town.server("--mode", "open") as (api, control):
        assert await _sent(api, [-1, -2, -2, 7]) == [200] * 4
        told, arrived = await stats(control), await asked(f"{control}/arrivals")
        async with aiohttp.ClientSession() as session:
            await session.post(f"{control}/say", json={"person": 7, "text": "/start"})
            updates = await asked_for_updates(session, api, 0)
            confirmed = await asked_for_updates(session, api, updates[-1]["update_id"])
    assert (told["chats"], told["messages"], told["doubled"], told["arrived_people"]) == (2, 3, 1, 1)
    assert arrived == {"4200000001:-1": 1, "4200000001:-2": 2, "4200000001:7": 1}
    assert [update["message"]["text"] for update in updates] == ["/start"]
    assert confirmed == updates


async def asked_for_updates(session: aiohttp.ClientSession, api: str, offset: int) -> list[dict[str, Any]]:
    async with session.post(f"{api}/bot{town.TOKEN}/getUpdates", json={"offset": offset}) as answer:
        updates: list[dict[str, Any]] = (await answer.json())["result"]
        return updates


def test_a_fiftieth_of_the_groups_is_gone_and_of_each_two_hundred_one_has_moved_and_one_never_answers() -> None:
    faults, moved = faulty(argparse.Namespace(groups=2000, ambiguous=True))
    kinds = list(faults.values())
    assert (kinds.count("kicked"), kinds.count("silent"), len(moved)) == (40, 10, 10)
    assert not faults.keys() & moved.keys()


def test_what_the_table_says_is_held_against_what_arrived() -> None:
    outcomes = [("a", "sent"), ("b", "sent"), ("c", "unknown"), ("d", "unknown"), ("e", "sent"), ("f", "pending")]
    found = truth(outcomes, {"a": 1, "c": 1, "e": 2, "g": 1})
    assert found == {"doubled": 2, "lost": 2, "unknown": 2, "unknown_that_arrived": 1}


def test_one_place_may_get_several_messages() -> None:
    outcomes = [("a", "sent"), ("a", "sent"), ("a", "unknown")]
    assert truth(outcomes, {"a": 2})["unknown_that_arrived"] == 0
    assert truth(outcomes, {"a": 3})["unknown_that_arrived"] == 1
    assert truth(outcomes, {"a": 4})["doubled"] == 1
    assert truth(outcomes, {"a": 1})["lost"] == 1


def met(row: Row, **changed: Any) -> str:
    return line(row, {**GOOD, **changed}).split("|")[-2].strip()


def test_a_target_is_met_only_when_all_of_it_is() -> None:
    assert met(OURS) == "yes"
    assert met(OURS, probes=[0.1, 0.6]) == "no"
    assert met(OURS, probes_waiting=1) == "no"
    assert met(OURS, probes=[]) == "no"
    assert met(OURS, times_ideal=1.06) == "no"
    assert met(OURS, moved_lost=1) == "no"
    assert met(HARD, unanswered=10) == "no"
    assert met(HARD, unanswered=10, states={"sent": 1950, "unknown": 10}) == "yes"


def test_a_small_run_says_that_it_is_small_and_a_peer_has_no_target() -> None:
    assert met(OURS, size=300) == "(yes: in small, 300 of 2000)"
    assert met(PEER) == ""


def test_what_was_not_measured_says_why() -> None:
    words = "the peers could not be installed from the index"
    assert f"not measured: {words}" in line(PEER, {"not_measured": words})
    assert "| not measured |" in line(OURS, {})


def test_every_peer_has_its_script_and_its_version_is_pinned() -> None:
    assert all("==" in wanted for wanted in peers.WANTED.read_text().split())
    for row in ROWS:
        if "--who" in row.command:
            script = row.command[row.command.index("--who") + 1]
            assert (peers.WANTED.parent / f"{script}.py").exists()
