"""The tokens of an Official Account: one refresher in the whole installation, saved before used, never lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sqlalchemy import select, text, update

from bot import accounts
from bot.channels.connections import Connections
from bot.channels.zalo_oa_wire import OAuth, Pair
from bot.config import Config
from bot.db import Database
from bot.errors import AccountDown, ChannelError, Misuse, NotSent
from bot.models import Account, AccountState
from bot.tokens import LEASE, SAVE_PAUSES, KeptTokens
from bot.vault import Vault
from tests.standins.zalo_oa import ZaloOaStandin

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
VAULT = Vault("a-key-of-the-tests")
BACK = "https://tri-an.example/can-bo/zalo-oa/xong"


@dataclass
class Installation:
    """Any number of processes over one database and one Zalo; their clock goes when it is told to."""

    database: Database
    server: ZaloOaStandin
    now: datetime = NOW
    opened: list[KeptTokens] = field(default_factory=list)

    def process(self, name: str = "zalo_oa", save_pauses: Sequence[float] = SAVE_PAUSES, **settings: Any) -> KeptTokens:
        oauth = OAuth(self.server.settings(**settings), Connections())
        more: dict[str, Any] = {"oa_id": self.server.oa_id, "name": name, "save_pauses": save_pauses}
        tokens = KeptTokens(self.database, VAULT, oauth, lambda: self.now, **more)
        self.opened.append(tokens)
        return tokens

    async def row(self, name: str = "zalo_oa") -> Account:
        async with self.database.read() as db:
            return await db.get_one(Account, name)

    async def kept(self) -> dict[str, Any]:
        """What is on disk."""
        return VAULT.open((await self.row()).tokens or b"")

    async def hold(self, pair: Pair) -> None:
        sealed = VAULT.seal({"access": pair.access, "refresh": pair.refresh, "expires_at": str(pair.expires_at)})
        async with self.database.write() as db:
            await db.execute(update(Account).values(tokens=sealed))


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Installation]:
    """Connected an hour ago, for 25 hours."""
    async with ZaloOaStandin() as server:
        place = Installation(database, server)
        async with database.write() as db:
            await accounts.known(db, "zalo_oa", None, NOW)
        await place.hold(Pair(*server.connect(), NOW + timedelta(hours=24)))
        yield place
        for tokens in place.opened:
            await tokens.close()


async def test_a_good_token_is_handed_out_without_asking_zalo(place: Installation) -> None:
    tokens = place.process()
    assert await tokens.access() == await tokens.access() == (await place.kept())["access"]
    assert place.server.renewals == 0


async def test_a_token_is_renewed_five_minutes_before_its_end_and_the_new_pair_is_on_disk(
    place: Installation,
) -> None:
    tokens = place.process()
    old = await tokens.access()
    place.now += timedelta(hours=23, minutes=55)
    new = await tokens.access()
    kept = await place.kept()
    assert new != old
    assert kept["access"] == new
    assert datetime.fromisoformat(kept["expires_at"]) == place.now + timedelta(hours=25)
    assert (await place.row()).refreshing_until is None
    assert b"access" not in ((await place.row()).tokens or b"")


async def test_a_stale_token_is_renewed_once_however_many_ask(place: Installation) -> None:
    processes = [place.process() for _ in range(4)]
    old = await processes[0].access()
    place.server.renewal_seconds = 0.1
    new = await asyncio.gather(*(tokens.access(stale=old) for tokens in processes for _ in range(5)))
    assert len(set(new)) == 1
    assert new[0] != old
    assert place.server.renewals == 1
    assert place.server.violations == []


async def test_one_who_comes_with_an_older_token_gets_the_newer_without_a_renewal(place: Installation) -> None:
    one, two = place.process(), place.process()
    old = await one.access()
    assert await two.access() == old
    new = await one.access(stale=old)
    assert await two.access(stale=old) == new
    assert place.server.renewals == 1


async def test_who_dies_while_renewing_is_followed_when_his_lease_is_over(place: Installation) -> None:
    tokens = place.process()
    old = await tokens.access()
    async with place.database.write() as db:
        await db.execute(update(Account).values(refreshing_until=NOW + LEASE))
    waiting = asyncio.create_task(tokens.access(stale=old))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    assert place.server.renewals == 0
    place.now += LEASE
    assert await waiting != old
    assert place.server.renewals == 1


async def test_a_pair_that_was_issued_is_saved_even_when_the_one_who_asked_is_gone(place: Installation) -> None:
    tokens = place.process()
    old = await tokens.access()
    place.server.renewal_seconds = 0.2
    asking = asyncio.create_task(tokens.access(stale=old))
    async with asyncio.timeout(10):
        while not place.server.renewals:
            await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await place.kept())["access"] != old
    assert await place.process().access(stale=old) == (await place.kept())["access"]
    assert place.server.violations == []


@asynccontextmanager
async def disk_full(database: Database) -> AsyncIterator[None]:
    """No token can be written until it is over; everything else can."""
    plain = database.engine.dialect.name == "sqlite"
    on = "BEFORE UPDATE OF tokens ON accounts"
    full = [f"CREATE TRIGGER disk_full {on} BEGIN SELECT RAISE(ABORT, 'disk full'); END"]
    if not plain:
        full = [
            "CREATE FUNCTION disk_full() RETURNS trigger AS $$ BEGIN RAISE 'disk full'; END $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER disk_full {on} FOR EACH ROW EXECUTE FUNCTION disk_full()",
        ]
    async with database.write() as db:
        for statement in full:
            await db.execute(text(statement))
    yield
    async with database.write() as db:
        await db.execute(text("DROP TRIGGER disk_full" if plain else "DROP FUNCTION disk_full CASCADE"))


async def test_a_pair_that_cannot_be_saved_is_tried_again_and_never_used_before(
    place: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = place.process()
    old = await tokens.access()
    async with disk_full(place.database):
        asking = asyncio.create_task(tokens.access(stale=old))
        async with asyncio.timeout(10):
            while "NOT BE SAVED" not in caplog.text:
                await asyncio.sleep(0.01)
        assert not asking.done()
    assert await asking == (await place.kept())["access"] != old
    assert (place.server.renewals, place.server.violations) == (1, [])
    assert "access-" not in caplog.text
    assert "refresh-" not in caplog.text


async def test_a_pair_that_could_not_be_saved_for_long_is_held_for_the_next_who_asks(
    place: Installation,
) -> None:
    tokens = place.process(save_pauses=())
    old = await tokens.access()
    async with disk_full(place.database):
        with pytest.raises(NotSent):
            await tokens.access(stale=old)
    place.now += LEASE
    assert await tokens.access(stale=old) == (await place.kept())["access"] != old
    assert (place.server.renewals, place.server.violations) == (1, [])


async def test_a_refresh_token_that_was_used_elsewhere_asks_for_a_person(place: Installation) -> None:
    tokens = place.process()
    old = await tokens.access()
    place.server.connect()  # somebody renewed in the API explorer
    with pytest.raises(AccountDown) as failure:
        await tokens.access(stale=old)
    assert failure.value.reason == "reauthorise"
    assert (await place.row()).refreshing_until is None
    place.server.violations.clear()


async def test_an_account_that_was_never_connected_asks_for_a_person(place: Installation) -> None:
    async with place.database.write() as db:
        await accounts.known(db, "zalo_oa@hong-bang", None, NOW)
    tokens = place.process("zalo_oa@hong-bang")
    with pytest.raises(AccountDown, match="reauthorise"):
        await tokens.access()
    assert await tokens.good_until() is None


async def test_a_wrong_app_secret_is_a_mistake_of_the_configuration(place: Installation) -> None:
    tokens = place.process(app_secret="another")
    with pytest.raises(AccountDown, match="bad_config"):
        await tokens.access(stale=await tokens.access())


@pytest.mark.parametrize("fault", ["drop", "garbage", "error500"])
async def test_a_renewal_without_an_answer_means_that_nothing_was_sent(place: Installation, fault: Any) -> None:
    tokens = place.process()
    old = await tokens.access()
    place.server.renewal_fault = fault
    with pytest.raises(ChannelError) as failure:
        await tokens.access(stale=old)
    assert (type(failure.value), failure.value.reason) == (NotSent, "unreachable")
    assert (await place.row()).refreshing_until is None


async def test_a_token_that_still_lives_is_used_when_it_cannot_be_renewed_early(place: Installation) -> None:
    tokens = place.process(oauth="http://127.0.0.1:9")
    old = await tokens.access()
    place.now += timedelta(hours=23, minutes=57)
    assert await tokens.access() == old
    place.now += timedelta(minutes=3)
    with pytest.raises(NotSent):
        await tokens.access()


# Connecting


async def agree(url: str) -> dict[str, str]:
    """A person opens Zalo's page and agrees; returns what he comes back with."""
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        back = answer.headers["Location"]
    assert back.startswith(BACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}


