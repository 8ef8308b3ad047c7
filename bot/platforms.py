"""The accounts of this installation as channels: config.toml's own, and those of the table; built when they are needed.

Also the terms of each: its pace, and what the platform grants it in a month.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from math import inf

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import accounts
from bot.channels import Channel, Pictures
from bot.channels.connections import Connections
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOa
from bot.channels.zalo_oa_wire import OAuth
from bot.config import Config, TelegramSettings, ZaloBotSettings, ZaloOaSettings
from bot.db import Database
from bot.drain import Allowance
from bot.models import Account
from bot.outbox import Terms
from bot.pacer import Pacer
from bot.texts import Texts
from bot.tokens import KeptTokens
from bot.vault import Vault

Settings = TelegramSettings | ZaloBotSettings | ZaloOaSettings


class Platforms(Mapping[str, Channel]):
    """{account's name: channel}."""

    def __init__(
        self,
        config: Config,
        database: Database,
        web: WebChat,
        pictures: Pictures,
        texts: Texts,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._database = database
        self._pictures = pictures
        self._texts = texts
        self._vault = vault
        self._now = now
        self._connections = Connections()
        self._settings: dict[str, Settings] = {}
        self._channels: dict[str, Channel] = {web.name: web}
        self.official: dict[str, KeptTokens] = {}
        """the Official Accounts of Zalo, for staff to connect them"""
        if config.telegram.token:
            self._add("telegram", config.telegram)
        if config.zalo_bot.token:
            self._add("zalo_bot", config.zalo_bot)
        if config.zalo_oa.app_id and config.zalo_oa.oa_id:
            self._add("zalo_oa", config.zalo_oa)

    def __getitem__(self, name: str) -> Channel:
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    async def load(self, db: AsyncSession, name: str = "") -> None:
        """The accounts of the table that are not known yet: all, or the one of that name."""
        rows = select(Account).where(Account.sealed.is_not(None), Account.name.not_in(list(self._settings)))
        for account in await db.scalars(rows.where(Account.name == name) if name else rows):
            self._add(account.name, accounts.settings_of(account, self._vault, self._config))

    async def close(self) -> None:
        """End the connections of all accounts; where they are mounted in an application, that does it."""
        for channel in self._channels.values():
            if isinstance(channel, Telegram | ZaloBot | ZaloOa):
                await channel.close()

    def terms(self, name: str) -> Terms:
        match self._settings.get(name):
            case TelegramSettings(paid_broadcast=paid, paid_rate=faster, rate=rate):
                return Terms(Pacer(rate=max(rate, faster) if paid else rate))
            case (
                ZaloBotSettings(rate=rate, monthly=monthly, reserve=reserve)
                | ZaloOaSettings(rate=rate, monthly=monthly, reserve=reserve)
            ):
                return Terms(Pacer(rate=rate), Allowance(monthly, reserve))
        return Terms(Pacer(rate=inf, group_limit=10**6, chat_gap=0.0))

    def _add(self, name: str, settings: Settings) -> None:
        self._settings[name] = settings
        self._channels[name] = self._built(name, settings)

    def _built(self, name: str, settings: Settings) -> Channel:
        url, hint = self._config.public_url, self._texts("tips.hint")
        pictures, pool = self._pictures, self._connections
        match settings:
            case TelegramSettings():
                commands = tuple(self._texts.under("welcome.commands").items())
                return Telegram(settings, pictures, name=name, public_url=url, commands=commands, connections=pool)
            case ZaloBotSettings():
                return ZaloBot(
                    settings, pictures, name=name, public_url=url, menu_hint=hint, now=self._now, connections=pool
                )
            case ZaloOaSettings():
                tokens = KeptTokens(
                    self._database, self._vault, OAuth(settings, pool), self._now, oa_id=settings.oa_id, name=name
                )
                self.official[name] = tokens
                return ZaloOa(settings, pictures, tokens, name=name, menu_hint=hint, now=self._now, connections=pool)
