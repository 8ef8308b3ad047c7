"""When the schedule speaks: lunar days, every form of `when`, quiet hours, and no gap between neighbouring spans."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import Anniversary, Library
from bot.lunar import lunar_date, solar_of, thanh_minh
from bot.timetable import Entry, Schedule
from scheduler.calendar import Occurrence, after_quiet, check_anniversary, check_entry, check_when, occurrences

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""its clock is turned by half an hour"""
CLOCKS = (datetime.fromisoformat("2026-12-01"), datetime.fromisoformat("2028-03-01"))
CAMPAIGN = (date(2026, 3, 15), date(2027, 7, 27))
NONE = (time(), time())
NIGHT = (time(21), time(6, 30))
DAYS = {
    one.id: one
    for one in (
        Anniversary("liet-si", "27/7", ("solar", 27, 7), 1947, (7, 3)),
        Anniversary("tet", "Tết", ("lunar", 1, 1), None, (4,)),
        Anniversary("nhap-niet-ban", "1/11", ("lunar", 1, 11), 1308),
        Anniversary("thanh-minh", "Thanh minh", ("term", 0, 0), None, (3,)),
    )
}
LUNAR = {
    (1, 1): ("17/2", "6/2", "26/1", "13/2", "2/2"),
    (10, 3): ("26/4", "16/4", "4/4", "23/4", "12/4"),
    (15, 7): ("27/8", "16/8", "3/9", "24/8", "13/8"),
    (1, 11): ("9/12", "28/11", "16/12", "5/12", "25/11"),
}
"""domain.md, 2026 to 2030"""
TABLE = [
    ((day, month), datetime.strptime(f"{solar}/{year}", "%d/%m/%Y").replace(tzinfo=UTC).date())
    for (day, month), solars in LUNAR.items()
    for year, solar in enumerate(solars, 2026)
]


def said(
    when: Any, first: str, last: str, *, zone: ZoneInfo = HOME, quiet: tuple[time, time] = NONE, **keys: Any
) -> list[Occurrence]:
    """What one entry says from the first day to the last, both included."""
    entry = Entry(id="x", name="x", when=when, **({"series": "s"} | keys))
    start = datetime.combine(date.fromisoformat(first), time(), zone) - timedelta(microseconds=1)
    end = datetime.combine(date.fromisoformat(last), time.max, zone)
    return occurrences(Schedule(quiet, (entry,)), DAYS, start, end, zone=zone, campaign=CAMPAIGN)


def days(found: Sequence[Occurrence]) -> list[str]:
    return [f"{one.said:%Y-%m-%d}" for one in found]


# ── The moon and the sun ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("lunar", "solar"), TABLE)
def test_the_lunar_days_of_2026_to_2030_are_those_of_the_almanac(lunar: tuple[int, int], solar: date) -> None:
    assert lunar_date(solar) == (*lunar, solar.year, False)
    assert solar_of(*lunar, solar.year) == solar


@given(st.dates(date(1968, 1, 1), date(2100, 12, 31)))
def test_a_day_of_a_regular_month_goes_to_the_moon_and_back(day: date) -> None:
    lunar_day, month, year, leap = lunar_date(day)
    assert leap or solar_of(lunar_day, month, year) == day


def test_the_last_months_of_a_lunar_year_lie_in_the_next_solar_year() -> None:
    assert lunar_date(date(2027, 1, 30)) == (23, 12, 2026, False)
    assert solar_of(23, 12, 2026) == date(2027, 1, 30)


def test_day_thirty_of_a_short_month_is_its_last_day() -> None:
    assert solar_of(30, 12, 2026) == solar_of(29, 12, 2026) == solar_of(1, 1, 2027) - timedelta(days=1)


def test_the_leap_month_is_known_and_never_meant() -> None:
    assert lunar_date(date(2028, 6, 23)) == (1, 5, 2028, True)
    assert solar_of(1, 5, 2028) == date(2028, 5, 24)


@pytest.mark.parametrize(("day", "month"), [(31, 1), (0, 1), (1, 13), (1, 0)])
def test_a_lunar_day_that_no_year_has_is_refused(day: int, month: int) -> None:
    with pytest.raises(ValueError, match=f"{day}/{month}"):
        solar_of(day, month, 2027)


