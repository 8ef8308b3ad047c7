"""One text to 2,000 groups against Telegram's published limits: ours, or a peer, in the same way."""

import argparse
import asyncio
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import peers, town
from bench.server import stats

QUIET = 90.0
"""seconds without an arrival after which a peer that does not end is ended: longer than any waits for an answer"""


async def ours(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    async with town.server(*_faults(options), cpu=1) as (api, control):
        place = town.Place(folder, api, f"sqlite+aiosqlite:///{folder / 'bench.db'}")
        place.write()
        database = await place.opened()
        await town.groups(database, ["telegram"], options.groups)
        async with town.process("bot", "run", "--config", place.config, cpu=0, log=folder / "log") as service:
            await town.up(place, service)
            number = await town.post(database)
            before = town.cpu_seconds(service.pid)
            states = await town.over(database, number, service)
            used, memory = town.cpu_seconds(service.pid) - before, town.memory_mb(service.pid)
            await asyncio.sleep(1)
        told = await stats(control)
        await database.close()
    return {**told, "states": states, "memory_mb": memory, "processor_seconds": round(used, 1)}


async def peer(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    python = peers.ready()
    if not python:
        return {"not_measured": "the peers could not be installed from the index"}
    async with town.server(*_faults(options), cpu=1) as (api, control):
        script = Path(peers.__file__).parent / f"{options.who}.py"
        one = await asyncio.create_subprocess_exec(
            *town.pinned(0), python, str(script), api, town.TOKEN, str(options.groups), town.TEXT,
            stdout=(folder / "log").open("wb"), stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        begun, told = time.monotonic(), dict[str, Any]()
        while one.returncode is None and time.monotonic() - begun < options.patience:
            told = {**await stats(control), **_cost(one.pid)}
            if told["messages"] and told["last_ago"] > QUIET:
                break
            await asyncio.sleep(1)
        if one.returncode is None:
            one.kill()
            await one.wait()
        told |= await stats(control)
        if not told["messages"]:
            words = (folder / "log").read_text(errors="replace").strip().splitlines()
            return {"not_measured": f"it sent nothing: {words[-1] if words else 'and said nothing'}"}
        return told


def _cost(pid: int) -> dict[str, float]:
    with suppress(OSError, IndexError):  # it has just ended
        return {"memory_mb": town.memory_mb(pid), "processor_seconds": round(town.cpu_seconds(pid), 1)}
    return {}


def _faults(options: argparse.Namespace) -> list[str]:
    hard = ["--freeze", "--ambiguous"] if options.hard else []
    return ["--groups", str(options.groups), "--probes", *hard]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=2000)
    parser.add_argument("--hard", action="store_true", help="frozen penalties, and 0.5 % accepted but never answered")
    parser.add_argument("--who", choices=("ours", "ptb", "aiogram_broadcaster"), default="ours")
    parser.add_argument("--patience", type=float, default=1800.0, help="seconds after which a peer is ended")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = ours if options.who == "ours" else peer
        told = asyncio.run(work(options, Path(folder)))
    if "seconds" in told:
        ideal = options.groups / 30
        told["size"] = options.groups
        told |= {"seconds": round(told["seconds"], 1), "ideal_seconds": round(ideal, 1)}
        told["times_ideal"] = round(told["seconds"] / ideal, 3)
    town.written(f"limits-{options.who}{'-hard' if options.hard else ''}", told)


if __name__ == "__main__":
    main()
