"""config.toml read into values. A wrong or unknown key raises ConfigError naming the key, the line and what is due."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import HOME
from bot.errors import ConfigError
from bot.texts import Texts, shipped

Mode = Literal["polling", "webhook"]
_TILES = re.compile(r"(?:https://[\w.-]+(?::\d+)?)?/(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})[^\s\"'<>]*")
_PHONE = re.compile(r"(?:\+84[ .]?|0)[1-9](?:[ .]?\d){7,9}|1[89]00(?:[ .]?\d){4,6}|11\d")
"""a landline (of the army: 069 and six digits), a mobile number, 1800 and 1900 numbers, an emergency number"""
_REMARK = re.compile(r"\s*\([^()]*\)$")
"""words after a telephone number, in brackets: «(trực 24/24)»"""
EngineKind = Literal["embedded", "procrastinate"]


@dataclass(frozen=True, slots=True)
class Service:
    name: str = "Tri Ân"
    unit: str = "Phường Trần Nhân Tông, TP Hải Phòng"
    timezone: str = "Asia/Ho_Chi_Minh"
    data: str = "var"
    """folder for the database and media; relative to the configuration file"""
    public_url: str = ""
    """where residents reach the site; empty: the address of [web]"""
    campaign_start: date = date(2026, 3, 15)
    campaign_end: date = date(2027, 7, 27)
    content: str = ""
    """folder of the library; empty: the one shipped"""
    key: str = field(default="", repr=False)
    """encrypts the secrets kept in the database; empty: a key file in the data folder is made and used"""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    url: str = ""
    """empty: SQLite in the data folder; «postgresql+psycopg://…» for PostgreSQL"""


@dataclass(frozen=True, slots=True)
class Web:
    host: str = "127.0.0.1"
    port: int = 8515


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    token: str = field(default="", repr=False)
    api: str = "https://api.telegram.org"
    mode: Mode = "polling"
    webhook_secret: str = field(default="", repr=False)
    rate: float = 29.0
    """messages a second for the whole account"""
    paid_broadcast: bool = False
    """posts go out at `paid_rate`; Telegram charges 0.1 Star for each message over the free 30 a second"""
    paid_rate: float = 1000.0


@dataclass(frozen=True, slots=True)
class ZaloBotSettings:
    token: str = field(default="", repr=False)
    api: str = "https://bot-api.zaloplatforms.com"
    mode: Mode = "webhook"
    webhook_secret: str = field(default="", repr=False)
    display_name: str = ""
    """the name people mention the bot by; the API does not tell it"""
    rate: float = 5.0
    monthly: int = 3000
    """messages the plan grants in a month; 0: no limit"""
    reserve: int = 300
    """of these, kept for answers to people"""


@dataclass(frozen=True, slots=True)
class ZaloOaSettings:
    """An Official Account: OAuth keys from the app's console; the tokens themselves are kept in the database."""

    app_id: str = ""
    app_secret: str = field(default="", repr=False)
    oa_id: str = ""
    oa_secret: str = field(default="", repr=False)
    """signs the webhook"""
    display_name: str = ""
    """the name people in a group mention the account by"""
    api: str = "https://openapi.zalo.me"
    oauth: str = "https://oauth.zaloapp.com"
    rate: float = 1.5
    """a second; the Growth package grants 100 requests a minute"""
    monthly: int = 0
    """a limit of our own; 0: none, for free replies and group posts do not count, and Zalo says when it is used up"""
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class EngineSettings:
    kind: EngineKind = "embedded"
    """«procrastinate»: `trian run` serves the web, any number of `trian worker` send; needs PostgreSQL"""
    concurrency: int = 200
    """accounts one worker drains at the same time"""


