"""The guard over what is said to people: nothing tells a family, or lets it think, whose remains were found.

tests/test_identity_guard.py walks every text and template with it; what staff type is held to it until two people have
released a concluded case.
"""

import re
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases
from bot.messages import fold
from bot.models import Tip

SAYS_WHOSE = re.compile(
    r"""
    \b(day|do|kia)\ (chinh\ )?la\ (mo\ cua|phan\ mo|ngoi\ mo|hai\ cot|liet\ si|nguoi\ than|than\ nhan)\b
  | \bla\ (nguoi\ than|than\ nhan|nguoi\ nha|cha|bo|me|anh|em|chong|con)\ (cua\ )?(bac|ong\ ba|gia\ dinh)\b
  | \bhai\ cot\ (nay\ )?(chinh\ )?(la|cua)\ (liet\ si\ {|anh|ong|bac|nguoi\ than|than\ nhan)
  | \bda\ tim\ (thay|duoc)\ (nguoi\ than|than\ nhan|anh|ong|liet\ si|phan\ mo\ cua|mo\ cua|hai\ cot\ cua)
  | \b(tim|xac\ dinh)\ (thay|duoc|ra)\ (hai\ cot|phan\ mo|ngoi\ mo|mo)\ (cua\ )?
    (liet\ si|anh|ong|bac|chu|cau|chong|con)\ (?!nao|o|tai|va|thi|can|phai|hay|trong)
  | \b(trung\ khop|khop)\ voi\ (liet\ si|nguoi\ than|than\ nhan)
  | \bnguoi\ than\ cua\ bac\ (da|duoc|nam|o)\b
  | \bchuc\ mung\ gia\ dinh\b
    """,
    re.VERBOSE,
)


def says_whose(words: str) -> Sequence[str]:
    """The parts of `words`, folded, that say whose remains they are; «{{ name }}» of a template is a name to be."""
    parts = ("{" if part.startswith("{{") else fold(part) for part in re.split(r"({{.*?}})", words))
    return [found[0] for found in SAYS_WHOSE.finditer(re.sub(r"\s+", " ", " ".join(parts)))]


async def may_be_said(db: AsyncSession, tip: Tip, words: str) -> bool:
    """Whether `words` may go to who told of `tip`; what says whose remains they are waits for the release of a case."""
    if not says_whose(words):
        return True
    return any(cases.identity_released(case) for case in await cases.cases_of(db, tip))
