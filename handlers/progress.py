"""«Tiến độ»: where the Campaign stands today, and its targets, from the register of figures."""

from bot.messages import Outgoing
from bot.posts.campaign import campaign_of
from bot.posts.figures import Shown, as_of_text, newest, register, target_text
from bot.router import Answer, Router, Turn, command

rules = Router()


@rules.on(command("tiendo", "tiến độ", "tiến độ chiến dịch"))
async def progress(turn: Turn) -> Answer:
    campaign, texts = campaign_of(turn.config), turn.library.texts
    facts = register(turn.library, await newest(turn.db))
    left = campaign.left(turn.today)
    lines = [turn.text("progress.day", day=campaign.day(turn.today), total=campaign.total, left=left)]
    for fact in facts.values():
        if fact.target:
            clause = target_text(facts, fact.id, turn.today, texts)
            source = turn.text("progress.source", as_of=as_of_text(fact.as_of), source=fact.source)
            lines.append(turn.text("progress.target", label=fact.label, goal=Shown(fact, texts), clause=clause))
            lines.append(source)
    return Outgoing("\n\n".join(dict.fromkeys(lines)))
