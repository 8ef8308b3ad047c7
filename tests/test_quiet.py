"""Quiet hours and allowed days: over midnight, inherited down the tree, and when a unit may speak again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.db import Database
from bot.models import Unit, UnitKind
from bot.quiet import WEEK, Hours, inherited, opens_at, resting, resting_units

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int, clock: str) -> datetime:
    """Of November 2026 in the ward; the 23rd is a Monday."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), HERE)


@pytest.mark.parametrize(
    ("quiet", "days", "now", "opens"),
    [
        (("", ""), "", at(23, "03:00"), None),
        (("21:00", ""), "", at(23, "22:00"), None),
        (("21:00", "06:30"), "", at(23, "12:00"), None),
        (("21:00", "06:30"), "", at(23, "20:59"), None),
        (("21:00", "06:30"), "", at(23, "21:00"), at(24, "06:30")),
        (("21:00", "06:30"), "", at(24, "00:00"), at(24, "06:30")),
        (("21:00", "06:30"), "", at(24, "06:29"), at(24, "06:30")),
        (("21:00", "06:30"), "", at(24, "06:30"), None),
        (("11:30", "13:30"), "", at(23, "12:00"), at(23, "13:30")),
        (("11:30", "13:30"), "", at(23, "13:30"), None),
        (("00:00", "00:00"), "", at(23, "00:00"), None),
        (("00:00", "06:00"), "", at(23, "00:00"), at(23, "06:00")),
        (("21:00", "00:00"), "", at(23, "23:00"), at(24, "00:00")),
        (("", ""), "12345", at(28, "09:00"), at(30, "00:00")),
        (("21:00", "06:30"), "12345", at(27, "21:30"), at(30, "06:30")),
        (("21:00", "06:30"), "12345", at(29, "23:59"), at(30, "06:30")),
        (("", ""), "1", at(24, "00:00"), at(30, "00:00")),
        (("00:00", "23:59"), "1", at(23, "23:59"), None),
        (("", ""), WEEK, at(29, "09:00"), None),
    ],
)
def test_posts_may_go_out_again_when_the_rest_is_over(
    quiet: tuple[str, str], days: str, now: datetime, opens: datetime | None
) -> None:
    assert opens_at(*quiet, days, now.astimezone(UTC), HERE) == opens


clocks = some.times().map(lambda one: f"{one:%H:%M}")
moments = some.integers(0, 730 * 24 * 60).map(lambda minutes: at(1, "00:00") + timedelta(minutes=minutes))


@given(clocks, clocks, some.sets(some.sampled_from(WEEK), min_size=1).map(lambda d: "".join(sorted(d))), moments)
def test_at_the_moment_told_it_is_open_and_a_minute_before_it_was_not(
    start: str, end: str, days: str, now: datetime
) -> None:
    opens = opens_at(start, end, days, now, HERE)
    if opens is not None:
        assert opens > now
        assert opens_at(start, end, days, opens, HERE) is None
        assert opens_at(start, end, days, max(now, opens - timedelta(seconds=1)), HERE) == opens


def test_what_a_unit_does_not_say_is_as_the_nearest_unit_above_has_it() -> None:
    found = inherited(
        [
            (4, 3, Hours(days="7")),
            (3, 2, Hours("00:00", "00:00")),
            (2, 1, Hours()),
            (1, None, Hours("21:00", "06:00", "123456")),
            (9, None, Hours()),
            (10, 11, Hours()),
            (11, 10, Hours()),
        ]
    )
    assert found[2] == Hours("21:00", "06:00", "123456")
    assert found[3] == Hours("00:00", "00:00", "123456")
    assert found[4] == Hours("00:00", "00:00", "7")
    assert found[9] == found[10] == found[11] == Hours()
    assert resting(found, at(23, "22:00"), HERE) == {
        1: at(24, "06:00"),
        2: at(24, "06:00"),
        4: at(29, "00:00"),
    }


async def test_a_city_of_five_thousand_units_is_read_in_one_query(database: Database) -> None:
    async with database.write() as db:
        city = Unit(kind=UnitKind.CITY, code="city", name="Thành phố", quiet_from="21:00", quiet_to="06:30")
        db.add(city)
        await db.flush()
        wards = [Unit(kind=UnitKind.WARD, code=f"w{n}", name=f"Phường {n}", parent_id=city.id) for n in range(100)]
        wards[7].quiet_from, wards[7].quiet_to = "20:00", "07:00"
        db.add_all(wards)
        await db.flush()
        db.add_all(
            Unit(kind=UnitKind.NEIGHBOURHOOD, code=f"{ward.code}-{n}", name="Tổ", parent_id=ward.id)
            for ward in wards
            for n in range(50)
        )
    async with database.read() as db:
        assert await resting_units(db, at(23, "12:00"), HERE) == {}
        evening = await resting_units(db, at(23, "20:30"), HERE)
        night = await resting_units(db, at(23, "22:00"), HERE)
    assert set(evening.values()) == {at(24, "07:00")}
    assert len(evening) == 51
    assert len(night) == 5101
    assert set(night.values()) == {at(24, "06:30"), at(24, "07:00")}