async def test_a_person_connects_the_account_and_it_goes_on_sending(place: Installation) -> None:
    async with place.database.write() as db:
        await db.execute(update(Account).values(tokens=None))
        await accounts.down(db, "zalo_oa", "reauthorise", NOW)
    tokens = place.process()
    back = await agree(tokens.authorise_url(BACK, "quan-tri"))
    assert back["oa_id"] == place.server.oa_id
    await tokens.connect(back["code"], back["state"], "quan-tri")
    row = await place.row()
    assert (row.state, row.reason) == (AccountState.ACTIVE, "")
    assert await tokens.good_until() == NOW + timedelta(hours=25)
    assert await place.process().access() == await tokens.access()


async def test_an_account_that_staff_paused_stays_paused_when_it_is_connected(place: Installation) -> None:
    async with place.database.write() as db:
        await accounts.pause(db, "zalo_oa", "paused_by_staff", NOW)
    tokens = place.process()
    back = await agree(tokens.authorise_url(BACK, "quan-tri"))
    await tokens.connect(back["code"], back["state"], "quan-tri")
    assert (await place.row()).state == AccountState.PAUSED


async def test_what_was_connected_anew_is_not_overwritten_by_a_renewal_under_way(place: Installation) -> None:
    tokens, page = place.process(), place.process()
    old = await tokens.access()
    back = await agree(page.authorise_url(BACK, "quan-tri"))
    place.server.renewal_seconds = 0.3
    asking = asyncio.create_task(tokens.access(stale=old))
    async with asyncio.timeout(10):
        while not place.server.renewals:
            await asyncio.sleep(0.01)
    await page.connect(back["code"], back["state"], "quan-tri")
    connected = (await place.kept())["access"]
    assert await asking == connected
    assert (await place.kept())["access"] == connected