def test_thanh_minh_is_the_day_the_sun_reaches_fifteen_degrees_in_vietnam() -> None:
    """Purple Mountain Observatory's minutes for 2013, 2024-2026 less an hour; the others by VSOP87.

    2034 (00:06) and 2038 (23:29) are the close ones: the first is a day later than a rough formula says, the second a
    day earlier than in China.
    """
    fourth, fifth = (2013, 2024, 2025, 2028, 2029, 2038), (2026, 2027, 2030, 2034)
    assert [thanh_minh(year) for year in fourth] == [date(year, 4, 4) for year in fourth]
    assert [thanh_minh(year) for year in fifth] == [date(year, 4, 5) for year in fifth]


# ── The forms of `when` ────────────────────────────────────────────────────────────────────────────────────────────


def test_daily_speaks_every_day_at_its_hour() -> None:
    found = said({"daily": True, "at": "07:30"}, "2026-12-30", "2027-01-02")
    assert days(found) == ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"]
    assert found[0].at == datetime(2026, 12, 30, 0, 30, tzinfo=UTC)
    assert found[0].key == "x@2026-12-30T07:30"


def test_weekdays_leave_out_saturday_and_sunday() -> None:
    assert days(said({"weekdays": True, "at": "7:30"}, "2026-11-27", "2026-12-01")) == [
        "2026-11-27",
        "2026-11-30",
        "2026-12-01",
    ]


def test_weekly_takes_one_day_or_several() -> None:
    assert days(said({"weekly": "mon", "at": "07:30"}, "2026-11-23", "2026-12-06")) == ["2026-11-23", "2026-11-30"]
    several = {"weekly": ["mon", "sun"], "at": time(7, 30)}
    assert days(said(several, "2026-11-23", "2026-11-30")) == ["2026-11-23", "2026-11-29", "2026-11-30"]


def test_the_thirty_first_of_a_short_month_is_its_last_day() -> None:
    found = said({"monthly": 31, "at": "07:30"}, "2027-12-01", "2028-04-30")
    assert days(found) == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_once_means_the_clock_of_the_service_unless_an_offset_is_written() -> None:
    clock = said({"once": datetime.fromisoformat("2027-01-31T07:00")}, "2027-01-01", "2027-12-31")
    assert [one.at for one in clock] == [datetime(2027, 1, 31, tzinfo=UTC)]
    offset = said({"once": datetime(2027, 1, 31, 20, tzinfo=UTC)}, "2027-01-01", "2027-12-31")
    assert [one.key for one in offset] == ["x@2027-02-01T03:00"]


def test_a_solar_day_comes_every_year_and_its_reminder_before_it() -> None:
    assert days(said({"solar": "27/7", "at": "07:00"}, "2026-01-01", "2027-12-31")) == ["2026-07-27", "2027-07-27"]
    assert days(said({"solar": "3/1", "at": "07:00", "before": 5}, "2026-01-01", "2027-12-31")) == [
        "2026-12-29",
        "2027-12-29",
    ]


def test_the_twenty_ninth_of_february_is_the_last_day_of_a_common_february() -> None:
    assert days(said({"solar": "29/2", "at": "07:00"}, "2027-01-01", "2028-12-31")) == ["2027-02-28", "2028-02-29"]


@settings(deadline=None)
@given(st.integers(1, 29), st.integers(1, 12), st.integers(0, 40))
def test_a_lunar_day_comes_whenever_the_almanac_shows_it(day: int, month: int, before: int) -> None:
    shown = [date(2026, 1, 1) + timedelta(days=number) for number in range(365 * 4)]
    expected = [
        f"{on}"
        for on in shown
        if lunar_date(on + timedelta(days=before))[:2] == (day, month)
        if not lunar_date(on + timedelta(days=before))[3]
    ]
    when = {"lunar": f"{day}/{month}", "at": "07:00", "before": before}
    assert days(said(when, f"{shown[0]}", f"{shown[-1]}")) == expected


def test_a_lunar_day_comes_twice_in_one_solar_year_and_not_at_all_in_another() -> None:
    found = days(said({"lunar": "1/12", "at": "07:00"}, "2026-01-01", "2029-12-31"))
    assert found == ["2026-01-19", "2027-01-08", "2027-12-28", "2029-01-15"]


