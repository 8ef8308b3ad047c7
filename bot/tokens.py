"""The OAuth tokens of an Official Account, kept in the database: renewed by one process at a time, saved before used.

A refresh token is good once: a pair that is lost between Zalo and the disk means that a person must connect again.
"""

import asyncio
import base64
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update

from bot import accounts
from bot.channels.receiving import unhurried
from bot.channels.zalo_oa_wire import OAuth, Pair
from bot.db import Database
from bot.errors import AccountDown, ChannelError, Misuse, NotSent, Throttled
from bot.models import Account, AccountState
from bot.texts import shipped
from bot.vault import Vault

log = logging.getLogger(__name__)

EARLY: Final = timedelta(minutes=5)
LEASE: Final = timedelta(seconds=60)
LOOK_AGAIN: Final = 0.2
"""seconds, while another process renews"""
SAVE_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""seconds between tries to save; with the request they end before the lease does"""
STATE_LIFE: Final = timedelta(minutes=30)
"""from our page to Zalo's and back"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The pair, and the row's bytes that tell whether it is still the same."""

    sealed: bytes
    pair: Pair


class KeptTokens:
    """The tokens of one account, as channels.zalo_oa_wire.Tokens, and how staff connect it (keys.Official)."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        oauth: OAuth,
        now: Callable[[], datetime],
        *,
        oa_id: str,
        name: str = "zalo_oa",
        save_pauses: Sequence[float] = SAVE_PAUSES,
    ) -> None:
        self.name = name
        self.oa_id = oa_id
        self._database = database
        self._vault = vault
        self._oauth = oauth
        self._now = now
        self._pair: Pair | None = None
        """as it was read last: good until Zalo says otherwise"""
        self._save_pauses = save_pauses
        self._unsaved: tuple[bytes, bytes] | None = None
        """(the pair it follows, the new one), both sealed: issued, but not on disk yet"""
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        await self._oauth.close()

    # For the adapter

    async def access(self, stale: str = "") -> str:
        """As the port says. Those in this process wait for the one who renews, those in others look again."""
        if self._pair and self._is_good(self._pair, stale):
            return self._pair.access
        async with self._turn:
            while not ((kept := await self._read()) and self._is_good(kept.pair, stale)):
                if kept is None:
                    raise AccountDown("reauthorise")
                if not await self._claim(kept):
                    await asyncio.sleep(LOOK_AGAIN)
                    continue
                try:
                    # A pair that was issued is saved even when we are told to stop meanwhile.
                    await unhurried(self._renew(kept))
                    stale = ""
                except ChannelError as error:
                    problem = error
                else:
                    continue
                if await self._is_still(kept):
                    if self._is_good(kept.pair, stale, early=timedelta()):
                        return kept.pair.access
                    raise _certain(problem)
            return kept.pair.access

    def _is_good(self, pair: Pair, stale: str, early: timedelta = EARLY) -> bool:
        return pair.access != stale and pair.expires_at - early > self._now()

    async def _read(self) -> Kept | None:
        async with self._database.read() as db:
            sealed = await db.scalar(select(Account.tokens).where(Account.name == self.name))
        kept = Kept(sealed, _pair(self._vault.open(sealed))) if sealed else None
        self._pair = kept.pair if kept else None
        return kept

    async def _is_still(self, kept: Kept) -> bool:
        now = await self._read()
        return now is not None and now.sealed == kept.sealed

    async def _claim(self, kept: Kept) -> bool:
        """Be the one in the whole installation who renews this pair."""
        now = self._now()
        free = or_(Account.refreshing_until.is_(None), Account.refreshing_until <= now)
        claim = update(Account).where(Account.name == self.name, Account.tokens == kept.sealed, free)
        async with self._database.write() as db:
            mine = await db.scalar(claim.values(refreshing_until=now + LEASE).returning(Account.name))
        return mine is not None

    async def _renew(self, kept: Kept) -> None:
        """Ask, outside of any transaction, and save. What staff connected anew meanwhile is not overwritten."""
        if self._unsaved is None or self._unsaved[0] != kept.sealed:
            try:
                pair = await self._oauth.renew(kept.pair.refresh, self._now())
            except BaseException:
                await self._write(kept)  # another may try
                raise
            self._unsaved = kept.sealed, self._sealed(pair)
        await self._save(kept, self._unsaved[1])
        self._unsaved = None

    async def _save(self, kept: Kept, new: bytes) -> None:
        """Stubbornly: the old pair is used up. What cannot be saved now is held for the next who asks."""
        for pause in (*self._save_pauses, 0.0):
            try:
                return await self._write(kept, tokens=new)
            except Exception as error:
                kind = type(error).__name__  # its words may hold what was to be saved
                log.error("%s: the new tokens could NOT BE SAVED (%s); do not stop the service.", self.name, kind)
                await asyncio.sleep(pause)
        raise NotSent("unreachable", "tokens")

    async def _write(self, kept: Kept, **values: bytes) -> None:
        async with self._database.write() as db:
            mine = update(Account).where(Account.name == self.name, Account.tokens == kept.sealed)
            await db.execute(mine.values(refreshing_until=None, **values))

    def _sealed(self, pair: Pair) -> bytes:
        return self._vault.seal(
            {"access": pair.access, "refresh": pair.refresh, "expires_at": pair.expires_at.isoformat()}
        )

    # For the page on which staff connect the account

    async def good_until(self) -> datetime | None:
        """When the access token will be renewed at the latest; None while the account is not connected."""
        kept = await self._read()
        return kept.pair.expires_at if kept else None

    def authorise_url(self, redirect: str, by: str) -> str:
        """Where the staff member `by` agrees on Zalo's page. The PKCE verifier travels in the state, sealed."""
        verifier = secrets.token_urlsafe(48)
        until = (self._now() + STATE_LIFE).isoformat()
        sealed = self._vault.seal({"account": self.name, "by": by, "until": until, "verifier": verifier})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return self._oauth.authorise_url(redirect, challenge, f"{self.name}.{sealed.decode()}")

    async def connect(self, code: str, state: str, by: str) -> None:
        """Zalo sent `by` back with `code`. Raises Misuse when he did not set out from here, and ChannelError."""
        pair = await self._oauth.redeem(code, self._verifier(state, by), self._now())
        async with self._database.write() as db:
            values = {"tokens": self._sealed(pair), "refreshing_until": None}
            await db.execute(update(Account).where(Account.name == self.name).values(values))
            # An account that staff paused stays so.
            if await db.scalar(select(Account.state).where(Account.name == self.name)) == AccountState.DOWN:
                await accounts.resume(db, self.name, "", self._now())
        self._pair = pair

    def _verifier(self, state: str, by: str) -> str:
        try:
            told = self._vault.open(state.rpartition(".")[2].encode())
        except Misuse:
            told = {}
        late = not told or datetime.fromisoformat(told["until"]) < self._now()
        if late or (told["account"], told["by"]) != (self.name, by):
            raise Misuse(shipped()("dashboard.misuse.oa_state"))
        return str(told["verifier"])


def _pair(opened: dict[str, Any]) -> Pair:
    return Pair(opened["access"], opened["refresh"], datetime.fromisoformat(opened["expires_at"]))


def _certain(problem: ChannelError) -> ChannelError:
    """Whatever became of the renewal, the message itself was not sent."""
    if isinstance(problem, AccountDown | Throttled | NotSent):
        return problem
    return NotSent("unreachable", problem.words)
