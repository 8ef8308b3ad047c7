"""The Vietnamese lunar calendar: a typed door to vnlunar, the day of Thanh minh, and the days of every year by rule."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from vnlunar.core import convert_lunar_to_solar, get_lunar_date

LONGEST_MONTH = 30
DAY = timedelta(days=1)
_J2000 = date(2000, 1, 1).toordinal()
_VIETNAM = 7 / 24
"""UTC+7 as part of a day"""
_DYNAMICAL = 70 / 86_400
"""the sun's tables run on a clock about 70 s ahead of UTC in this century"""

Rule = tuple[str, int, int]
"""of a day of every year, as in Anniversary"""


def lunar_date(day: date) -> tuple[int, int, int, bool]:
    """(lunar day, lunar month, lunar year, whether the month is a leap one)."""
    found = get_lunar_date(day.day, day.month, day.year)
    return int(found["day"]), int(found["month"]), int(found["year"]), bool(found["leap"])


@lru_cache(maxsize=1024)
def solar_of(lunar_day: int, lunar_month: int, lunar_year: int) -> date:
    """The day of the regular (never the leap) lunar month; day 30 of a month of 29 is its last day.

    The twelfth month of a lunar year mostly lies in the next solar year. Raises ValueError for a day or month that
    no lunar year has.
    """
    if not (1 <= lunar_day <= LONGEST_MONTH and 1 <= lunar_month <= 12):
        raise ValueError(f"{lunar_day}/{lunar_month}")
    found = convert_lunar_to_solar(lunar_day, lunar_month, lunar_year)
    if found is None:
        return solar_of(lunar_day - 1, lunar_month, lunar_year)
    day, month, year = found
    return date(year, month, day)


def yearly(rule: Rule, before: int, first: date, last: date) -> Iterator[date]:
    """The days `before` days ahead of the rule's day; a lunar year's last months lie in the next solar year."""
    ahead = timedelta(days=before)
    years = range((first + ahead).year - 1, (last + ahead).year + 1)
    return (day for year in years if first <= (day := _day_of(rule, year) - ahead) <= last)


def _day_of(rule: Rule, year: int) -> date:
    """The rule's day in a solar or, for «lunar», a lunar year. 29/2 is 28/2 in a common year."""
    match rule:
        case ("solar", 29, 2):
            return date(year, 3, 1) - DAY
        case ("solar", day, month):
            return date(year, month, day)
        case ("lunar", day, month):
            return solar_of(day, month, year)
        case _:
            return thanh_minh(year)


@lru_cache(maxsize=256)
def thanh_minh(year: int) -> date:
    """The day in Vietnam (UTC+7) on which the sun reaches longitude 15°: 4 or 5 April in this century.

    Not by vnlunar's own solar terms: they leave out aberration, nutation and the planets, which is a quarter of an
    hour, and so put 2034 (00:06 on 5 April) a day early.
    """
    first = date(year, 4, 1)
    days = (first + timedelta(days=number) for number in range(14))
    return next(day for day in days if _sun_at_the_end_of(day) >= 15)


def _sun_at_the_end_of(day: date) -> float:
    """Apparent longitude of the sun in degrees, right to about 5 minutes of time.

    Meeus, Astronomical Formulae for Calculators, chapter 18, with the pull of Venus, Jupiter and the Moon.
    """
    t = (day.toordinal() + 1 - _VIETNAM + _DYNAMICAL - 0.5 - _J2000 + 36_525) / 36_525  # centuries from 0 January 1900
    mean = 279.69668 + 36_000.76892 * t + 0.0003025 * t**2
    anomaly = 358.47583 + 35_999.04975 * t - 0.00015 * t**2 - 0.0000033 * t**3
    centre = (
        (1.919460 - 0.004789 * t - 0.000014 * t**2) * _sin(anomaly)
        + (0.020094 - 0.0001 * t) * _sin(2 * anomaly)
        + 0.000293 * _sin(3 * anomaly)
    )
    pulled = (
        0.00134 * _cos(153.23 + 22_518.7541 * t)
        + 0.00154 * _cos(216.57 + 45_037.5082 * t)
        + 0.00200 * _cos(312.69 + 32_964.3577 * t)
        + 0.00179 * _sin(350.74 + 445_267.1142 * t - 0.00144 * t**2)
        + 0.00178 * _sin(231.19 + 20.20 * t)
    )
    seen = -0.00569 - 0.00479 * _sin(259.18 - 1_934.142 * t)
    return (mean + centre + pulled + seen) % 360


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
