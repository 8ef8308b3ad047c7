"""«Tra địa danh»: what a place may be today and why; and the button by which a person confirms it for a case."""

from aiohttp import web

from bot.cases import places
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.models import Case, Claim
from bot.places import Found

LONGEST = 300
"""of the words looked up"""


async def show(desk: Desk) -> web.Response:
    """The words are posted, so that they stand in no address and no log; also where a mistake in them is told."""
    return _page(desk, None)


async def look(desk: Desk) -> web.Response:
    words = desk.field("words")
    if not 0 < len(words) <= LONGEST:
        raise Misuse(desk.library.texts("places.misuse.words", most=LONGEST))
    return _page(desk, await places.proposals(desk.config.content, words))


def _page(desk: Desk, found: Found | None) -> web.Response:
    return desk.page(
        "places",
        words=desk.field("words"),
        longest=LONGEST,
        mistake=places.table(desk.config.content)[1],
        found=found,
        choices=places.CHOICES,
        claim=None,
        case=None,
    )


async def confirm(desk: Desk) -> web.Response:
    """«Đúng là nơi này»: proposed once more from the claim's own words, then decided by the person."""
    if desk.field("period") not in places.CHOICES:
        raise Misuse(desk.library.texts("places.misuse.period"))
    async with desk.read() as db:
        claim = await db.get(Claim, _id(desk, "claim"))
    if claim is None:
        raise web.HTTPNotFound
    found = await places.proposals(desk.config.content, claim.words)
    proposal = places.chosen(found, desk.field("place"))
    async with desk.write() as db:
        case = await db.get(Case, _id(desk, "case"))
        if case is None or claim.case_id != case.id or not (await desk.scope(db)).covers(case.unit_id):
            raise web.HTTPNotFound
        if proposal is None or claim.withdrawn_at:
            raise Misuse(desk.library.texts("places.misuse.gone"))
        if desk.field("version") != str(case.version):
            raise Misuse(desk.library.texts("places.misuse.changed"))
        await places.confirm(db, case, claim, proposal, desk.field("period"), desk.now, desk.staff)
    return desk.go("ho-so", case.id, done="place_confirmed")


def _id(desk: Desk, name: str) -> int:
    written = desk.field(name)
    if not (written.isascii() and written.isdecimal() and len(written) < 16):
        raise web.HTTPNotFound
    return int(written)
