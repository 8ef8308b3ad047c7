"""Papers for the meetings of party cells: what the ward sent in a month, in Word, in the Party's layout."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.library import Library
from bot.messages import emphasis
from bot.posts.drawing import tip_off_page
from bot.posts.figures import day_text
from bot.posts.published import Published, published
from bot.press.letters import letter
from bot.press.typesetting import qr_png

TEMPLATE = Path("press") / "digest" / "tai-lieu-sinh-hoat.docx"
MOST = 200


async def sent_in(db: AsyncSession, month: date, zone: ZoneInfo) -> list[Published]:
    """What went out in the month of that day, each post once, in the order of time."""
    begin, end = _begins(month, zone), _begins(after(month), zone)
    return (await published(db, since=begin, until=end, most=MOST))[::-1]


def after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def digest(library: Library, config: Config, month: date, posts: Sequence[Published]) -> bytes:
    """The Word file. Blocks for some hundredths of a second. Raises PressError."""
    texts, zone, issued = library.texts, config.service.zone, after(month)
    ward = config.service.unit.partition(",")[0]
    fields = {
        "co_quan": texts("forms.party", ward=ward).upper(),
        "phuong": config.service.unit,
        "dia_danh": ward,
        "thang": str(month.month),
        "nam": str(month.year),
        "thang_ban_hanh": str(issued.month),
        "nam_ban_hanh": str(issued.year),
        "so_bai": str(len(posts)),
        "cac_bai": [
            {
                "tieu_de": post.title,
                "ngay": day_text(post.at.astimezone(zone).date()),
                "cac_doan": [line for line in emphasis(post.body)[0].split("\n") if line.strip()],
            }
            for post in posts
        ],
    }
    return letter(library.folder / TEMPLATE, fields, {"ma_qr": qr_png(tip_off_page(config))})


def _begins(month: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(month.replace(day=1), time(), zone)
