"""A line chart of what was entered for a figure, as points for an SVG. The same is in the table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.models import Figure

WIDTH, HEIGHT = 420, 200
LEFT, RIGHT, TOP, BOTTOM = 12, 12, 26, 30
"""room for the letters around the plot"""


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    figure: Figure


@dataclass(frozen=True, slots=True)
class Chart:
    """In units of the SVG's own box. `goal_y` None: there is no goal."""

    points: tuple[Point, ...]
    goal_y: float | None
    floor_y: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def line(self) -> str:
        """The attribute `points` of a polyline."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def chart(figures: Sequence[Figure], goal: float | None) -> Chart | None:
    """From 0 up to the greatest value or the goal, by the day of each; None for fewer than two days."""
    last_of_day = {one.as_of: one for one in sorted(figures, key=lambda one: (one.as_of, one.id))}
    if len(last_of_day) < 2:
        return None
    days = list(last_of_day)
    length = (days[-1] - days[0]).days
    top = max([goal or 0, *(one.value for one in last_of_day.values())]) or 1

    def y(value: float) -> float:
        return round(TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM), 1)

    def x(number: int) -> float:
        return round(LEFT + number / length * (WIDTH - LEFT - RIGHT), 1)

    points = tuple(Point(x((day - days[0]).days), y(one.value), one) for day, one in last_of_day.items())
    return Chart(points, y(goal) if goal else None, y(0))
