"""What the bot answers, one module a subject; `rules` puts them in the order of precedence."""

from bot.router import Router
from handlers import duty, forwarding, groups, progress, questions, replies, rights, rumours, tips, welcome

rules = Router(
    [
        groups.rules,
        replies.rules,
        rights.rules,
        forwarding.rules,
        duty.rules,
        rumours.rules,
        tips.rules,
        progress.rules,
        welcome.rules,
        questions.rules,
    ]
)
