"""«Dữ liệu của tôi»: what is kept of a person, shown word for word, and the way to take consent back."""

from bot.cases import tips
from bot.cases.receipts import spoken
from bot.messages import Choice, Outgoing
from bot.models import Tip, TipState
from bot.router import Answer, Router, Turn, command, in_group, in_private

rules = Router()
is_mine = command("dulieu")


@rules.on(lambda turn: in_group(turn) and is_mine(turn))
async def in_private_please(turn: Turn) -> Answer:
    return Outgoing(turn.text("privacy.in_group"))


@rules.on(lambda turn: in_private(turn) and is_mine(turn))
async def mine(turn: Turn) -> Answer:
    told = await tips.of_chat(turn.db, turn.chat)
    if not told:
        return Outgoing(turn.text("privacy.nothing"))
    withdrawable = [tip for tip in told if tip.state != TipState.WITHDRAWN]
    choices = tuple(
        Choice(turn.text("privacy.withdraw", name=_name(turn, tip)), f"wd:{tip.id}") for tip in withdrawable
    )
    return Outgoing("\n\n".join([turn.text("privacy.kept"), *(_told(turn, tip) for tip in told)]), choices=choices)


def _name(turn: Turn, tip: Tip) -> str:
    return spoken(tip.code) if tip.code else turn.text("privacy.unfinished")


def _told(turn: Turn, tip: Tip) -> str:
    lines = [turn.text("privacy.tip", name=_name(turn, tip), status=turn.text(f"tips.status.{tip.state}"))]
    form = turn.library.forms["tip"]
    for one in tips.live(tip):
        ask = form.ask(one.field)
        label = ask.label if ask else turn.text("tips.add_label")
        said = tips.read_back(one) or turn.text("privacy.no_words", files=len(one.files))
        lines.append(turn.text("tips.summary_line", label=label, said=said))
    for one_consent in tip.consents:
        at = one_consent.at.astimezone(turn.config.service.zone)
        lines.append(turn.text("privacy.consent", at=at, version=one_consent.notice_version))
    return "\n".join(lines)


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith("wd:"))
async def sure(turn: Turn) -> Answer:
    """Asked once more, for a slip of the finger."""
    number = (turn.said.choice or "").removeprefix("wd:")
    yes = Choice(turn.text("privacy.sure_yes"), f"wdyes:{number}")
    return Outgoing(turn.text("privacy.sure"), choices=(yes, Choice(turn.text("privacy.sure_no"), "tincuatoi")))


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith("wdyes:"))
async def withdraw(turn: Turn) -> Answer:
    number = (turn.said.choice or "").removeprefix("wdyes:")
    mine = {str(tip.id): tip for tip in await tips.of_chat(turn.db, turn.chat)}
    if number not in mine:
        return Outgoing(turn.text("privacy.nothing"))
    await tips.withdraw(turn.db, mine[number], turn.now)
    return Outgoing(turn.text("privacy.withdrawn"))
