"""Draws the figures as SVG, by hand: bars of each page beside its goal, lines of growth.

Light background, words as text; each picture has a title that a screen reader says.
"""

from collections.abc import Mapping, Sequence
from html import escape

FONT = 'font-family="system-ui, sans-serif" font-size="13" fill="#1f2a37"'
BLUE, ORANGE, GREY, RED = "#1f5fa8", "#b45309", "#d5dbe3", "#b91c1c"
COLOURS = (BLUE, ORANGE, "#15803d", "#7c3aed", "#0e7490", "#be185d", "#4d7c0f", "#475569")
LEFT, ROW, WIDTH = 240, 28, 760


def picture(title: str, height: int, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title"',
            f'viewBox="0 0 {WIDTH} {height}" {FONT}>',
            f'<title id="title">{escape(title)}</title>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="16" y="24" font-weight="600" font-size="15">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def bars(title: str, rows: Sequence[tuple[str, float, float]]) -> str:
    """A bar for each: its name, its figure, and the line of the most that it may be."""
    most = max([*(value for _name, value, _goal in rows), *(goal for *_one, goal in rows), 0.1])
    scale = (WIDTH - LEFT - 70) / most
    parts = []
    for nth, (name, value, goal) in enumerate(rows):
        top, end = 44 + nth * ROW, LEFT + value * scale
        at_goal = LEFT + goal * scale
        colour = BLUE if round(value, 2) <= goal else ORANGE
        parts += [
            f'<text x="{LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{value * scale:.1f}" height="18" fill="{colour}"/>',
            f'<path d="M{at_goal:.1f} {top - 4}v26" stroke="{RED}" stroke-width="2"/>',
            f'<text x="{max(end, at_goal) + 6:.1f}" y="{top + 14}">{value:.2f}</text>',
        ]
    below = 44 + len(rows) * ROW + 18
    parts.append(
        f'<text x="{LEFT}" y="{below}">times the floor’s processor time; the red line is the'
        " goal</text>"
    )
    return picture(title, below + 14, parts)


def lines(title: str, steps: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """A line for each name over the same steps, from 0 up."""
    most = max([*(value for values in series.values() for value in values), 0.1]) * 1.05
    left, right, top, bottom = 56, 420, 48, 340
    across = (right - left) / max(len(steps) - 1, 1)
    parts = []
    for nth, step in enumerate(steps):
        x = left + nth * across
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{GREY}"/>',
            f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{escape(step)}</text>',
        ]
    for part in range(5):
        y = bottom - part / 4 * (bottom - top)
        parts += [
            f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}"/>',
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{most * part / 4:.1f}</text>',
        ]
    ordered = sorted(series.items(), key=lambda item: -item[1][-1])
    for nth, (name, values) in enumerate(ordered):
        colour = COLOURS[nth % len(COLOURS)]
        points = " ".join(
            f"{left + n * across:.1f},{bottom - value / most * (bottom - top):.1f}"
            for n, value in enumerate(values)
        )
        y = top + 8 + nth * 22
        text = " → ".join(f"{value:.2f}" for value in values)
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<rect x="{right + 24}" y="{y - 10}" width="12" height="12" fill="{colour}"/>',
            f'<text x="{right + 42}" y="{y}">{escape(name)}: {text}</text>',
        ]
    height = max(bottom + 36, top + 20 + len(ordered) * 22)
    return picture(title, height, parts)