def test_every_fifty_days_of_the_campaign_ends_with_its_last_day() -> None:
    found = days(said({"campaign_every": 50, "at": "16:30"}, "2025-01-01", "2030-12-31"))
    assert (len(found), found[0], found[-1]) == (10, "2026-05-03", "2027-07-27")


def test_a_cron_line_is_read_with_names_of_weekdays() -> None:
    found = said({"cron": "30 7 * * mon,wed"}, "2026-11-23", "2026-11-29")
    assert [one.key for one in found] == ["x@2026-11-23T07:30", "x@2026-11-25T07:30"]


def test_an_entry_speaks_only_from_its_first_to_its_last_day() -> None:
    keys: dict[str, Any] = {"starts": date(2026, 11, 24), "ends": date(2026, 11, 25)}
    assert days(said({"daily": True, "at": "07:30"}, "2026-11-01", "2026-12-31", **keys)) == [
        "2026-11-24",
        "2026-11-25",
    ]
    assert days(said({"daily": True, "at": "00:00"}, "2026-11-01", "2026-12-31", **keys)) == [
        "2026-11-24",
        "2026-11-25",
    ]
    assert days(said({"cron": "0 0 * * *"}, "2026-11-01", "2026-12-31", **keys)) == ["2026-11-24", "2026-11-25"]


