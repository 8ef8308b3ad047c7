"""A tip that was told, for the tests of what comes after: its receipt, its rights, the talk about it."""

from datetime import datetime
from typing import Any

from bot import chats
from bot.cases import tips
from bot.cases.people import who
from bot.db import Database
from bot.messages import Address
from bot.models import ChatKind, Consent, FileState, Person, PersonRole, Tip, TipAnswer, TipFile

NAME, PHONE, STORY = "Trần Thị Ví Dụ", "0912 345 678", "Năm 72 tôi chôn anh Tám ở gần suối Đá Bàn"


def said(field: str, words: str, now: datetime, **understood: Any) -> TipAnswer:
    understood.setdefault("kind", "words")
    return TipAnswer(field=field, question="?", said=words, understood=understood, message_id="9", at=now, files=[])


async def told_tip(database: Database, now: datetime, chat: str = "telegram:77", sha256: str = "") -> Tip:
    """Told to the end, from that chat: with a code and a number."""
    async with database.write() as db:
        address = Address.parse(chat)
        here = await chats.known(db, address, ChatKind.PRIVATE, "Ông Ví Dụ", now)
        tip = await tips.begin(db, here, None, now)
        tip.answers += [said("chuyen", STORY, now), said("ho-ten", "Nguyễn Văn Tám", now)]
        tip.answers.append(said("nguon", "1", now, kind="choice", value="chon-cat", label="Tôi trực tiếp chôn cất"))
        if sha256:
            photo = said("anh", "", now, kind="files")
            kept = {"kind": "photo", "ref": "file-1", "name": "so do.png"}
            photo.files = [TipFile(channel="telegram", attachment=kept, state=FileState.KEPT, sha256=sha256, reason="")]
            tip.answers.append(photo)
        person: Person = who(tip, PersonRole.WITNESS)
        person.name, person.born, person.phone = NAME, "1947", PHONE
        consent = Consent(notice_version="2026-11", notice="…", said="Tôi đồng ý", given=True, at=now)
        consent.role = PersonRole.WITNESS
        tip.consents.append(consent)
        await tips.finish(db, tip, now)
    return tip
