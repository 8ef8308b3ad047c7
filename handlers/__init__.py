"""What the bot answers, one module a subject; `rules` puts them in the order of precedence."""

from bot.router import Router
from handlers import duty, forwarding, groups, progress, questions, quiz, replies, rights, rumours, tips, welcome

rules = Router(
    [
        groups.rules,
        replies.rules,
        rights.rules,
        forwarding.rules,
        duty.rules,
        rumours.rules,
        quiz.rules,
        tips.rules,
        quiz.numbers,
        progress.rules,
        welcome.rules,
        questions.rules,
    ]
)