@given(st.integers(1, 60), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_days_of_the_campaign_are_counted_from_its_first(every: int, day: date) -> None:
    number = (day - CAMPAIGN[0]).days + 1
    spoken = said({"campaign_every": every, "at": "16:30"}, f"{day}", f"{day}")
    assert bool(spoken) == (1 <= number <= 500 and number % every == 0)


# ── Which post ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_anniversaries_speak_on_their_day_and_in_their_reminders() -> None:
    found = said({"at": "07:00"}, "2027-01-01", "2027-12-31", series="", anniversaries=True)
    assert [one.key for one in found] == [
        "x@2027-02-02T07:00/tet-truoc-4",
        "x@2027-02-06T07:00/tet",
        "x@2027-04-02T07:00/thanh-minh-truoc-3",
        "x@2027-04-05T07:00/thanh-minh",
        "x@2027-07-20T07:00/liet-si-truoc-7",
        "x@2027-07-24T07:00/liet-si-truoc-3",
        "x@2027-07-27T07:00/liet-si",
        "x@2027-11-28T07:00/nhap-niet-ban",
    ]
    assert [one.post_id for one in found][:2] == ["tet-truoc-4", "tet"]


def test_a_reminder_is_silent_on_the_day_of_another_anniversary() -> None:
    days = {
        one.id: one
        for one in (
            Anniversary("thong-nhat", "30/4", ("solar", 30, 4), 1975, (3,)),
            Anniversary("lao-dong", "1/5", ("solar", 1, 5), 1886, (3, 1)),
        )
    }
    schedule = Schedule(NONE, (Entry("x", "x", {"at": "07:00"}, anniversaries=True),))
    found = occurrences(
        schedule,
        days,
        datetime(2027, 4, 1, tzinfo=HOME),
        datetime(2027, 5, 31, tzinfo=HOME),
        zone=HOME,
        campaign=CAMPAIGN,
    )
    assert [one.post_id for one in found] == ["thong-nhat-truoc-3", "lao-dong-truoc-3", "thong-nhat", "lao-dong"]


def test_an_ordinary_post_is_silent_on_a_day_that_has_its_own_word() -> None:
    ordinary = Entry("o", "o", {"daily": True, "at": "16:30"}, post="o", ordinary=True)
    others = (
        Entry("a", "a", {"at": "07:00"}, anniversaries=True),
        Entry("m", "m", {"once": datetime.fromisoformat("2027-07-25T07:00")}, post="m"),
        Entry("w", "w", {"daily": True, "at": "09:00"}, post="w", to="unit:p-1"),
    )
    start, end = (datetime(2027, 7, day, 12, tzinfo=HOME) for day in (22, 28))
    found = occurrences(Schedule(NONE, (ordinary, *others)), DAYS, start, end, zone=HOME, campaign=CAMPAIGN)
    assert [one.said.day for one in found if one.entry is ordinary] == [22, 23, 24, 26]
    assert "liet-si-truoc-3" in {one.post_id for one in found if one.said.day == 24}


def test_one_anniversary_speaks_on_its_day_without_reminders() -> None:
    found = said({"at": "07:00"}, "2027-01-01", "2027-12-31", series="", anniversary="liet-si")
    assert [(one.post_id, one.key) for one in found] == [("liet-si", "x@2027-07-27T07:00")]


def test_a_post_is_known_beforehand_and_a_series_is_not() -> None:
    daily = {"daily": True, "at": "07:30"}
    assert said(daily, "2027-01-01", "2027-01-01", series="", post="p")[0].post_id == "p"
    assert said(daily, "2027-01-01", "2027-01-01")[0].post_id is None


def test_two_entries_at_one_moment_keep_the_order_of_the_file() -> None:
    entries = tuple(Entry(id, id, {"daily": True, "at": at}, post=id) for id, at in (("b", "07:30"), ("a", "07:30")))
    found = occurrences(
        Schedule(NIGHT, (*entries, Entry("c", "c", {"daily": True, "at": "05:00"}, post="c"))),
        {},
        datetime(2027, 1, 1, tzinfo=HOME),
        datetime(2027, 1, 2, tzinfo=HOME),
        zone=HOME,
        campaign=CAMPAIGN,
    )
    assert [one.entry.id for one in found] == ["c", "b", "a"]


# ── Quiet hours and clocks that are turned ─────────────────────────────────────────────────────────────────────────


def test_what_falls_into_the_night_waits_for_the_morning() -> None:
    late = said({"daily": True, "at": "22:00"}, "2026-12-31", "2026-12-31", quiet=NIGHT)[0]
    assert (late.at, late.key) == (datetime(2027, 1, 1, 6, 30, tzinfo=HOME), "x@2026-12-31T22:00")
    early = said({"daily": True, "at": "05:00"}, "2027-01-01", "2027-01-01", quiet=NIGHT)[0]
    assert early.at == datetime(2027, 1, 1, 6, 30, tzinfo=HOME)


def test_quiet_hours_begin_with_their_first_minute_and_end_before_their_last() -> None:
    def on(hour: int, minute: int = 0) -> datetime:
        return datetime(2027, 1, 1, hour, minute, tzinfo=HOME)

    assert after_quiet(on(20, 59), NIGHT) == on(20, 59)
    assert after_quiet(on(21), NIGHT) == on(6, 30) + timedelta(days=1)
    assert after_quiet(on(6, 30), NIGHT) == on(6, 30)
    assert after_quiet(on(12, 10), (time(11, 30), time(13))) == on(13)
    assert after_quiet(on(3), (time(3), time(3))) == on(3)


@given(
    st.datetimes(*CLOCKS),
    st.sampled_from([HOME, BERLIN, LORD_HOWE]),
    st.tuples(st.times(), st.times()),
)
def test_after_the_quiet_hours_it_is_neither_quiet_nor_earlier(
    clock: datetime, zone: ZoneInfo, quiet: tuple[time, time]
) -> None:
    moment = clock.replace(tzinfo=UTC).astimezone(zone)
    over = after_quiet(moment, quiet)
    assert moment.astimezone(UTC) <= over.astimezone(UTC)
    assert not is_quiet(over, quiet)
    assert over == moment or is_quiet(moment, quiet)


def is_quiet(moment: datetime, quiet: tuple[time, time]) -> bool:
    start, end = quiet
    clock = moment.time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def test_an_hour_that_the_clock_skips_is_said_as_much_later() -> None:
    found = said({"daily": True, "at": "02:30"}, "2027-03-27", "2027-03-29", zone=BERLIN)
    assert [f"{one.at.astimezone(UTC):%d %H:%M}" for one in found] == ["27 01:30", "28 01:30", "29 00:30"]
    both = said({"cron": "30 2,3 * * *"}, "2027-03-28", "2027-03-28", zone=BERLIN)
    assert [one.key for one in both] == ["x@2027-03-28T02:30", "x@2027-03-28T03:30"]
    assert {f"{one.at:%H:%M %z}" for one in both} == {"03:30 +0200"}


def test_an_hour_that_the_clock_shows_twice_is_said_once() -> None:
    for when in ({"daily": True, "at": "02:30"}, {"cron": "30 2 * * *"}):
        found = said(when, "2027-10-31", "2027-10-31", zone=BERLIN)
        assert [f"{one.at.astimezone(UTC):%H:%M}" for one in found] == ["00:30"]


def test_quiet_hours_that_end_in_the_second_of_two_equal_hours_end_there() -> None:
    moment = datetime(2027, 10, 31, 2, 10, tzinfo=BERLIN, fold=1)
    assert after_quiet(moment, (time(1), time(2, 30))).astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_the_second_of_two_equal_hours_can_be_written_with_its_offset() -> None:
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    entry = Entry("x", "x", {"once": second}, post="p")
    for after in (second - timedelta(minutes=35), second - timedelta(minutes=1)):
        found = occurrences(Schedule(NONE, (entry,)), {}, after, second, zone=BERLIN, campaign=CAMPAIGN)
        assert [one.at.astimezone(UTC) for one in found] == [second]


# ── Spans ──────────────────────────────────────────────────────────────────────────────────────────────────────────

hours = st.sampled_from(["00:00", "02:00", "02:15", "02:30", "03:00", "07:30", "21:00", "23:59"])
forms: st.SearchStrategy[Mapping[str, Any]] = st.one_of(
    st.sampled_from(
        [
            {"cron": "30 7 * * mon,wed"},
            {"cron": "*/20 1-3 * * *"},
            {"cron": "0 0 1,last * *"},
            {"once": datetime.fromisoformat("2027-03-28T02:30")},
            {"once": datetime(2027, 10, 31, 1, 30, tzinfo=UTC)},
        ]
    ),
    st.fixed_dictionaries({"daily": st.just(True), "at": hours}),
    st.fixed_dictionaries({"weekdays": st.just(True), "at": hours}),
    st.fixed_dictionaries({"weekly": st.sampled_from(["sun", ["sat", "sun"], ["mon", "mon"]]), "at": hours}),
    st.fixed_dictionaries({"monthly": st.integers(1, 31), "at": hours}),
    st.fixed_dictionaries(
        {"solar": st.sampled_from(["29/2", "28/3", "1/1"]), "at": hours, "before": st.integers(0, 9)}
    ),
    st.fixed_dictionaries(
        {"lunar": st.sampled_from(["30/12", "1/1", "15/5"]), "at": hours, "before": st.integers(0, 9)}
    ),
    st.fixed_dictionaries({"campaign_every": st.integers(1, 60), "at": hours}),
)
bounds = st.none() | st.dates(date(2027, 1, 1), date(2027, 12, 31))
entries = st.builds(
    lambda when, starts, ends, ordinary: Entry("", "", when, series="s", starts=starts, ends=ends, ordinary=ordinary),
    forms,
    bounds,
    bounds,
    st.booleans(),
) | st.builds(lambda at: Entry("", "", {"at": at}, anniversaries=True), hours)
schedules = st.builds(
    lambda quiet, entries: Schedule(quiet, tuple(replace(one, id=f"e{number}") for number, one in enumerate(entries))),
    st.sampled_from([NIGHT, NONE, (time(2, 15), time(2, 45)), (time(11), time(13))]),
    st.lists(entries, max_size=4),
)
near_a_turn = st.sampled_from(["2027-03-27", "2027-03-28", "2027-04-03", "2027-10-02", "2027-10-30", "2027-10-31"])
moments = st.datetimes(*CLOCKS).map(lambda clock: clock.replace(tzinfo=UTC)) | st.builds(
    lambda day, minutes: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=15 * minutes),
    near_a_turn,
    st.integers(0, 192),
)


