"""«Chọn nơi có mộ» in the chat: places of that name as JSON, for the visitor to choose from. Nothing asked is kept."""

from typing import Any

from aiohttp import web

from bot.cases import places
from bot.channels.webchat_uploads import Allowances
from bot.keys import CONFIG
from bot.places import Area, Proposal
from bot.places.table import WHOLE_PROVINCE
from bot.portal.status import address_of

PATH = "/chat/noi"
LONGEST = 160
ASKING = web.AppKey("asking", Allowances)


def allowances() -> Allowances:
    return Allowances(burst=20, seconds=3)


async def look(request: web.Request) -> web.Response:
    """{"places": […]} for the words in «q»; without words {"names": […]}, what stands on the map to find one's way."""
    wait = request.app[ASKING].take(address_of(request))
    if wait is not None:
        return web.json_response({"wait": wait}, status=429, headers={"Retry-After": str(wait), **_PRIVATE})
    content, words = request.app[CONFIG].content, request.query.get("q", "").strip()[:LONGEST]
    if not words:
        own, _ = places.table(content)
        names = [_named(area) for area in own.areas.values() if area.level == "commune"]
        return web.json_response({"names": names}, headers={"Cache-Control": "public, max-age=3600"})
    found = await places.proposals(content, words)
    return web.json_response({"places": [_shown(one) for one in found.proposals]}, headers=_PRIVATE)


_PRIVATE = {"Cache-Control": "no-store"}


def _shown(proposal: Proposal) -> dict[str, Any]:
    """`radius` in metres; `known`: the place itself lies there, and not only somewhere in its province."""
    area = proposal.area
    return {
        "title": area.title,
        "old": proposal.old,
        "lat": area.latitude,
        "lon": area.longitude,
        "radius": area.radius,
        "known": area.level == "commune" and area.radius < WHOLE_PROVINCE,
    }


def _named(area: Area) -> list[Any]:
    return [area.name, area.latitude, area.longitude]
