"""A small line chart as SVG, both axes logarithmic: what a growth curve needs, without a plotting
library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 60, 44, 44
_COLOURS = ("#1f6feb", "#d1662a", "#3a7d44", "#8250a8")


@dataclass(frozen=True, slots=True)
class Line:
    """A named series: a value for each of the chart's places."""

    name: str
    values: Sequence[float]


def growth_chart(title: str, places: Sequence[int], lines: Sequence[Line], unit: str = "ms") -> str:
    """An SVG document: `places` (such as numbers of passages) across, the lines' values upwards."""
    values = [value for line in lines for value in line.values]
    low, high = 10 ** floor(log10(min(values))), 10 ** ceil(log10(max(values) * 1.0001))
    across = _scale(min(places), max(places), _LEFT, _WIDTH - _RIGHT)
    upwards = _scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="14">{escape(title)}</text>',
        *_grid(places, low, high, across, upwards, unit),
    ]
    for line, colour in zip(lines, _COLOURS * len(lines), strict=False):
        points = [
            (across(place), upwards(value))
            for place, value in zip(places, line.values, strict=True)
        ]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), value in zip(points, line.values, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            parts.append(
                f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle" fill="{colour}">{value:.1f}</text>'
            )
        x, y = points[-1]
        parts.append(
            f'<text x="{x + 18:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(line.name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _scale(low: float, high: float, begin: float, end: float) -> Callable[[float], float]:
    """A logarithmic scale from [low, high] to [begin, end]; the middle for a single place."""
    span = log10(high) - log10(low)
    return lambda value: (
        begin + (end - begin) * ((log10(value) - log10(low)) / span if span else 0.5)
    )


def _grid(
    places: Sequence[int],
    low: float,
    high: float,
    across: Callable[[float], float],
    upwards: Callable[[float], float],
    unit: str,
) -> Iterator[str]:
    """A line for each place and each power of ten, with its number."""
    for place in places:
        x = across(place)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="#555">{place:,}</text>'
    value = low
    while value <= high * 1.0001:
        y = upwards(value)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{value:g} {unit}</text>'
        value *= 10