@settings(deadline=None)
@given(schedules, st.lists(moments, min_size=3, max_size=3), st.sampled_from([HOME, BERLIN, LORD_HOWE]), st.integers(0))
def test_a_span_cut_anywhere_says_the_same_as_the_whole(
    schedule: Schedule, cuts: list[datetime], zone: ZoneInfo, which: int
) -> None:
    def between(after: datetime, until: datetime) -> list[Occurrence]:
        return occurrences(schedule, DAYS, after, until, zone=zone, campaign=CAMPAIGN)

    after, cut, until = sorted(cuts)
    whole = between(after, until)
    if whole and which % 2:
        cut = whole[which % len(whole)].said
    parts = [*between(after, cut), *between(cut, until)]
    assert sorted(one.key for one in parts) == sorted(one.key for one in whole)
    assert len({one.key for one in whole}) == len(whole)
    assert not any(is_quiet(one.at, schedule.quiet) for one in whole)
    assert whole == sorted(whole, key=lambda one: one.at.astimezone(UTC))


def test_a_moment_belongs_to_the_span_it_ends() -> None:
    schedule = Schedule(NONE, (Entry("x", "x", {"daily": True, "at": "07:00"}, post="p"),))
    seven = datetime(2027, 1, 1, 7, tzinfo=HOME)
    second = timedelta(seconds=1)
    assert occurrences(schedule, {}, seven - second, seven, zone=HOME, campaign=CAMPAIGN)
    assert not occurrences(schedule, {}, seven, seven + second, zone=HOME, campaign=CAMPAIGN)
    assert not occurrences(schedule, {}, seven, seven, zone=HOME, campaign=CAMPAIGN)
    assert not occurrences(schedule, {}, seven + second, seven - second, zone=HOME, campaign=CAMPAIGN)


