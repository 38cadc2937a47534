"""Charts over weeks as SVG to be put into a page: it brings the colours, as CSS classes `c1`, `c2`,
...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from cli.language import translated

_WIDTH, _HEIGHT = 760, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 14, 52
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values, one a week, None where there is none; `look` is its CSS class.

    `low` and `high` are the ends of the values' intervals, where they have some.
    """

    name: str
    look: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """What all charts have: a title, what is counted upwards and how it is written, and the weeks."""

    title: str
    axis: str
    written: Callable[[float], str]
    weeks: Sequence[str]
    series: Sequence[Series]
    top: float | None = None

    def lines(self) -> str:
        """A line a series, broken where there is no value, its intervals as a band."""
        values = [
            v
            for series in self.series
            for row in (series.values, series.high)
            for v in row
            if v is not None
        ]
        top, marks = _scale(self.top or max(values, default=0.0))
        bands = "".join(self._band(series, top) for series in self.series if series.low)
        drawn = bands + "".join(self._line(series, top) for series in self.series)
        return self._framed(drawn, top, marks)

    def bars(self) -> str:
        """A bar a week, the series one upon the other."""
        totals = [
            sum(series.values[n] or 0.0 for series in self.series) for n in range(len(self.weeks))
        ]
        top, marks = _scale(max(totals, default=0.0))
        wide = max(1.0, min(46.0, 0.72 * _PLOT_WIDTH / max(1, len(self.weeks))))
        drawn = []
        for number in range(len(self.weeks)):
            below = 0.0
            for series in self.series:
                if value := series.values[number] or 0.0:
                    y, tall = _y(below + value, top), value / top * _PLOT_HEIGHT
                    place = f'x="{self._x(number) - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"'
                    drawn.append(
                        f'<rect class="{series.look}" {place}>{self._tooltip(series, number, value)}</rect>'
                    )
                    below += value
        return self._framed("".join(drawn), top, marks)

    def _line(self, series: Series, top: float) -> str:
        drawn = []
        for run in _runs(series.values):
            points = " ".join(
                f"{self._x(n):.1f},{_y(series.values[n] or 0.0, top):.1f}" for n in run
            )
            drawn.append(f'<polyline class="{series.look} line" points="{points}"/>')
            for n in run:
                value = series.values[n] or 0.0
                place = f'cx="{self._x(n):.1f}" cy="{_y(value, top):.1f}" r="3"'
                drawn.append(
                    f'<circle class="{series.look}" {place}>{self._tooltip(series, n, value)}</circle>'
                )
        return "".join(drawn)

    def _band(self, series: Series, top: float) -> str:
        drawn = []
        for run in _runs(series.values):
            there = [f"{self._x(n):.1f},{_y(series.high[n] or 0.0, top):.1f}" for n in run]
            back = [f"{self._x(n):.1f},{_y(series.low[n] or 0.0, top):.1f}" for n in reversed(run)]
            if len(run) == 1:  # a week alone has no width
                drawn.append(
                    f'<polyline class="{series.look} whisker" points="{there[0]} {back[0]}"/>'
                )
            else:
                drawn.append(
                    f'<polygon class="{series.look} band" points="{" ".join([*there, *back])}"/>'
                )
        return "".join(drawn)

    def _tooltip(self, series: Series, number: int, value: float) -> str:
        between = ""
        if series.low:
            low, high = (self.written(row[number] or 0.0) for row in (series.low, series.high))
            between = " " + translated("({low} to {high})", low=low, high=high)
        shown = f"{self.written(value)}{between}"
        message = "{name}, week of {day}: {value}"
        tooltip = translated(message, name=series.name, day=self.weeks[number], value=shown)
        return f"<title>{escape(tooltip)}</title>"

    def _x(self, number: int) -> float:
        return _LEFT + (number + 0.5) * _PLOT_WIDTH / max(1, len(self.weeks))

    def _framed(self, drawn: str, top: float, marks: Sequence[float]) -> str:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        parts = [
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{escape(self.title)}</title>'
        ]
        for mark in marks:
            y = _y(mark, top)
            parts.append(
                f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            )
            parts.append(
                f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(self.written(mark))}</text>'
            )
        step = max(1, ceil(len(self.weeks) / _MOST_LABELS))
        for number in range(0, len(self.weeks), step):
            label = escape(self.weeks[number])
            parts.append(
                f'<text x="{self._x(number):.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
            )
        below = escape(translated("week beginning"))
        parts.append(
            f'<text class="axis" x="{_LEFT + _PLOT_WIDTH / 2}" y="{_HEIGHT - 8}">{below}</text>'
        )
        middle = _TOP + _PLOT_HEIGHT / 2
        parts.append(
            f'<text class="axis" x="14" y="{middle}" transform="rotate(-90 14 {middle})">{escape(self.axis)}</text>'
        )
        return "".join([*parts, drawn, "</svg>"])


def _y(value: float, top: float) -> float:
    return _TOP + (1.0 - min(1.0, value / top)) * _PLOT_HEIGHT


def _scale(most: float) -> tuple[float, list[float]]:
    """The top of an axis that begins at 0, and four to eight round values on it."""
    if most <= 0:
        return 1.0, [0.0, 1.0]
    size = 10.0 ** floor(log10(most))
    step = size * next(
        factor for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0) if most / (size * factor) <= 6
    )
    count = ceil(most / step - 1e-9)
    return step * count, [step * number for number in range(count + 1)]


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """The stretches of weeks that have values, each as the numbers of its weeks."""
    runs: list[list[int]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(number)
    return [run for run in runs if run]
