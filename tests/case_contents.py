"""A case with its contradictions, its gaps and awkward names, as values; and a small reader of our JSON schema."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import HOME
from bot.cases.contents import (
    Agreed,
    Answered,
    Chosen,
    Contents,
    Field,
    Gap,
    Held,
    Named,
    Original,
    Stated,
    Step,
    Told,
)
from bot.cases.packages import Press
from bot.cases.papers import Papers
from bot.texts import read_texts

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NASTY = 'Nguyễn Văn <Đức> & "Tèo"'
"""a template without autoescape loses what stands behind the «<»"""
PHOTO = b"\xff\xd8\xff\xe0 not really a photo"
WARD = "Phường Trần Nhân Tông, TP Hải Phòng"


def papers() -> Papers:
    return Papers(read_texts(HOME / "content" / "texts"), ZoneInfo("Asia/Ho_Chi_Minh"), WARD)


def press(media: Path, content: Path = HOME / "content") -> Press:
    return Press(papers(), content, media, {"ho-ten": "Liệt sĩ", "noi-chon": "Mộ, nơi chôn cất"})


def keep(media: Path, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    (media / sha256[:2]).mkdir(parents=True, exist_ok=True)
    (media / sha256[:2] / sha256).write_bytes(data)
    return sha256


def stated(words: str, who: str = NASTY, tip: str = "48291576", **value: Any) -> Stated:
    return Stated(words, {"kind": "words", **value}, who, "buried", "sure", tip, AT - timedelta(days=3), "")


def original(sha256: str, id: int = 17, name: str = "Ảnh mộ <đồi 42>.JPG", **more: Any) -> Original:
    about = {"mime": "image/jpeg", "size": len(PHOTO), "quarantined": "", "gap": "", **more}
    return Original(id=id, tip="48291576", name=name, sha256=sha256, kept_at=AT - timedelta(days=3), **about)


def contents(*originals: Original, code: str = "HS-2026-0012") -> Contents:
    consent = Agreed("witness", "2026-11", "Tôi đồng ý", True, AT - timedelta(days=3), None)
    told = Told(
        code="48291576",
        serial="12/2026",
        state="new",
        came_by="chat",
        channel="telegram",
        taken_by="",
        told_at=AT - timedelta(days=3),
        people=(Named("witness", NASTY, "1944", "+84 912 345 678", "Tổ 1", "đồng đội"),),
        consents=(consent,),
        answers=(
            Answered("ho-ten", "Họ và tên liệt sĩ", "Liệt sĩ tên là gì?", NASTY, {"kind": "words"}, AT, False),
            Answered("noi-chon", "Nơi chôn cất", "Phần mộ ở đâu?", "Gần cầu Ngầm", {"kind": "words"}, AT, True),
            Answered("noi-chon", "Nơi chôn cất", "Phần mộ ở đâu?", "=Đồi 42\nbên suối", {"kind": "words"}, AT, False),
            Answered("nam-sinh", "Năm sinh", "Sinh năm nào?", "", {"kind": "unknown"}, AT, False),
        ),
    )
    step = Step("with_military", "sent", "consent", "", "", "", "Trần Văn Quân", AT, AT)
    return Contents(
        code=code,
        state="enough",
        unit="Phường Trần Nhân Tông",
        area="tỉnh Quảng Trị",
        created_at=AT - timedelta(days=2),
        made_at=AT,
        made_by="Trần Văn Quân",
        fields=(
            Field("ho-ten", "Họ và tên liệt sĩ", "Liệt sĩ", stated=(stated(NASTY), stated("Đức còi", tip="11112222"))),
            Field(
                "noi-chon",
                "Nơi chôn cất",
                "Mộ",
                Chosen("Đồi 42", "hai người cùng nêu", "Trần Văn Quân", AT),
                (stated("=1+1 đồi 42"), stated("", kind="location", latitude=16.7, longitude=107.1, accuracy=30.0)),
            ),
            Field("nam-sinh", "Năm sinh", "Liệt sĩ"),
        ),
        tips=(told, Told("11112222", "", "withdrawn", "paper", "desk", "Lê Thị Lan", None)),
        originals=originals,
        handovers=(step,),
        custody=(Held(AT - timedelta(days=3), "received", "tin 48291576", NASTY), Held(AT, "packed", "hồ sơ", "Quân")),
        gaps=(Gap("unanswered", "Năm sinh"), Gap("withdrawn", "tin 1111 2222")),
    )


def mistakes(value: Any, schema: Any, root: Any = None, at: str = "$") -> list[str]:
    """Where `value` is not as the schema has it. Knows the words of JSON Schema that our schema uses."""
    root = root or schema
    if "$ref" in schema:
        return mistakes(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "anyOf" in schema:
        tried = [mistakes(value, one, root, at) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        return [f"{at}: not {schema['type']}"]
    found = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value}")
    if isinstance(value, dict) and "properties" in schema:
        found += [f"{at}: no {name}" for name in schema.get("required", ()) if name not in value]
        found += [f"{at}: {name} beside" for name in value if name not in schema["properties"]]
        for name, inner in schema["properties"].items():
            found += mistakes(value[name], inner, root, f"{at}.{name}") if name in value else []
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            found += mistakes(one, schema["items"], root, f"{at}[{number}]")
    return found
