"""Signing in and out, and one's own password."""

import asyncio
import secrets

from aiohttp import web

from bot import alarms
from bot import staff as rights
from bot.dashboard.desk import COOKIE, ROOT, TELEGRAM_NAME, Desk, Handler, ours, same, signed_in
from bot.errors import Misuse
from bot.keys import CONFIG, DATABASE, NOW, SHELF
from bot.models import Chat, Staff
from bot.pages import PAGES
from bot.staff import Act

BEFORE = "trian_truoc_dang_nhap"
"""the cookie that guards the form before there is a sign-in: what it holds must come back in the form"""
WAITING = 20
"""sign-ins that may wait for their turn; hashing is slow on purpose and must not hold up the rest"""
SHORT = 10_000
"""bytes a sign-in form may have; nobody has said yet who is writing"""


async def show(request: web.Request) -> web.StreamResponse:
    if await signed_in(request):
        return web.Response(status=303, headers={"Location": ROOT})
    return _form(request)


def signing_in() -> Handler:
    """One sign-in at a time, so that guessing cannot keep the database from other work."""
    turn = asyncio.Semaphore(1)
    waiting = 0

    async def sign_in(request: web.Request) -> web.StreamResponse:
        nonlocal waiting
        if request.content_type != "application/x-www-form-urlencoded" or (request.content_length or SHORT) >= SHORT:
            return _form(request, "stale", 400)
        if waiting >= WAITING:
            return _form(request, "busy", 503)
        waiting += 1
        try:
            async with turn:
                return await _sign_in(request)
        finally:
            waiting -= 1

    return sign_in


async def _sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    login, password, guard, back = (str(form.get(name, "")) for name in ("login", "password", "csrf", "toi"))
    kept = request.cookies.get(BEFORE, "")
    if not kept or not same(guard, kept):
        return _form(request, "stale", 403)
    now = request.app[NOW]()
    async with request.app[DATABASE].write() as db:
        found = await rights.sign_in(db, login, password, now)
        if found is not None:
            await rights.audit(db, found[1].staff, "sign_in", f"staff:{found[1].staff.id}", now)
    if found is None:
        return _form(request, "wrong", 403, login=login[:60], back=back)
    response = web.Response(status=303, headers={"Location": ours(back)})
    response.del_cookie(BEFORE, path=ROOT)
    response.set_cookie(
        COOKIE,
        found[0],
        path=ROOT,
        httponly=True,
        samesite="Lax",
        secure=_https(request),
        max_age=int(rights.LONGEST.total_seconds()),
    )
    return response


def _form(
    request: web.Request, problem: str = "", status: int = 200, *, login: str = "", back: str = ""
) -> web.Response:
    texts = request.app[SHELF].library.texts
    # Kept when there is one, so that the form in another tab stays good.
    guard = request.cookies.get(BEFORE) or secrets.token_urlsafe(24)
    done = f"dashboard.done.{request.query.get('xong', '')}"
    response = request.app[PAGES].render(
        request,
        "dashboard/sign-in.html",
        status,
        csrf=guard,
        problem=texts(f"dashboard.sign_in.{problem}", tries=rights.TRIES) if problem else "",
        done=texts(done) if done in texts else "",
        login=login,
        back=ours(back or request.query.get("toi", "")),
    )
    response.set_cookie(BEFORE, guard, path=ROOT, httponly=True, samesite="Strict", secure=_https(request))
    return response


def _https(request: web.Request) -> bool:
    return request.app[CONFIG].public_url.startswith("https://")


async def sign_out(desk: Desk) -> web.Response:
    async with desk.write() as db:
        await rights.sign_out(db, desk.request.cookies.get(COOKIE, ""))
        await desk.audit(db, "sign_out", f"staff:{desk.staff.id}")
    response = desk.go("dang-nhap", done="signed_out")
    response.del_cookie(COOKIE, path=ROOT)
    return response


async def password(desk: Desk) -> web.Response:
    async with desk.read() as db:
        staff = await db.get_one(Staff, desk.staff.id)
        told = desk.may(Act.SEE_EMERGENCIES) or (desk.may(Act.SEE_PROBLEMS) and await rights.at_the_top(db, staff))
        phone = await db.get(Chat, staff.chat_id) if staff.chat_id else None
        code = await alarms.open_code(db, staff, desk.now)
    name = desk.request.app.get(TELEGRAM_NAME)
    return desk.page(
        "password",
        least=rights.PASSWORD.start,
        told=told,
        phone=phone,
        code=code,
        telegram=name() if name else "",
    )


async def make_phone_code(desk: Desk) -> web.Response:
    """What is typed on one's own phone, so that alarms reach it."""
    async with desk.write() as db:
        await alarms.make_code(db, desk.staff, desk.now)
        await desk.audit(db, "phone_code", f"staff:{desk.staff.id}")
    return desk.go("mat-khau")


async def forget_phone(desk: Desk) -> web.Response:
    async with desk.write() as db:
        staff = await db.get_one(Staff, desk.staff.id)
        staff.chat_id = None
        await desk.audit(db, "unlink_phone", f"staff:{staff.id}")
    return desk.go("mat-khau", done="phone_forgotten")


async def change_password(desk: Desk) -> web.Response:
    new = str(desk.form.get("new", ""))
    async with desk.write() as db:
        staff = await db.get_one(Staff, desk.staff.id)
        if not await rights.knows_password(staff, str(desk.form.get("old", ""))):
            raise Misuse(desk.say("misuse.old_password"))
        if new != str(desk.form.get("again", "")):
            raise Misuse(desk.say("misuse.not_the_same"))
        await rights.set_password(db, staff, new)
        await desk.audit(db, "password", f"staff:{staff.id}")
    response = desk.go("dang-nhap", done="password")
    response.del_cookie(COOKIE, path=ROOT)
    return response