def test_a_tick_of_a_second_over_forty_entries_is_cheap() -> None:
    forty = [Entry(f"c{n}", "", {"cron": f"{n} 7 * * mon,wed"}, series="s") for n in range(20)]
    forty += [Entry(f"l{n}", "", {"lunar": f"{n}/7", "at": "07:00", "before": n}, series="s") for n in range(1, 20)]
    schedule = Schedule(NIGHT, (*forty, Entry("a", "", {"at": "07:00"}, anniversaries=True)))
    start = datetime(2027, 7, 26, 23, 59, 59, 500_000, tzinfo=UTC)
    lengths = []
    for _ in range(20):
        began = perf_counter()
        occurrences(schedule, DAYS, start, start + timedelta(seconds=1), zone=HOME, campaign=CAMPAIGN)
        lengths.append(perf_counter() - began)
    assert min(lengths) < 0.005


# ── What is written wrongly ────────────────────────────────────────────────────────────────────────────────────────

WRONG: list[tuple[Any, str]] = [
    ({}, "at = ?"),
    ({"daily": True}, "at = ?"),
    ({"dayly": True, "at": "07:30"}, "dayly"),
    ({"daily": True, "weekly": "mon", "at": "07:30"}, "daily, weekly"),
    ({"daily": True, "at": "25:00"}, "at = 25:00"),
    ({"daily": True, "at": "07:60"}, "at = 07:60"),
    ({"daily": True, "at": 730}, "at = 730"),
    ({"daily": True, "at": time(7, 30, 15)}, "at = 07:30:15"),
    ({"daily": False, "at": "07:30"}, "daily = false"),
    ({"weekdays": "mon", "at": "07:30"}, "weekdays = mon"),
    ({"weekly": "monday", "at": "07:30"}, "weekly = monday"),
    ({"weekly": ["mon", "t3"], "at": "07:30"}, "weekly = mon, t3"),
    ({"weekly": [], "at": "07:30"}, "weekly = "),
    ({"monthly": 32, "at": "07:30"}, "monthly = 32"),
    ({"monthly": True, "at": "07:30"}, "monthly = true"),
    ({"once": "2027-01-31"}, "once = 2027-01-31"),
    ({"once": date(2027, 1, 31)}, "once = 2027-01-31"),
    ({"once": datetime(2027, 1, 31, tzinfo=UTC), "at": "07:30"}, "at"),
    ({"solar": "31/2", "at": "07:30"}, "solar = 31/2"),
    ({"solar": "31/4", "at": "07:30"}, "solar = 31/4"),
    ({"solar": "27-7", "at": "07:30"}, "solar = 27-7"),
    ({"solar": "27/7", "at": "07:30", "before": -1}, "before = -1"),
    ({"solar": "27/7", "at": "07:30", "before": "3"}, "before = 3"),
    ({"daily": True, "at": "07:30", "before": 3}, "before"),
    ({"lunar": "31/1", "at": "07:30"}, "lunar = 31/1"),
    ({"lunar": "1/13", "at": "07:30"}, "lunar = 1/13"),
    ({"campaign_every": 0, "at": "07:30"}, "campaign_every = 0"),
    ({"cron": "30 7 * *"}, "cron = 30 7 * *"),
    ({"cron": "30 25 * * *"}, "cron = 30 25 * * *"),
    ({"cron": "30 7 * * *", "at": "07:30"}, "at"),
    ({"cron": 7}, "cron = 7"),
    ("daily", "when = daily"),
]


