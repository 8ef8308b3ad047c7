"""The polls of the Telegram stand-in: sent by the bot, answered once by each person, stopped; counts only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standins.telegram_shapes import Refusal


@dataclass
class Poll:
    """An anonymous quiz in one chat. Nobody can take an answer back."""

    id: str
    chat: int
    message: int
    given: Mapping[str, Any]
    voters: dict[int, int] = field(default_factory=dict)
    """person -> option; the bot never sees it"""
    closed: bool = False

    @property
    def shape(self) -> dict[str, Any]:
        options = [one["text"] for one in self.given["options"]]
        chosen = list(self.voters.values())
        return {
            "id": self.id,
            "question": self.given["question"],
            "options": [
                {"persistent_id": str(number), "text": text, "voter_count": chosen.count(number)}
                for number, text in enumerate(options)
            ],
            "total_voter_count": len(chosen),
            "is_closed": self.closed,
            "is_anonymous": self.given.get("is_anonymous", True),
            "type": self.given.get("type", "regular"),
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
            "correct_option_ids": self.given.get("correct_option_ids", []),
        }

    def answer(self, person: int, option: int) -> None:
        if self.closed or person in self.voters:
            raise LookupError("this poll takes no answer from this person")
        self.voters[person] = option


def of(polls: list[Poll], chat: int, message: int | None = None) -> Poll:
    """The newest poll of `chat`, or the one in that message."""
    found = [poll for poll in polls if poll.chat == chat and message in (None, poll.message)]
    if not found:
        raise Refusal(400, "Bad Request: message with poll to stop not found")
    return found[-1]


def stop(polls: list[Poll], chat: int, message: int) -> Poll:
    poll = of(polls, chat, message)
    if poll.closed:
        raise Refusal(400, "Bad Request: poll has already been closed")
    poll.closed = True
    return poll
