"""A form with files in it. What is too large is not kept, and the page that asked for it says so."""

from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web
from multidict import MultiDict, MultiDictProxy

LARGEST = 20_000_000
"""bytes of all files of one form together"""
MOST = 60_000_000
"""bytes that are read at all: past it the browser is hung up on"""
WORDS = 200_000
"""bytes of one written field"""


@dataclass(frozen=True, slots=True)
class Sent:
    """`data` None: there was no room for it any more."""

    name: str
    mime: str
    data: bytes | None


async def read(request: web.Request) -> MultiDictProxy[Any]:
    """The fields as text, and the files as Sent. Raises HTTPBadRequest, HTTPRequestEntityTooLarge."""
    if (request.content_length or 0) > MOST:
        raise web.HTTPRequestEntityTooLarge(max_size=MOST, actual_size=request.content_length or 0)
    form, room, left = MultiDict[Any](), LARGEST, MOST
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise web.HTTPBadRequest
            kept, size = await _bytes(part, room if part.filename else WORDS, left)
            left -= size
            if not part.filename:
                form.add(part.name or "", (kept or b"").decode(errors="replace") if part.name else "")
            elif size:
                room -= size if kept is not None else 0
                form.add(part.name or "", Sent(part.filename[:200], part.headers.get("Content-Type", ""), kept))
    except (ValueError, AssertionError):
        raise web.HTTPBadRequest from None
    return MultiDictProxy(form)


async def _bytes(part: BodyPartReader, room: int, left: int) -> tuple[bytes | None, int]:
    """What the part holds, None when it is more than `room`; and how much it was."""
    whole, size = bytearray(), 0
    while chunk := await part.read_chunk(65536):
        size += len(chunk)
        if size > left:
            raise web.HTTPRequestEntityTooLarge(max_size=MOST, actual_size=size)
        if size <= room:
            whole += chunk
        else:
            whole.clear()
    return (bytes(whole) if size <= room else None), size
