"""The contents of a case in the words of people: what the Word templates fill in, and the rows of the Excel sheets.

The names of the fields are Vietnamese without accents, for the ward edits the templates: docs/vi/mau-bieu.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.cases.contents import Contents, Field, Original, Stated, Told
from bot.press.tables import Cell
from bot.texts import Texts

HEADS = ("group", "field", "words", "who", "source", "sureness", "tip", "told", "chosen", "reason")
_WORDS = {group: f"cases.{group}" for group in ("state", "source", "sureness", "handover", "conclusion")}
_SILENT = {"unknown": "unknown_answer", "skipped": "skipped_answer", "files": "sent_files"}


@dataclass(frozen=True, slots=True)
class Papers:
    """`ward` as in config.toml: «Phường Trần Nhân Tông, TP Hải Phòng»."""

    texts: Texts
    zone: ZoneInfo
    ward: str

    def say(self, key: str, **values: Any) -> str:
        return self.texts(f"packages.{key}", **values)

    def word(self, group: str, key: str) -> str:
        """What a key of the tables is called; one we have no word for stands as it is, «unsaid» is not said."""
        if key == "unsaid":
            return ""
        full = f"{_WORDS.get(group, f'packages.{group}')}.{key}"
        return self.texts(full) if full in self.texts else key

    def moment(self, at: datetime | None) -> str:
        return self.say("moment", at=at.astimezone(self.zone)) if at else self.say("nobody")

    def code(self, code: str) -> str:
        return self.say("word.code", code=code) if len(code) == 8 and code.isdecimal() else code

    def shown(self, words: str, value: dict[str, Any]) -> str:
        """What was said; where nothing was, what was sent instead: a place, a choice, a number."""
        kind = value.get("kind", "")
        if kind == "location":
            place = {key: value.get(key) for key in ("latitude", "longitude", "accuracy")}
            return " – ".join(filter(None, [words, self.say("location", **place)]))
        if kind == "choice":
            return str(value.get("label") or words)
        if words:
            return words
        if kind == "number":
            return str(value.get("value", ""))
        return self.say(_SILENT[kind]) if kind in _SILENT else ""

    # Word

    def case(self, contents: Contents, to: str = "with_military") -> dict[str, Any]:
        """For the case's own form, and for the forms the Military Command puts in their place."""
        lines = [self._lines(fields, name) for name, fields in contents.groups]
        return {
            **self._letterhead(contents),
            "kinh_gui": self.say("letterhead.to", to=to),
            "trang_thai": self.word("state", contents.state),
            "khu_vuc": contents.area or self.say("unsaid"),
            "so_tin": contents.counts["tips"],
            "so_y_kien": contents.counts["claims"],
            "so_tep": contents.counts["originals"],
            "cac_nhom": [group for group in lines if group["dong"]],
            "o": {one.id.replace("-", "_"): self._value(one) for one in contents.fields},
            "cac_lua_chon": [line for one in contents.fields for line in self._chosen(one)],
            "nguoi_cung_cap": [line for tip in contents.tips for line in self._tellers(tip)],
            "cac_tep": [self._original(one) for one in contents.originals],
            "con_thieu": self.gaps(contents),
            "chuyen_giao": list(self._steps(contents)),
            "noi_nhan": self.say("letterhead.copies").split("\n"),
            "chuc_vu_ky": self.say("letterhead.signer"),
        }

    def form(self, contents: Contents, tip: Told, groups: dict[str, str]) -> dict[str, Any]:
        """For the informant's form. `groups`: question -> the group it stands under."""
        lines: dict[str, list[dict[str, str]]] = {}
        for one in tip.answers:
            if not one.replaced:
                line = {"nhan": one.label, "loi": self.shown(one.said, one.understood)}
                lines.setdefault(groups.get(one.field, ""), []).append(line)
        took = tip.taken_by or self.say("by_channel")
        told = {
            "ma": self.code(tip.code),
            "so": tip.serial or self.say("word.no_serial"),
            "cach_nhan": self.say(f"came_by.{tip.came_by}", channel=tip.channel),
            "luc_nhan": self.moment(tip.told_at),
            "nguoi_nhan": took,
            "nhom": [{"ten": name, "dong": told} for name, told in lines.items()],
            "dong_y": self._agreed(tip),
            "tep": [self._original(one) for one in contents.originals if one.tip == tip.code],
            "nguoi": list(self._tellers(tip)),
        }
        return {**self._letterhead(contents), "tin": told}

    def _letterhead(self, contents: Contents) -> dict[str, Any]:
        at = contents.made_at.astimezone(self.zone)
        return {
            "co_quan_tren": self.say("letterhead.above"),
            "co_quan": self.say("letterhead.body", ward=self.ward),
            "phuong": self.say("letterhead.ward", ward=self.ward),
            "so_ky_hieu": self.say("letterhead.number"),
            "dia_danh": self.say("letterhead.place", ward=self.ward),
            "ngay_thang": self.say("letterhead.date", at=at),
            "ngay_lap": self.say("day", at=at),
            "ma_ho_so": contents.code,
            "luu_y": self.say("notice"),
        }

    def _lines(self, fields: Sequence[Field], name: str) -> dict[str, Any]:
        """A line a claim: what contradicts stands side by side, the field's name at the first."""
        lines = [
            {
                "nhan": one.label if number == 0 else "",
                "loi": self.shown(stated.words, stated.value),
                "nguon": self._by(stated),
            }
            for one in fields
            for number, stated in enumerate(one.stated)
        ]
        return {"ten": name, "dong": lines}

    def _by(self, stated: Stated) -> str:
        return self.say(
            "word.stated_by",
            who=stated.said_by or self.say("nobody"),
            source=self.word("source", stated.source),
            sureness=self.word("sureness", stated.sureness),
            tip=self.code(stated.tip),
        )

    def _value(self, one: Field) -> str:
        """What staff chose; else all that is stated, side by side."""
        if one.chosen:
            return one.chosen.words
        return " / ".join(dict.fromkeys(self.shown(stated.words, stated.value) for stated in one.stated))

    def _chosen(self, one: Field) -> Iterator[str]:
        if chosen := one.chosen:
            told = {"words": chosen.words, "by": chosen.by, "at": self.moment(chosen.at), "reason": chosen.reason}
            yield self.say("word.chosen", label=one.label, **told)

    def _tellers(self, tip: Told) -> Iterator[str]:
        for person in tip.people:
            about = {key: getattr(person, key) for key in ("born", "phone", "address", "relation")}
            name = person.name or self.say("nobody")
            yield self.say(
                "word.teller", role=self.word("role", person.role), name=name, tip=self.code(tip.code), **about
            )

    def _agreed(self, tip: Told) -> list[str]:
        return [
            self.say(
                "word.agreed",
                whose=self.word("role", one.whose),
                given=one.given,
                at=self.moment(one.at),
                version=one.notice_version,
                said=one.said,
                withdrawn=self.moment(one.withdrawn_at) if one.withdrawn_at else "",
            )
            for one in tip.consents
        ]

    def _original(self, one: Original) -> str:
        name = one.name or self.say("word.no_file_name", id=one.id)
        gap = self.word("gap", one.gap) if one.gap else ""
        about = {"mime": one.mime, "size": one.size, "sha256": one.sha256, "tip": self.code(one.tip)}
        return self.say("word.original", name=name, gap=gap, **about)

    def _steps(self, contents: Contents) -> Iterator[str]:
        for one in contents.handovers:
            at, to = self.moment(one.sent_at), self.say("letterhead.to", to=one.to)
            state = self.word("handover", one.state)
            yield self.say("word.step", to=to, at=at, by=one.by, state=state, words=one.words)

    # Tables and text

    def gaps(self, contents: Contents) -> list[str]:
        return [
            self.say("manifest.gap", what=self.word("gap", one.what), about=one.about, detail=one.detail).lstrip("- ")
            for one in contents.gaps
        ]

    def heads(self) -> list[str]:
        return [self.say(f"sheet.{head}") for head in HEADS]

    def rows(self, contents: Contents) -> Iterator[list[Cell]]:
        """A row a claim, in the order of the fields; a field that nobody spoke of has one row without words."""
        for one in contents.fields:
            chosen = [one.chosen.words, one.chosen.reason] if one.chosen else ["", ""]
            for stated in one.stated:
                yield [one.group, one.label, *self._row(stated), *chosen]
            if not one.stated:
                yield [one.group, one.label, "", "", "", "", "", None, *chosen]

    def _row(self, stated: Stated) -> list[Cell]:
        told = stated.told_at.astimezone(self.zone).replace(tzinfo=None) if stated.told_at else None
        known = [self.word("source", stated.source), self.word("sureness", stated.sureness)]
        return [self.shown(stated.words, stated.value), stated.said_by, *known, self.code(stated.tip), told]

    def custody(self, contents: Contents) -> Iterator[list[Cell]]:
        for held in contents.custody:
            at = held.at.astimezone(self.zone).replace(tzinfo=None)
            yield [at, self.word("custody", held.what), held.about, held.who]

    def note(self, contents: Contents, rows: int) -> list[tuple[str, Cell]]:
        """What stands on the sheet about the file itself."""
        return [
            (self.say("note.what"), self.say("note.file", code=contents.code)),
            (self.say("note.rows"), rows),
            (self.say("note.made"), self.moment(contents.made_at)),
            (self.say("note.by"), contents.made_by),
            (self.say("note.meaning"), self.say("notice")),
        ]

    def read_me(self, contents: Contents) -> str:
        """The text beside the manifest, for who opens the package."""
        gaps = [f"- {line}" for line in self.gaps(contents)]
        head = self.say("manifest.gaps", number=len(gaps)) if gaps else self.say("manifest.no_gaps")
        return "\r\n".join(
            [
                self.say("manifest.title", code=contents.code),
                self.say("manifest.made", at=self.moment(contents.made_at), by=contents.made_by),
                self.say("manifest.counts", **contents.counts),
                self.say("notice"),
                "",
                head,
                *gaps,
                "",
                self.say("manifest.folders"),
                self.say("manifest.check"),
                self.say("manifest.password"),
                "",
            ]
        )
