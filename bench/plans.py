"""How the databases find what the hot queries ask for, with a million old deliveries in the table."""

import argparse
import asyncio
import tempfile
from datetime import timedelta

from sqlalchemy import text

from bench import postgresql, town
from bot import migrations
from bot.db import Database
from bot.queue import hot_queries
from bot.vault import Vault

HISTORY = """
INSERT INTO deliveries (broadcast_id, chat_id, channel, urgency, state, reason, words, platform_id, parts_sent,
                        attempts, latest_at, created_at, changed_at, history)
SELECT NULL, chats.id, 'telegram', '3-broadcast', 'sent', '', '', '1', 1, 1, :at, :at, :at, ''
FROM chats, {numbers} AS numbers"""
NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :times) SELECT i FROM n)",
    "postgresql": "generate_series(1, :times)",
}


async def explained(url: str, old: int) -> list[str]:
    database, lines = Database(url, Vault("a key for the bench")), list[str]()
    await migrations.upgrade(database)
    await town.groups(database, ["telegram"], 1000)
    kind = database.engine.dialect.name
    past = town.utcnow() - timedelta(days=30)
    async with database.write() as db:
        await db.execute(text(HISTORY.format(numbers=NUMBERS[kind])), {"times": old // 1000, "at": past})
    await town.post(database)
    async with database.write() as db:
        await db.execute(text("ANALYZE"))
    async with database.read() as db:
        for name, query in hot_queries("telegram", town.utcnow()):
            written = query.compile(database.engine.sync_engine, compile_kwargs={"literal_binds": True})
            how = "EXPLAIN QUERY PLAN" if kind == "sqlite" else "EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF)"
            rows = (await db.execute(text(f"{how} {written}".replace(":", "\\:")))).all()
            lines += [f"[{kind}] {name}", *(f"    {row[-1]}" for row in rows)]
    await database.close()
    return lines


async def run(options: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        lines = await explained(f"sqlite+aiosqlite:///{folder}/bench.db", options.old)
    async with postgresql.a_database(options.postgresql) as url:
        return lines + (await explained(url, options.old) if url else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=1_000_000, help="deliveries of long ago")
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    lines = asyncio.run(run(parser.parse_args()))
    town.OUTPUT.mkdir(exist_ok=True)
    (town.OUTPUT / "plans.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
