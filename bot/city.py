"""The engine of a city: Procrastinate on the same PostgreSQL. A job is only a wake-up for one account.

The deliveries stay the truth. One running owner per account (the job's lock); a killed owner's job is found by its
worker's missing heartbeat. A revived owner is shut out by the fence, and what its job's end left behind by the sweep.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Set
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, exceptions, jobs
from sqlalchemy import BigInteger, ColumnElement, bindparam, column, exists, literal_column, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot import queue
from bot.db import Database, wake
from bot.errors import place_of
from bot.models import Delivery

log = logging.getLogger(__name__)

HEARTBEAT = 2.0
STALLED = 10.0
"""seconds without a heartbeat after which a worker's accounts are taken over"""
SWEEP = 2.0
HERE = frozenset({"web", "assisted"})
"""channels whose owner is the process with the web pages, and the clock"""

for loud in ("procrastinate", "psycopg.pool"):
    logging.getLogger(loud).setLevel(logging.WARNING)

Drain = Callable[[str], Awaitable[None]]
Work = Callable[[], Awaitable[object]]
Now = Callable[[], datetime]

_jobs = table("procrastinate_jobs", column("lock"), column("status"), column("worker_id"), column("queueing_lock"))


class City:
    """Rings for accounts (`within`), and in a worker runs their owners and the clock (`run`)."""

    def __init__(self, url: str, concurrency: int) -> None:
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=8))
        self._concurrency = concurrency
        self._drain: Drain | None = None
        self._worker_id = 0
        self._app.task(name="drain", queue="drain", pass_context=True)(self._own)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with self._app.open_async():
            yield

    # Ringing: bot.db.Ringer

    async def within(self, db: AsyncSession, accounts: Set[str]) -> None:
        """One waiting job an account, written in the transaction that queued the deliveries."""
        names = sorted(accounts - HERE)
        connection = await (await db.connection()).get_raw_connection()
        waiting = select(_jobs.c.queueing_lock).where(_jobs.c.status == literal_column("'todo'"))
        rung = set(await db.scalars(waiting.where(_jobs.c.queueing_lock.in_(names))))
        await self._defer(db, connection.driver_connection, [name for name in names if name not in rung])

    def after(self, accounts: Set[str]) -> None:
        """The engine notifies its workers at the commit by itself."""

    async def _defer(self, db: AsyncSession, connection: Any, names: Collection[str]) -> None:
        if not names:
            return
        try:
            async with db.begin_nested():
                await self._app.job_manager.batch_defer_jobs_async(
                    [self._job(name) for name in names], connection=connection
                )
        except exceptions.AlreadyEnqueued:
            # Somebody else rang for one of them at this very moment.
            for name in names if len(names) > 1 else ():
                await self._defer(db, connection, [name])

    def _job(self, name: str) -> jobs.Job:
        return self._app.configure_task("drain", lock=name, queueing_lock=name).make_new_job(account=name)

    # Owning

    def fence(self) -> ColumnElement[bool]:
        """Part of every claim: the engine still holds this process for the owner of the delivery's account."""
        return exists(
            select(literal_column("1"))
            .select_from(_jobs)
            .where(
                _jobs.c.lock == Delivery.channel,
                _jobs.c.status == literal_column("'doing'"),
                _jobs.c.worker_id == bindparam("worker", callable_=lambda: self._worker_id, type_=BigInteger),
            )
        )

    async def _own(self, context: JobContext, account: str) -> None:
        self._worker_id = context.job.worker_id or 0
        if self._drain:
            await self._drain(account)

    async def run(self, database: Database, drain: Drain, clock: Mapping[str, tuple[str, Work]], now: Now) -> None:
        """Until cancelled: own accounts, and do the works of `clock`, {name: (cron line, work)}, each once a moment."""
        self._drain = drain
        for name, (cron, work) in clock.items():
            self._on_the_clock(name, cron, work)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._worker("drain", self._concurrency))
            group.create_task(self._worker("clock", len(clock) or 1))
            group.create_task(self._keep_going(self._rescue))
            group.create_task(self._keep_going(lambda: self._sweep(database, now())))

    def _on_the_clock(self, name: str, cron: str, work: Work) -> None:
        async def tick(timestamp: int) -> None:  # noqa: ARG001 - the engine's shape
            try:
                await work()
            except Exception as error:
                log.error("the work «%s» stumbled and goes on: %s", name, place_of(error))

        task = self._app.task(name=name, queue="clock", lock=f"clock:{name}", queueing_lock=f"clock:{name}")(tick)
        self._app.periodic(cron=cron)(task)

    async def _worker(self, name: str, concurrency: int) -> None:
        """The engine's own loop; begun again when the database was away."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[name],
                    name=name,
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                    shutdown_graceful_timeout=8.0,
                    delete_jobs="always",
                )
            except Exception as error:
                log.error("the engine's worker stumbled and goes on: %s", place_of(error))
            await asyncio.sleep(1)

    async def _keep_going(self, work: Work) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                log.error("the engine's upkeep stumbled and goes on: %s", place_of(error))
            await asyncio.sleep(SWEEP)

    async def _rescue(self) -> None:
        """Accounts of workers that are dead go back into the queue, or are let go when they wait there already."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            try:
                await manager.retry_job(job)
            except exceptions.UniqueViolation:
                await manager.finish_job(job, status=jobs.Status.FAILED, delete_job=True)
            log.warning("the owner of %s is gone; another will take over", job.lock)

    async def _sweep(self, database: Database, now: datetime) -> None:
        """Whatever is due and has no live job is rung for again."""
        async with database.read() as db:
            due = set(await queue.accounts_due(db, now)) - HERE
            live = select(_jobs.c.lock).where(_jobs.c.status.in_((literal_column("'todo'"), literal_column("'doing'"))))
            lost = due - set(await db.scalars(live.where(_jobs.c.lock.in_(due)))) if due else due
        if lost:
            async with database.write() as db:
                wake(db, lost)


async def prepare(database: Database, url: str) -> None:
    """The engine's own tables, made when they are missing; by one process when several start together."""
    async with database.write() as db:
        await db.execute(text("SELECT pg_advisory_xact_lock(hashtext('trian: engine'))"))
        if not await db.scalar(text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")):
            city = City(url, 1)
            async with city.opened():
                await city._app.schema_manager.apply_schema_async()


def leave_when_stalled() -> None:
    """End the process when its event loop stood still for so long that others have taken its accounts over."""
    loop, beat = asyncio.get_running_loop(), [time.monotonic()]

    async def pulse() -> None:
        while True:
            beat[0] = time.monotonic()
            await asyncio.sleep(0.5)

    def watch() -> None:
        while True:
            time.sleep(1)
            if time.monotonic() - beat[0] > STALLED * 2:
                os.write(2, b"the event loop stood still; leaving\n")
                os._exit(70)

    loop.create_task(pulse())
    threading.Thread(target=watch, daemon=True).start()
