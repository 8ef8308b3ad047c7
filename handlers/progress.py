"""«Tiến độ»: where the Campaign stands today, and its targets, from the register of figures."""

from bot.messages import Outgoing
from bot.posts.campaign import campaign_of
from bot.posts.figures import Shown, newest, register, target_text
from bot.router import Answer, Router, Turn, command

rules = Router()


@rules.on(command("tiendo"))
async def progress(turn: Turn) -> Answer:
    campaign, texts = campaign_of(turn.config), turn.library.texts
    facts = register(turn.library, await newest(turn.db))
    left = campaign.left(turn.today)
    lines = [turn.text("progress.day", day=campaign.day(turn.today), total=campaign.total, left=left)]
    targets = [fact for fact in facts.values() if fact.target]
    for fact in targets:
        clause = target_text(facts, fact.id, turn.today, texts)
        lines.append(turn.text("progress.target", label=fact.label, goal=Shown(fact, texts), clause=clause))
    sources = dict.fromkeys(turn.text("progress.source", source=fact.source) for fact in targets)
    return Outgoing("\n\n".join([*lines, *sources]))