async def test_a_renewal_that_fails_gives_way_to_what_was_connected_anew_meanwhile(place: Installation) -> None:
    tokens, page = place.process(), place.process()
    old = await tokens.access()
    back = await agree(page.authorise_url(BACK, "quan-tri"))
    place.server.renewal_seconds, place.server.renewal_fault = 0.3, "drop"
    asking = asyncio.create_task(tokens.access(stale=old))
    async with asyncio.timeout(10):
        while not place.server.renewals:
            await asyncio.sleep(0.01)
    await page.connect(back["code"], back["state"], "quan-tri")
    assert await asking == (await place.kept())["access"] != old


@pytest.mark.parametrize("wrong", ["forged", "another person", "another account", "too late"])
async def test_who_did_not_set_out_from_our_page_connects_nothing(place: Installation, wrong: str) -> None:
    tokens = place.process()
    back = await agree(tokens.authorise_url(BACK, "quan-tri"))
    state, by = back["state"], "quan-tri"
    if wrong == "forged":
        state = state[:-8] + "AAAAAAA="
    elif wrong == "another person":
        by = "hoa"
    elif wrong == "another account":
        tokens = place.process("zalo_oa@hong-bang")
    else:
        place.now += timedelta(minutes=31)
    before = await place.kept()
    with pytest.raises(Misuse) as failure:
        await tokens.connect(back["code"], state, by)
    assert back["code"] not in str(failure.value)
    assert await place.kept() == before


async def test_the_verifier_is_not_to_be_seen_in_the_address(place: Installation) -> None:
    asked = parse_qs(urlsplit(place.process().authorise_url(BACK, "quan-tri")).query)
    assert asked["app_id"] == [place.server.app_id]
    assert asked["redirect_uri"] == [BACK]
    assert "verifier" not in asked["state"][0]


async def test_the_pair_does_not_confuse_the_accounts_of_the_table(place: Installation, config: Config) -> None:
    async with place.database.read() as db:
        row = await db.get_one(Account, "zalo_oa")
        assert accounts.settings_of(row, VAULT, config) == config.zalo_oa
        assert (await db.scalars(select(Account.name).where(Account.sealed.is_not(None)))).all() == []