@pytest.mark.parametrize(("when", "words"), WRONG)
def test_a_when_that_cannot_be_read_names_the_wrong_words(when: Any, words: str) -> None:
    assert check_when(when) == words
    assert said(when, "2026-01-01", "2027-12-31") == []


@pytest.mark.parametrize("line", ["0 7 * * 1", "0 7 * * 0-4", "0 7 * * mon-5"])
def test_weekdays_by_number_are_refused_because_cron_and_apscheduler_count_differently(line: str) -> None:
    assert check_when({"cron": line}) == f"cron = {line}"


def test_a_day_of_the_month_with_a_weekday_is_refused_because_cron_means_either() -> None:
    assert check_when({"cron": "0 7 13 * fri"}) == "cron = 0 7 13 * fri"


def test_a_cron_line_that_never_comes_is_refused() -> None:
    assert check_when({"cron": "0 7 31 2 *"}) == "cron = 0 7 31 2 *"
    assert check_when({"cron": "0 7 29 2 *"}) is None


values = st.one_of(st.text(max_size=6), st.integers(), st.booleans(), st.lists(st.integers()), st.dates(), st.times())
keys = st.sampled_from(
    ["at", "cron", "daily", "weekdays", "weekly", "monthly", "once", "solar", "lunar", "campaign_every", "before", "zz"]
)


@given(st.dictionaries(keys, values | hours) | forms)
def test_whatever_is_written_is_either_read_or_told(when: Mapping[str, Any]) -> None:
    words = check_when(when)
    found = said(when, "2027-01-01", "2027-01-31")
    assert words is None or (words and not found)


def test_an_hour_alone_belongs_to_anniversaries() -> None:
    alone = {"at": "07:00"}
    assert check_when(alone) is None
    assert check_entry(Entry("x", "x", alone, anniversaries=True)) is None
    assert check_entry(Entry("x", "x", alone, anniversary="tet")) is None
    assert check_entry(Entry("x", "x", alone, post="p")) == "when = ?"
    assert check_entry(Entry("x", "x", {"daily": True, "at": "07:00"}, anniversaries=True)) == "daily"


def test_the_bounds_of_an_entry_are_days() -> None:
    when = {"daily": True, "at": "07:00"}
    wrong: Any = "2027-01-01"
    assert check_entry(Entry("x", "x", when, post="p", starts=wrong)) == "from = 2027-01-01"
    assert said(when, "2027-01-01", "2027-01-02", starts=wrong) == []


def test_an_anniversary_on_a_day_that_no_year_has_is_told_and_says_nothing() -> None:
    wrong = Anniversary("x", "x", ("solar", 31, 4))
    assert check_anniversary(wrong) == "solar = 31/4"
    assert check_anniversary(Anniversary("x", "x", ("solar", 30, 4), None, (3, 4000))) == "days = 4000"
    schedule = Schedule(NONE, (Entry("a", "a", {"at": "07:00"}, anniversaries=True),))
    year = (datetime(2027, 1, 1, tzinfo=HOME), datetime(2028, 1, 1, tzinfo=HOME))
    assert not occurrences(schedule, {"x": wrong}, *year, zone=HOME, campaign=CAMPAIGN)


def test_the_shipped_schedule_can_be_read(library: Library) -> None:
    assert {entry.id: check_entry(entry) for entry in library.schedule.entries if check_entry(entry)} == {}
    assert {id: check_anniversary(day) for id, day in library.anniversaries.items() if check_anniversary(day)} == {}
    assert len({entry.id for entry in library.schedule.entries}) == len(library.schedule.entries)
