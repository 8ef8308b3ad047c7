"""What the bot answers, one module a subject; `rules` puts them in the order of precedence."""

from bot.router import Router
from handlers import duty, forwarding, groups, privacy, progress, questions, tips, welcome

rules = Router(
    [
        groups.rules,
        privacy.rules,
        forwarding.rules,
        duty.rules,
        tips.rules,
        progress.rules,
        welcome.rules,
        questions.rules,
    ]
)
