"""The staff's pages under /can-bo: which page is where, and who may open it or press its button."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.dashboard import (
    accounts,
    balance,
    broadcasts,
    case,
    case_changes,
    case_map,
    case_steps,
    case_work,
    cases,
    control,
    corrections,
    entering,
    exports,
    figures,
    files,
    forms,
    forwarders,
    groups,
    journal,
    overview,
    people,
    pictures,
    places,
    posts,
    problems,
    questions,
    recovery,
    rights,
    rumours,
    sending,
    signing,
    tasks,
    tips,
    transcription,
    units,
    zalo_oa,
)
from bot.dashboard.desk import ROOT, TELEGRAM_NAME, Desk, Page, guarded
from bot.staff import Act

__all__ = ["ROUTES", "TELEGRAM_NAME", "Route", "setup"]


@dataclass(frozen=True, slots=True)
class Route:
    """`act` None: everybody who is signed in. `again`: the page on which a mistake in the form is told."""

    method: str
    path: str
    page: Page
    act: Act | None = None
    again: Page | None = None
    files: bool = False
    """files may be sent with the form"""


ROUTES: Sequence[Route] = (
    Route("GET", "", overview.show),
    Route("POST", "/dang-xuat", signing.sign_out),
    Route("GET", "/mat-khau", signing.password),
    Route("POST", "/mat-khau", signing.change_password, again=signing.password),
    Route("POST", "/mat-khau/dien-thoai", signing.make_phone_code, Act.SEE_PROBLEMS),
    Route("POST", "/mat-khau/thoi-bao-dong", signing.forget_phone),
    Route("GET", "/bai", posts.listed),
    Route("GET", "/bai/{id}", posts.show),
    Route("GET", "/bai/{id}/hinh", pictures.of_post),
    Route("GET", "/bai/{id}/cac-dang", forms.listed),
    Route("GET", "/bai/{id}/cac-dang/hinh", forms.look),
    Route("GET", "/bai/{id}/cac-dang/tai", forms.take, again=forms.listed),
    Route("GET", "/tai-lieu-sinh-hoat", forms.monthly),
    Route("GET", "/tai-lieu-sinh-hoat/tai", forms.take_monthly, again=forms.monthly),
    Route("POST", "/bai/{id}/xac-nhan", posts.confirm, Act.CONFIRM_ITEMS, posts.show),
    Route("GET", "/bai/{id}/gui", sending.look, Act.BROADCAST),
    Route("POST", "/bai/{id}/gui", sending.send, Act.BROADCAST, sending.again),
    Route("GET", "/dot-gui", broadcasts.listed),
    Route("GET", "/dot-gui/{id}", broadcasts.show),
    Route("GET", "/dot-gui/{id}/hinh", pictures.of_broadcast),
    Route("POST", "/dot-gui/{id}/dung", broadcasts.stop, Act.STOP, broadcasts.show),
    Route("POST", "/dot-gui/{id}/tam-dung", broadcasts.pause, Act.STOP, broadcasts.show),
    Route("POST", "/dot-gui/{id}/di-tiep", broadcasts.go_on, Act.BROADCAST, broadcasts.show),
    Route("GET", "/dot-gui/{id}/gui-lai", broadcasts.look_at_failed, Act.BROADCAST),
    Route("POST", "/dot-gui/{id}/gui-lai", broadcasts.resend, Act.BROADCAST, broadcasts.show),
    Route("POST", "/dot-gui/{id}/chua-ro", broadcasts.settle, Act.BROADCAST, broadcasts.show),
    Route("GET", "/dot-gui/{id}/dinh-chinh", corrections.show, Act.BROADCAST),
    Route("POST", "/dot-gui/{id}/dinh-chinh", corrections.send, Act.BROADCAST, corrections.show),
    Route("GET", "/nhom", groups.listed),
    Route("POST", "/nhom/ma", groups.make_code, Act.ENROL, groups.listed),
    Route("GET", "/nhom/ma/{code}", groups.show_code, Act.ENROL),
    Route("GET", "/nhom/{id}", groups.show),
    Route("POST", "/nhom/{id}", groups.change, Act.ENROL, groups.show),
    Route("POST", "/nhom/{id}/xac-nhan", groups.confirm, Act.ENROL, groups.listed),
    Route("POST", "/nhom/{id}/dung", groups.stop, Act.ENROL, groups.show),
    Route("POST", "/nhom/{id}/mo-lai", groups.resume, Act.ENROL, groups.show),
    Route("GET", "/nguoi-dang", forwarders.listed),
    Route("POST", "/nguoi-dang", forwarders.add, Act.ENROL, forwarders.listed),
    Route("POST", "/nguoi-dang/{id}/ma", forwarders.new_code, Act.ENROL, forwarders.listed),
    Route("GET", "/tin-bao", tips.listed, Act.SEE_TIPS),
    Route("GET", "/tin-bao/nhap", entering.show, Act.ENTER_TIPS),
    Route("POST", "/tin-bao/nhap", entering.enter, Act.ENTER_TIPS, entering.show, files=True),
    Route("GET", "/tin-bao/nhap/{id}", entering.entered, Act.ENTER_TIPS),
    Route("GET", "/tin-bao/tim-phieu", recovery.show, Act.ENTER_TIPS),
    Route("POST", "/tin-bao/tim-phieu", recovery.find, Act.ENTER_TIPS, recovery.show),
    Route("GET", "/tin-bao/{id}/phieu", entering.slip, Act.ENTER_TIPS),
    Route("GET", "/quyen", rights.listed, Act.SEE_TIPS),
    Route("POST", "/quyen", rights.note, Act.CHANGE_TIPS, rights.listed),
    Route("POST", "/quyen/{id}", rights.settle, Act.CHANGE_TIPS, rights.listed),
    Route("GET", "/tin-bao/{id}", tips.show, Act.SEE_TIPS),
    Route("POST", "/tin-bao/{id}/tra-loi", tips.reply, Act.CHANGE_TIPS, tips.show),
    Route("GET", "/tep/{id}", files.show, Act.SEE_TIPS),
    Route("GET", "/tep/{id}/goc", files.original, Act.SEE_SEALED),
    Route("POST", "/tep/{id}/niem-phong", files.seal, Act.CHANGE_TIPS, transcription.show),
    Route("POST", "/tep/{id}/mo", files.open_sealed, Act.SEE_SEALED, transcription.show),
    Route("GET", "/ghi-chep", transcription.listed, Act.SEE_TIPS),
    Route("GET", "/ghi-chep/{id}", transcription.show, Act.SEE_TIPS),
    Route("POST", "/ghi-chep/{id}", transcription.save, Act.CHANGE_TIPS, transcription.show),
    Route("POST", "/tin-bao/{id}/mo-ho-so", cases.open_from_tip, Act.CHANGE_TIPS, tips.show),
    Route("POST", "/tin-bao/{id}/gop", cases.join_case, Act.CHANGE_TIPS, tips.show),
    Route("GET", "/ho-so", cases.listed, Act.SEE_CASES),
    Route("GET", "/ho-so/{id}", case.show, Act.SEE_CASES),
    Route("POST", "/ho-so/{id}/xem", case.unseal, Act.SEE_SEALED, case.show),
    Route("POST", "/ho-so/{id}/chon", case_changes.decide, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/bo-chon", case_changes.undo, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/ghi-them", case_changes.add_claim, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/rut-loi", case_changes.withdraw, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/lay-lai", case_changes.restore, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/dua-vao", case_changes.take_in, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/go-tin", case_changes.detach, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/gop", case_changes.merge, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/tach", case_changes.unmerge, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/buoc", case_steps.move, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/ban-giao", case_steps.hand_over, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/tiep-nhan", case_steps.answer, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/ket-luan", case_steps.conclude, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/cong-bo", case_steps.release, Act.RELEASE, case.show),
    Route("POST", "/ho-so/{id}/hoi", case_steps.ask, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/ghi-chu", case_work.note, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/viec", case_work.add_task, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/phu-trach", case_work.assign, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/gap", case_work.pressing, Act.CHANGE_TIPS, case.show),
    Route("POST", "/ho-so/{id}/kiem-tra", case_work.check, Act.CHANGE_TIPS, case.show),
    Route("GET", "/viec", tasks.listed, Act.CHANGE_TIPS),
    Route("POST", "/viec/{id}/xong", tasks.done, Act.CHANGE_TIPS),
    Route("POST", "/viec/{id}/giao", tasks.give, Act.CHANGE_TIPS, tasks.listed),
    Route("POST", "/viec/ban-giao", tasks.hand_on, Act.CHANGE_TIPS, tasks.listed),
    Route("GET", "/dia-danh", places.show, Act.SEE_CASES),
    Route("POST", "/dia-danh", places.look, Act.SEE_CASES, places.show),
    Route("POST", "/dia-danh/xac-nhan", places.confirm, Act.CHANGE_TIPS),
    Route("GET", "/ban-do", case_map.show, Act.SEE_CASES),
    Route("POST", "/ban-do/vi-tri", case_map.exact, Act.SEE_SEALED, case_map.show),
    Route("GET", "/xuat", exports.listed, Act.EXPORT),
    Route("POST", "/xuat", exports.ask, Act.EXPORT, exports.listed),
    Route("GET", "/xuat/{id}/tai", exports.download, Act.EXPORT, exports.listed),
    Route("GET", "/ho-so/{id}/goi", exports.look_at_package, Act.EXPORT),
    Route("POST", "/ho-so/{id}/goi", exports.ask_for_package, Act.EXPORT, exports.look_at_package),
    Route("GET", "/so-lieu", figures.listed),
    Route("GET", "/so-lieu/{id}", figures.show),
    Route("POST", "/so-lieu/{id}", figures.enter, Act.ENTER_FIGURES, figures.show),
    Route("GET", "/hoi", questions.listed, Act.ANSWER_QUESTIONS),
    Route("GET", "/hoi/tuan", questions.week, Act.ANSWER_QUESTIONS),
    Route("GET", "/hoi/{id}", questions.show, Act.ANSWER_QUESTIONS),
    Route("POST", "/hoi/{id}", questions.answer, Act.ANSWER_QUESTIONS, questions.show),
    Route("POST", "/hoi/{id}/soan", questions.write, Act.ANSWER_QUESTIONS, questions.show),
    Route("POST", "/hoi/{id}/chon", questions.choose, Act.ANSWER_QUESTIONS, questions.show),
    Route("POST", "/hoi/{id}/xep", questions.close, Act.ANSWER_QUESTIONS, questions.show),
    Route("GET", "/tin-sai", rumours.listed, Act.ANSWER_QUESTIONS),
    Route("GET", "/tin-sai/{id}", rumours.show, Act.ANSWER_QUESTIONS),
    Route("GET", "/tin-sai/{id}/hinh", rumours.picture, Act.ANSWER_QUESTIONS),
    Route("POST", "/tin-sai/{id}/xem", rumours.check, Act.ANSWER_QUESTIONS, rumours.show),
    Route("POST", "/tin-sai/{id}/soan", rumours.write, Act.ANSWER_QUESTIONS, rumours.show),
    Route("POST", "/tin-sai/{id}/chon", rumours.choose, Act.ANSWER_QUESTIONS, rumours.show),
    Route("POST", "/tin-sai/{id}/xep", rumours.close, Act.ANSWER_QUESTIONS, rumours.show),
    Route("GET", "/van-de", problems.listed, Act.SEE_PROBLEMS),
    Route("POST", "/van-de/tin-den/{id}", problems.raw, Act.SEE_PROBLEMS),
    Route("POST", "/van-de/viec/{id}", problems.settle, Act.SEE_PROBLEMS, problems.listed),
    Route("GET", "/doi-chieu", balance.listed, Act.SEE_PROBLEMS),
    Route("GET", "/can-bo", people.listed, Act.MANAGE_STAFF),
    Route("POST", "/can-bo", people.add, Act.MANAGE_STAFF, people.listed),
    Route("POST", "/can-bo/{id}/dang-xuat", people.sign_out, Act.MANAGE_STAFF),
    Route("POST", "/can-bo/{id}/mat-khau", people.set_password, Act.MANAGE_STAFF, people.listed),
    Route("POST", "/can-bo/{id}/tai-khoan", people.switch, Act.MANAGE_STAFF, people.listed),
    Route("GET", "/nhat-ky", journal.listed, Act.SEE_AUDIT),
    Route("GET", "/dung-tat-ca", control.look, Act.STOP),
    Route("POST", "/dung-tat-ca", control.stop, Act.STOP, control.look),
    Route("POST", "/cho-chay-lai", control.resume, Act.STOP),
    Route("GET", "/ban-sao", control.look_at_copy, Act.STOP),
    Route("POST", "/ban-sao", control.confirm_copy, Act.STOP, control.look_at_copy),
    Route("GET", "/tai-khoan", accounts.listed, Act.STOP),
    Route("POST", "/tai-khoan", accounts.add, Act.MANAGE_STAFF, accounts.listed),
    Route("GET", "/tai-khoan/{name}", accounts.show, Act.STOP),
    Route("POST", "/tai-khoan/{name}", accounts.change, Act.MANAGE_STAFF, accounts.show),
    Route("POST", "/tai-khoan/{name}/tam-dung", accounts.pause, Act.STOP, accounts.show),
    Route("POST", "/tai-khoan/{name}/chay-lai", accounts.resume, Act.STOP, accounts.show),
    Route("GET", "/zalo-oa", zalo_oa.show, Act.MANAGE_STAFF),
    Route("GET", "/zalo-oa/xong", zalo_oa.back, Act.MANAGE_STAFF, zalo_oa.show),
    Route("GET", "/don-vi", units.listed),
    Route("GET", "/don-vi/{id}", units.show),
    Route("POST", "/don-vi/{id}", units.change, again=units.show),
    Route("POST", "/don-vi/{id}/dung", units.stop, Act.STOP, units.show),
    Route("POST", "/don-vi/{id}/chay-lai", units.resume, Act.STOP, units.show),
)


def setup(app: web.Application) -> None:
    """Add the routes; app.py sets the keys of bot/keys.py and bot.pages, and TELEGRAM_NAME when it is known."""
    app.router.add_get(f"{ROOT}/dang-nhap", signing.show)
    app.router.add_post(f"{ROOT}/dang-nhap", signing.signing_in())
    app[forms.SLOW] = asyncio.Lock()
    for route in ROUTES:
        app.router.add_route(
            route.method, ROOT + route.path, guarded(route.page, route.act, route.again, files=route.files)
        )
    app.router.add_route("*", f"{ROOT}/{{rest:.*}}", guarded(_nowhere, None))


async def _nowhere(_: Desk) -> web.StreamResponse:
    raise web.HTTPNotFound
