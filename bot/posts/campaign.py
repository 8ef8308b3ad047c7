"""Where the Campaign stands on a day: day N of 500, days left."""

from dataclasses import dataclass
from datetime import date

from bot.config import Config


@dataclass(frozen=True, slots=True)
class Campaign:
    start: date
    end: date

    @property
    def total(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    def day(self, on: date) -> int:
        """1 on the first day; never under 0 nor over the total."""
        return max(0, min((on - self.start).days + 1, self.total))

    def left(self, on: date) -> int:
        return max(0, (self.end - on).days)


def campaign_of(config: Config) -> Campaign:
    return Campaign(config.service.campaign_start, config.service.campaign_end)