@dataclass(frozen=True, slots=True)
class MapSettings:
    tiles: str = ""
    """the background of the staff's map, «/…» or «https://…» with {z}, {x} and {y}; empty: none, nobody is asked"""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class CasesSettings:
    transcriber: Literal["hand"] = "hand"
    """who offers words for a voice note; the names are those of TRANSCRIBERS in bot/cases/transcripts.py"""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a resident reaches, where and when; what is empty is shown nowhere."""

    military: str = ""
    """telephone of the ward's Military Command, somebody on duty"""
    police: str = ""
    committee: str = ""
    """telephone of the ward's People's Committee"""
    address: str = ""
    hours: str = ""

    @property
    def phones(self) -> tuple[tuple[str, str], ...]:
        """(«military», «police» or «committee», the number as it is written), of those filled in."""
        return tuple((what, number) for what in PHONES if (number := getattr(self, what)))

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that are still empty."""
        return tuple(one.name for one in fields(self) if not getattr(self, one.name))

    @staticmethod
    def tel(number: str) -> str:
        """The address that calls it: «0225 364 0001 (trực)» is tel:+842253640001; 113 and 1800 numbers as they are."""
        digits = re.sub(r"[^\d+]", "", _REMARK.sub("", number))
        return f"tel:+84{digits[1:]}" if digits.startswith("0") else f"tel:{digits}"

    @staticmethod
    def unbroken(number: str) -> str:
        """As written, but no line ends between its digits."""
        return re.sub(r"(?<=\d) (?=\d)", "\u00a0", number)


PHONES = ("military", "police", "committee")
"""keys of [contact] that are telephones, the one for what is found first"""


@dataclass(frozen=True, slots=True)
class Config:
    service: Service = field(default_factory=Service)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    web: Web = field(default_factory=Web)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    zalo_bot: ZaloBotSettings = field(default_factory=ZaloBotSettings)
    zalo_oa: ZaloOaSettings = field(default_factory=ZaloOaSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    cases: CasesSettings = field(default_factory=CasesSettings)
    map: MapSettings = field(default_factory=MapSettings)
    contact: Contact = field(default_factory=Contact)
    folder: Path = HOME
    """what relative paths are relative to: the folder of the configuration file"""

    @property
    def data(self) -> Path:
        return (self.folder / self.service.data).resolve()

    @property
    def content(self) -> Path:
        return (self.folder / self.service.content).resolve() if self.service.content else HOME / "content"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite+aiosqlite:///{self.data / 'trian.db'}"

    @property
    def public_url(self) -> str:
        return (self.service.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")


def read_config(path: Path, environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Config:
    """The configuration in `path`; relative paths are meant from `folder`, or from where the file is.

    Raises ConfigError.
    """
    try:
        source = path.read_text("utf-8")
        tables = tomllib.loads(source)
    except OSError:
        raise ConfigError(shipped()("config.missing", path=path)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(shipped()("config.not_toml", path=path, words=str(error))) from None
    reader = _Reader(path, source, environ)
    sections = {key: hint for key, hint in get_type_hints(Config).items() if is_dataclass(hint)}
    for name in tables:
        if name not in sections:
            raise reader.problem(name, "", "config.unknown_section", known=", ".join(f"[{s}]" for s in sections))
    return Config(
        folder=folder or path.resolve().parent, **{n: reader.section(n, sections[n], tables[n]) for n in tables}
    )


def unsaid(config: Config, texts: Texts) -> str:
    """The sentence that tells staff what of [contact] is still empty; «» when nothing is."""
    keys = [texts(f"config.contact_key.{key}") for key in config.contact.missing]
    return texts("config.contact", keys=keys) if keys else ""


@dataclass
class _Reader:
    path: Path
    source: str
    environ: Mapping[str, str]

    def section(self, name: str, kind: Any, table: Any) -> Any:
        if not isinstance(table, dict):
            raise self.problem(name, "", "config.not_a_section")
        hints = {f.name: hint for f in fields(kind) for hint in [get_type_hints(kind)[f.name]]}
        values = {}
        for key, value in table.items():
            if key not in hints:
                raise self.problem(name, key, "config.unknown_key", known=", ".join(hints))
            values[key] = self.value(name, key, hints[key], value)
        return kind(**values)

    def value(self, section: str, key: str, hint: Any, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            value = self.environ.get(value[1:], "")
        if get_origin(hint) is Literal:
            if value not in get_args(hint):
                raise self.problem(section, key, "config.one_of", known=", ".join(map(str, get_args(hint))))
            return value
        if hint is float and type(value) is int:
            value = float(value)
        if type(value) is not hint:
            raise self.problem(section, key, f"config.expected.{hint.__name__}")
        if key in ("rate", "port") and not 0 < value < 65536:
            raise self.problem(section, key, "config.positive")
        if key == "tiles" and value and not _TILES.fullmatch(value):
            raise self.problem(section, key, "config.tiles")
        if key == "timezone":
            self.timezone(section, key, value)
        if section == "contact":
            value = " ".join(value.split())
            if key in PHONES and value and not _PHONE.fullmatch(_REMARK.sub("", value)):
                raise self.problem(section, key, "config.phone")
        return value

    def timezone(self, section: str, key: str, value: str) -> None:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise self.problem(section, key, "config.timezone") from None

    def problem(self, section: str, key: str, sentence: str, **values: str) -> ConfigError:
        where = f"[{section}] {key}".strip()
        return ConfigError(shipped()(sentence, path=self.path, line=self.line(section, key), key=where, **values))

    def line(self, section: str, key: str) -> int:
        """1-based line of the key, or of its section, for a person to look at."""
        inside, at = False, 1
        for number, line in enumerate(self.source.splitlines(), 1):
            if header := re.match(r"\s*\[\s*([\w.-]+)", line):
                inside = header[1] == section
                at = number if inside else at
            elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return at
