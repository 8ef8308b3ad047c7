"""At the desk: who has lost his receipt says who he is, and gets his code again. No identity card is asked for."""

from collections.abc import Sequence

from aiohttp import web

from bot.cases.recovering import Claimed, tips_of
from bot.dashboard.desk import Desk
from bot.dashboard.entering import printed
from bot.errors import Misuse
from bot.models import Tip


async def show(desk: Desk) -> web.Response:
    return _page(desk, None)


def _page(desk: Desk, found: Sequence[Tip] | None) -> web.Response:
    return desk.page("recovery", found=found)


async def find(desk: Desk) -> web.Response:
    """His receipts; with `print` one of them on paper, and for that he is compared anew."""
    claimed = Claimed(*(desk.field(name)[:300] for name in ("name", "born", "phone")))
    if not claimed.enough:
        raise Misuse(desk.library.texts("entering.misuse.who"))
    async with desk.write() as db:
        scope = await desk.scope(db)
        found = await tips_of(db, claimed, scope.rows(Tip.unit_id))
        await desk.audit(db, "identity_check", "tips", found=len(found))
        wanted = next((tip for tip in found if str(tip.id) == desk.field("print")), None)
        for tip in [wanted] if wanted else found:
            await desk.audit(db, "print_receipt" if wanted else "look_receipt", f"tip:{tip.id}")
    return await printed(desk, wanted) if wanted else _page(desk, found)
