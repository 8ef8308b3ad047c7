"""What the bot answers, one module a subject; `rules` puts them in the order of precedence."""

from bot.router import Router
from handlers import (
    afterwards,
    contacting,
    duty,
    emergencies,
    forwarding,
    groups,
    progress,
    questions,
    quiz,
    replies,
    rights,
    rumours,
    tips,
    welcome,
)
from handlers.hearing import heard

rules = Router(
    [
        emergencies.rules,
        groups.rules,
        replies.rules,
        rights.rules,
        forwarding.rules,
        duty.rules,
        rumours.rules,
        quiz.rules,
        afterwards.rules,
        tips.rules,
        contacting.rules,
        quiz.numbers,
        progress.rules,
        welcome.rules,
        questions.rules,
    ],
    listen=heard,
    last=emergencies.cautioned,
)
