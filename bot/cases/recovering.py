"""Who has lost his receipt is known again by name, birth year and phone, against the sealed rows of people."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import fold
from bot.models import Person, Tip

AT_A_TIME = 300
"""rows opened in one go: opening a seal takes its time, and others wait meanwhile"""
LEAST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Claimed:
    """What he says of himself at the desk."""

    name: str
    born: str
    phone: str

    @property
    def enough(self) -> bool:
        """A name alone is many people's."""
        return len(fold(self.name).split()) > 1 and bool(_year(self.born) or len(_number(self.phone)) >= LEAST_DIGITS)

    def fits(self, name: str, born: str, phone: str) -> bool:
        """The name, and all that is known of birth year and phone, at least one of them."""
        known = [(_year(born), _year(self.born)), (_number(phone), _number(self.phone))]
        compared = [one == other for one, other in known if one and other]
        return fold(name) == fold(self.name) and bool(compared) and all(compared)


def _year(words: str) -> str:
    found = re.search(r"(?:18|19|20)\d\d", words)
    return found[0] if found else ""


def _number(words: str) -> str:
    """«+84 912.345.678» and «0912345678» are the same."""
    digits = re.sub(r"\D", "", words)
    return re.sub(r"^(?:0084|84(?=\d{9})|0)", "", digits)


async def tips_of(db: AsyncSession, claimed: Claimed, within: ColumnElement[bool]) -> Sequence[Tip]:
    """His tips, newest first, of those `within` that have a receipt."""
    people = select(Person.id, Person.tip_id, Person.name, Person.born, Person.phone).join(Tip)
    people = people.where(within, Tip.code.is_not(None), Person.name != "").order_by(Person.id).limit(AT_A_TIME)
    his, last = set[int](), 0
    while rows := (await db.execute(people.where(Person.id > last))).all():
        his |= {row.tip_id for row in rows if claimed.fits(row.name, row.born, row.phone)}
        last = rows[-1].id
        await asyncio.sleep(0)
    return (await db.scalars(select(Tip).where(Tip.id.in_(his)).order_by(Tip.id.desc()))).unique().all()
