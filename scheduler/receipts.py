"""The picture of a receipt follows the message with its code, as soon as it is drawn; once, also after a restart."""

import logging
from datetime import datetime

from sqlalchemy import select, text

from bot.cases import slips
from bot.cases.telling import tell
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.media import Media
from bot.messages import Outgoing, Picture
from bot.models import Tip, TipState
from bot.models.tips import UNDRAWN
from bot.notices import notice
from bot.press import PressError

log = logging.getLogger(__name__)

AT_A_TIME = 20
NONE = "none"
GONE = (TipState.WITHDRAWN, TipState.DECLINED)


async def send_pictures(database: Database, media: Media, library: Library, config: Config, now: datetime) -> int:
    """Draw what waits. Returns how many went out."""
    async with database.read() as db:
        undrawn = select(Tip).where(text(UNDRAWN), Tip.code.is_not(None)).order_by(Tip.id).limit(AT_A_TIME)
        tips = list(await db.scalars(undrawn))
    return sum([await _send(database, media, library, config, tip, now) for tip in tips])


async def _send(database: Database, media: Media, library: Library, config: Config, tip: Tip, now: datetime) -> bool:
    picture = None
    try:
        drawn = await slips.picture(config, library, tip)
        picture = Picture(await media.keep(drawn.png), drawn.alt)
    except PressError as error:
        log.warning("the receipt of tip %d could not be drawn: %s", tip.id, type(error).__name__)
        failed = library.texts("receipt.failed", serial=tip.serial, words=str(error))
    async with database.write() as db:
        row = await db.get_one(Tip, tip.id)
        if row.card:
            return False
        row.card = picture.sha256 if picture else NONE
        if picture is None:
            await notice(db, f"receipt:{tip.id}", failed, now)
        elif row.state not in GONE:
            caption = library.texts("receipt.caption", serial=row.serial)
            await tell(db, row, Outgoing(caption, picture), now)
    return picture is not None
