"""What stands on a figure: which posts show it, and what went out with another value of it."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.db import Database
from bot.library import Fact, Library
from bot.messages import Outgoing, to_json
from bot.models import Broadcast
from bot.posts.figures import register, stale
from bot.posts.standing_on import outdated, posts_with
from tests.conftest import NOW

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def using(library: Library, config: Config, id: str) -> list[str]:
    return [post.id for post in posts_with(library, register(library, {}), id, TODAY, config)]


def test_a_post_stands_on_what_its_text_names_its_picture_draws_and_its_target_came_to(
    library: Library, config: Config
) -> None:
    assert using(library, config, "national-martyrs") == ["bao-nhieu-liet-si-chua-biet-ten"]
    assert "muc-tieu-phuong" in using(library, config, "ward-samples")
    assert "muc-tieu-phuong" in using(library, config, "ward-samples-done")
    later = using(library, config, "city-samples-done")
    assert later
    drawn = replace(library.posts[later[0]], body="Không có số.", picture="target", picture_fact="city-samples")
    only = replace(library, posts={drawn.id: drawn})
    assert using(only, config, "city-samples-done") == [drawn.id]
    assert using(only, config, "national-martyrs") == []


def test_a_post_that_cannot_be_read_hides_no_other(library: Library, config: Config) -> None:
    broken = replace(library.posts["muc-tieu-phuong"], id="hong", body='{{ fact("khong-co") }} {{ target("x") }}')
    books = replace(library, posts={**library.posts, "hong": broken})
    assert using(books, config, "ward-samples") == using(library, config, "ward-samples")


def test_a_figure_is_stale_from_the_day_after_its_last_good_one() -> None:
    fact = Fact("x", "Số", "người", "Nguồn", value=1, valid_until=TODAY)
    assert stale([fact], TODAY) == []
    assert stale([fact], TODAY + DAY) == [fact]
    assert stale([replace(fact, valid_until=None)], TODAY + DAY) == []


async def sent(db: AsyncSession, title: str, value: float | None, days: float, **more: object) -> Broadcast:
    """Went out `days` before NOW with this value."""
    row = Broadcast(post_id="x", title=title, message=to_json(Outgoing("chữ")), target="all", state="published")
    row.facts = {"ward-samples-done": value, "ward-samples": 43} if value is not None else None
    row.due_at = row.created_at = row.latest_at = NOW - days * DAY
    for key, of in more.items():
        setattr(row, key, of)
    db.add(row)
    await db.flush()
    return row


async def test_what_went_out_of_late_with_another_value_and_is_not_corrected_is_told(
    database: Database, library: Library
) -> None:
    fact = replace(library.facts["ward-samples-done"], value=40)
    async with database.write() as db:
        for title, value, days, more in (
            ("số cũ", 38, 3, {}),
            ("số cũ hơn", 30.5, 80, {}),
            ("đúng số", 40, 2, {}),
            ("quá lâu", 38, 91, {}),
            ("không có số", None, 1, {}),
            ("chưa gửi", 38, -1, {"state": "planned"}),
            ("lỡ giờ", 38, 1, {"state": "missed"}),
        ):
            await sent(db, title, value, days, **more)
        wrong = await sent(db, "đã đính chính", 38, 1)
        await sent(db, "lời đính chính", None, 0, corrects_id=wrong.id, correction="erratum")
    async with database.read() as db:
        assert [(one.title, one.value) for one in await outdated(db, fact, NOW)] == [
            ("số cũ", 38),
            ("số cũ hơn", 30.5),
        ]
