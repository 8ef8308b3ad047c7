"""Bytes kept under var/media by their SHA-256: pictures we made, originals that people sent; never changed.

Also what an adapter may ask about pictures (channels.Pictures): public URLs that expire, and earlier uploads.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.models import Secret, Upload

URL_LIFE = timedelta(days=2)


class Media:
    """Files by content. `key` signs the public URLs."""

    def __init__(self, folder: Path, database: Database, key: bytes, public_url: str) -> None:
        self.folder = folder
        self._database = database
        self._key = key
        self._public_url = public_url

    def path(self, sha256: str) -> Path:
        """Raises ValueError for what is not a SHA-256 in hex."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(sha256)
        return self.folder / sha256[:2] / sha256

    async def keep(self, data: bytes) -> str:
        """Write `data` once, durably, under its hash; returns the hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(_write, self.path(sha256), data)
        return sha256

    async def load(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self.path(sha256).read_bytes)

    def public_url(self, sha256: str, now: datetime) -> str:
        # Rounded to the hour, so that all chats of one broadcast share one URL.
        until = int((now + URL_LIFE).timestamp()) // 3600 * 3600
        return f"{self._public_url}/p/{sha256}.{until}.{self._signature(sha256, until)}.png"

    def opened(self, token: str, now: datetime) -> str | None:
        """The SHA-256 that a token of `public_url` stands for; None when forged or expired."""
        match token.removesuffix(".png").split("."):
            case [sha256, until, signature] if until.isdecimal() and signature.isascii():
                good = hmac.compare_digest(signature, self._signature(sha256, int(until)))
                return sha256 if good and int(until) > now.timestamp() else None
        return None

    def _signature(self, sha256: str, until: int) -> str:
        return hmac.new(self._key, f"{sha256}.{until}".encode(), hashlib.sha256).hexdigest()[:32]

    async def uploaded(self, account: str, sha256: str) -> str | None:
        async with self._database.read() as db:
            return await db.scalar(select(Upload.file_id).where(Upload.account == account, Upload.sha256 == sha256))

    async def remember(self, account: str, sha256: str, file_id: str) -> None:
        async with self._database.write() as db:
            upload = Upload(account=account, sha256=sha256, file_id=file_id, created_at=datetime.now().astimezone())
            await db.merge(upload)

    async def forget(self, account: str, sha256: str) -> None:
        async with self._database.write() as db:
            if upload := await db.get(Upload, (account, sha256)):
                await db.delete(upload)


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{secrets.token_hex(4)}.half")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


async def secret(db: AsyncSession, name: str) -> bytes:
    """The installation's own key of that name, made at first use."""
    kept = await db.get(Secret, name)
    if kept is None:
        kept = Secret(name=name, key=secrets.token_bytes(32))
        db.add(kept)
    return kept.key
