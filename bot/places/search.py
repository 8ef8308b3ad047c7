"""From the words of a place to proposals. Nothing is guessed: a name that fits nothing else said is left out.

A row of the table counts when its commune is named and no district or province that was named contradicts it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.places.mentions import Mention, Said, mentions
from bot.places.table import Area, Former, Places, Row, bare

MOST = 8
"""proposals shown; more of them say nothing"""
PERIODS = {"before_1975": (1900, 1975), "to_1996": (1976, 1996), "to_2025": (1997, 2025)}
NOW = "now"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A unit it may be. `how`: what it was found by, for the person who confirms.

    «chain»: commune and district agree · «province»: commune and province agree · «name»: only the name ·
    «district», «whole_province»: no commune that fits was said.
    """

    area: Area
    how: str
    old: str
    """the former unit it goes by: «Phường Văn Đức, Thành phố Chí Linh, Tỉnh Hải Dương»"""
    periods: tuple[str, ...]
    """when the place was called so; one: certain"""
    source: str
    formers: tuple[Former, ...] = ()
    """names that are no more, and were used"""
    parts: tuple[Area, ...] = ()
    """today's units in a former district"""

    @property
    def key(self) -> str:
        return f"{self.area.level}|{self.area.title}|{self.old}"


@dataclass(frozen=True, slots=True)
class Found:
    """`unsure` «»: the proposals are all there is; otherwise why not: «nothing», «contradiction», «too_many»,
    «elsewhere_too» (our city has the name, and many others have it).
    """

    proposals: tuple[Proposal, ...] = ()
    unsure: str = "nothing"

    @property
    def sure(self) -> bool:
        """A commune was found together with where it is."""
        return any(one.how in ("chain", "province") for one in self.proposals)


@dataclass(frozen=True, slots=True)
class _Fit:
    row: Row
    commune: Mention
    how: str
    formers: tuple[Former, ...] = ()
    province: str = ""
    """the province that was meant, of those the commune was in"""
    alike: bool = True


def look(words: str, places: Places) -> Found:
    """All that `words` may mean, the surest kind of finding only."""
    said = Said.of(words)
    named = list(mentions(said, places))
    fits = [fit for one in named if one.level == "commune" for fit in _fits(one, named, said, places)]
    best = _best(fits)
    wider = _unique(_wider(best, named, said, places))
    proposals = _unique([*wider, *(_proposal(fit, places) for fit in best)])
    if len(proposals) > MOST:
        return Found(wider if len(wider) <= MOST else (), "too_many")
    communes = any(one.level == "commune" for one in named)
    return Found(proposals, "" if proposals else "contradiction" if communes and len(named) > 1 else "nothing")


def locate(title: str, places: Places) -> Area | None:
    """Where to draw what a person confirmed (Case.area): a unit, a former district, or at least the province."""
    known = places.area(title) or places.provinces.get(bare(title))
    if known:
        return known
    name, _, province = title.rpartition(", ")
    rows = places.of_district(bare(name), bare(province)) if name else []
    if rows:
        return replace(_former_district(rows, (), "", places).area, name=name, province=province)
    whole = places.provinces.get(bare(province))
    return replace(whole, level="commune", name=name, province=province) if whole and name else None


def _fits(commune: Mention, named: Sequence[Mention], said: Said, places: Places) -> Iterator[_Fit]:
    if not commune.kind and commune.end - commune.start == 1 and not said.fills(commune):
        return
    others = [one for one in named if not one.touches(commune)]
    for row in places.communes[commune.name]:
        fit = _fit(row, commune, others, said)
        # Highland names are spelled in many ways; where the district agrees, that is forgiven.
        if fit and (fit.how == "chain" or said.alike(commune, row.commune)):
            yield replace(fit, alike=said.alike(commune, row.commune))


def _fit(row: Row, commune: Mention, others: Sequence[Mention], said: Said) -> _Fit | None:
    """How well the row agrees with what else was named; None when something speaks against it."""
    districts = [one for one in others if one.level == "district"]
    provinces = [one for one in others if one.level == "province"]
    # A name of today is not led astray by a former district, unless «phường» or «xã» was said.
    strict = row.now and not commune.kind
    in_district = [] if strict else [one for one in districts if one.means & row.districts]
    in_province = [one for one in provinces if one.means & row.provinces and not (strict and _is_former(one, row))]
    explained = [*in_district, *in_province]
    for level, agreeing in ((districts, in_district), (provinces, in_province)):
        if not agreeing and any(not any(one.touches(other) for other in explained) for one in level):
            return None
    formers = tuple(one.former for one in explained if one.former)
    province = min(in_province[0].means & row.provinces) if in_province else ""
    if explained:
        return _Fit(row, commune, "chain" if in_district else "province", formers, province)
    alone = commune.end == len(said.tokens) and (commune.kind or commune.start == 0)
    return _Fit(row, commune, "name") if alone else None


def _is_former(province: Mention, row: Row) -> bool:
    """The province named is not the one of today."""
    return province.former is not None or province.name != bare(row.area.province)


def _best(fits: Sequence[_Fit]) -> list[_Fit]:
    """Those found in the surest way; of these those called «xã» or «phường», and those spelled as it was said."""
    for how in ("chain", "province", "name"):
        found = [fit for fit in fits if fit.how == how]
        found = [fit for fit in found if fit.commune.kind] or found
        if found:
            return [fit for fit in found if fit.alike] or found
    return []


def _proposal(fit: _Fit, places: Places) -> Proposal:
    row = fit.row
    if row.now:
        return Proposal(row.area, fit.how, "", (NOW,), row.source, fit.formers)
    old = ", ".join((row.commune, row.district, row.province))
    periods = _periods(fit.formers, fit.province if fit.province != bare(row.area.province) else "", places)
    return Proposal(row.area, fit.how, old, periods, row.source, fit.formers)


def _periods(formers: Iterable[Former], province: str, places: Places) -> tuple[str, ...]:
    """When all these names were in use; `province`: its own name, which was away while it was joined to another."""
    away = [one.years for one in places.formers.values() if one.level == "province" and province in one.parts]
    away = [years for years in away if province and places.provinces.get(province) and years[0] >= 1946]
    known, held = list(formers), []
    for period, (start, end) in PERIODS.items():
        years = [year for year in range(start, end + 1) if all(one.years[0] <= year <= one.years[1] for one in known)]
        if any(not any(gone <= year <= back for gone, back in away) for year in years) or (years and known):
            held.append(period)
    return tuple(held) or tuple(PERIODS)


def _wider(best: Sequence[_Fit], named: Sequence[Mention], said: Said, places: Places) -> Iterator[Proposal]:
    """A province or a former district, where no commune was found in it, or the name may be either."""
    if any(fit.how == "chain" or fit.commune.kind for fit in best):
        return
    provinces = [one for one in named if one.level == "province"]
    districts = [one for one in named if one.level == "district"]
    known = any(fit.how == "province" for fit in best)
    if known:
        # What was said beside the commune is its province; only the commune's own name may be a district's.
        districts = [one for one in districts if any(one.touches(fit.commune) for fit in best)]
    found = [proposal for one in districts for proposal in _of_district(one, provinces, said, places)]
    if not known and not (found and len(said.starts) > 2):
        for mention in provinces:
            yield from _of_province(mention, said, places)
    yield from found


def _of_district(district: Mention, provinces: Sequence[Mention], said: Said, places: Places) -> Iterator[Proposal]:
    others = [one for one in provinces if not one.touches(district)]
    alone = district.end == len(said.tokens) and said.fills(district)
    for name in sorted(district.means):
        for key, province in sorted(places.districts.get(name, ())):
            within = {province, bare(places.provinces[province].name)}
            agreeing = [one for one in others if one.means & within]
            if not (agreeing if others else alone):
                continue
            rows = places.of_district(key, province)
            formers = tuple(one.former for one in (district, *agreeing) if one.former)
            meant = province if any(province in one.means for one in agreeing) else ""
            yield _former_district(rows, formers, meant, places)


def _former_district(rows: Sequence[Row], formers: tuple[Former, ...], province: str, places: Places) -> Proposal:
    parts = tuple(sorted(dict.fromkeys(row.area for row in rows), key=lambda area: area.name))
    latitude = sum(area.latitude for area in parts) / len(parts)
    longitude = sum(area.longitude for area in parts) / len(parts)
    far = max((abs(a.latitude - latitude) + abs(a.longitude - longitude)) * 80_000 + a.radius for a in parts)
    first = rows[0]
    area = Area("district", first.district, first.area.province, "", latitude, longitude, round(far))
    today = bare(first.area.province)
    periods = _periods(formers, province if province != today else "", places)
    return Proposal(area, "district", f"{first.district}, {first.province}", periods, first.source, formers, parts)


def _of_province(mention: Mention, said: Said, places: Places) -> Iterator[Proposal]:
    formers = (mention.former,) if mention.former else ()
    for name in sorted(mention.means):
        area = places.provinces.get(name)
        if area is None or not said.alike(mention, mention.former.name if mention.former else places.written[name]):
            continue
        own = name == bare(area.name)
        old = "" if own and not formers else places.written.get(name, "")
        periods = _periods(formers, "" if own else name, places) if old else (*PERIODS, NOW)
        yield Proposal(area, "whole_province", old, periods, "provinces.csv", formers)


def _unique(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """One a unit and former name; the former names of one unit side by side."""
    return tuple({one.key: one for one in proposals}.values())
