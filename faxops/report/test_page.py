"""The page that `faxops test --to` sends: one sheet by which a person can judge the line.

It is drawn in black and white at the resolution of a fax (ITU-T T.4: 1728 points a line, 196 lines
an inch), so that nothing between here and the line has to guess at greys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from math import cos, pi, sin
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1728
HEIGHT: Final = 2156
WIDTH_INCHES: Final = 8.5
HEIGHT_INCHES: Final = 11.0

_X: Final = WIDTH / WIDTH_INCHES
_Y: Final = HEIGHT / HEIGHT_INCHES
_POINTS_AN_INCH: Final = 72
_BLACK: Final = 0
_WHITE: Final = 255

_LEFT: Final = 0.75
_RIGHT: Final = WIDTH_INCHES - 0.75
_CUTS: Final = (0.1, 0.2, 0.3, 0.4)
"""How far from the edge the corner marks stand, in inches."""

_LINE_WIDTHS: Final = (1, 2, 3, 4)
_GREYS: Final = tuple(range(0, 101, 10))
_TEXT_SIZES: Final = (6, 7, 8, 9, 10, 12, 14)
_CAPTION: Final = 10
"""In points: a smaller letter has strokes of one point of the fax, half of which may be lost."""
_SPOKES: Final = 36
_SAMPLE: Final = "Sphinx of black quartz, judge my vow.  0O 1Il 2Z 5S 6G 8B  0123456789"

# The order in which the points of a cell turn black: a dot that grows from the middle, in two
# cells side by side that are shifted by half. Single points would not survive a coarse line.
_CELL: Final = (
    (24, 10, 12, 26, 35, 47, 49, 37),
    (8, 0, 2, 14, 45, 59, 61, 51),
    (22, 6, 4, 16, 43, 57, 63, 53),
    (30, 20, 18, 28, 33, 41, 55, 39),
    (34, 46, 48, 36, 25, 11, 13, 27),
    (44, 58, 60, 50, 9, 1, 3, 15),
    (42, 56, 62, 52, 23, 7, 5, 17),
    (32, 40, 54, 38, 31, 21, 19, 29),
)


@dataclass(frozen=True, slots=True)
class FaxTestPage:
    """What the page says of itself. `sent_at` is aware; `reference` finds the fax again."""

    key: str
    stack: str
    sender: str
    recipient: str
    sent_at: datetime
    reference: str


def page_pdf(page: FaxTestPage) -> bytes:
    """The page as a PDF of one sheet, US letter, some 30 kB; the same bytes for the same page."""
    stamp = page.sent_at.astimezone(UTC).timetuple()
    file = BytesIO()
    page_image(page).save(
        file,
        "PDF",
        dpi=(_X, _Y),
        title=f"faxops test page: {page.key}",
        producer="faxops",
        creationDate=stamp,
        modDate=stamp,
    )
    return file.getvalue()


def page_image(page: FaxTestPage) -> Image.Image:
    """The page point by point, black and white."""
    image = Image.new("L", (WIDTH, HEIGHT), _WHITE)
    sheet = _Sheet(ImageDraw.Draw(image))
    _edges(sheet)
    _heading(sheet, page)
    _lines(sheet)
    _star(sheet)
    _wedge(sheet)
    _texts(sheet)
    _footing(sheet)
    return image.convert("1", dither=Image.Dither.NONE)


class _Sheet:
    """Draws in inches from the upper left corner; widths of lines are in points of the fax."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw
        # Without it, the edges of letters are grey, and what becomes of grey is left to chance.
        self.draw.fontmode = "1"

    def text(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        anchor: str = "ls",
        *,
        bold: bool = False,
    ) -> None:
        """`text` with its baseline at `y`."""
        at = (round(x * _X), round(y * _Y))
        stroke = 1 if bold else 0
        self.draw.text(at, text, _BLACK, _font(points), anchor, stroke_width=stroke)

    def box(self, x: float, y: float, right: float, bottom: float, *, width: int = 0) -> None:
        """A frame, or a black area if `width` is 0."""
        corners = (round(x * _X), round(y * _Y), round(right * _X) - 1, round(bottom * _Y) - 1)
        if width:
            self.draw.rectangle(corners, outline=_BLACK, width=width)
        else:
            self.draw.rectangle(corners, fill=_BLACK)

    def rule(self, y: float, width: int = 2) -> None:
        """A line over the whole width of the text."""
        top = round(y * _Y)
        self.draw.rectangle((round(_LEFT * _X), top, round(_RIGHT * _X), top + width - 1), _BLACK)

    def title(self, y: float, title: str, advice: str) -> None:
        """The head of a part, and how to judge it."""
        self.rule(y)
        self.text(_LEFT, y + 0.24, title, 12, bold=True)
        self.text(_RIGHT, y + 0.24, advice, _CAPTION, "rs")


@cache
def _font(points: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(points * _Y / _POINTS_AN_INCH)


def _edges(sheet: _Sheet) -> None:
    for inch in _CUTS:
        arm = 0.85 - inch
        for x, inward in ((inch, 1), (WIDTH_INCHES - inch, -1)):
            for y, down in ((inch, 1), (HEIGHT_INCHES - inch, -1)):
                sheet.box(*_sorted(x, x + inward * arm, y, y + down * 2 / _Y))
                sheet.box(*_sorted(x, x + inward * 2 / _X, y, y + down * arm))
    sheet.box(0.5, 0.5, WIDTH_INCHES - 0.5, HEIGHT_INCHES - 0.5, width=3)
    for y in (0.42, HEIGHT_INCHES - 0.32):
        text = "corner marks 0.1, 0.2, 0.3 and 0.4 in from the edge: a missing one was cut off"
        sheet.text(WIDTH_INCHES / 2, y, text, _CAPTION, "ms")


def _sorted(
    x: float, other_x: float, y: float, other_y: float
) -> tuple[float, float, float, float]:
    left, right = sorted((x, other_x))
    top, bottom = sorted((y, other_y))
    return left, top, right, bottom


def _heading(sheet: _Sheet, page: FaxTestPage) -> None:
    sheet.text(_LEFT, 1.12, "Fax test page", 30, bold=True)
    sheet.text(_RIGHT, 1.12, "Nothing to do: this is a test.", 12, "rs")
    rows = (
        ("application", page.key),
        ("stack", page.stack),
        ("from / to", f"{page.sender}  /  {page.recipient}"),
        ("time (UTC)", page.sent_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")),
        ("reference", page.reference),
    )
    for number, (name, value) in enumerate(rows):
        y = 1.5 + number * 0.25
        sheet.text(_LEFT, y, name, 12)
        _fitted(sheet, 2.0, y, value)


def _fitted(sheet: _Sheet, x: float, y: float, text: str) -> None:
    """The text as large as its line lets it be."""
    room = (_RIGHT - x) * _X
    points = next((p for p in (14, 12, 10, 8) if _font(p).getlength(text) < room), 6)
    sheet.text(x, y, text, points, bold=True)


def _lines(sheet: _Sheet) -> None:
    top = 2.75
    sheet.title(top, "Lines", "flat 1 all black or all white: standard resolution; else fine")
    side, gap = 0.72, 0.22
    for row, upright in enumerate((True, False)):
        y = top + 0.42 + row * (side + 0.38)
        for column, points in enumerate(_LINE_WIDTHS):
            x = _LEFT + column * (side + gap)
            _grating(sheet, x, y, side, points, upright=upright)
            way = "upright" if upright else "flat"
            sheet.text(x + side / 2, y + side + 0.18, f"{way} {points}", _CAPTION, "ms")


def _grating(sheet: _Sheet, x: float, y: float, side: float, points: int, *, upright: bool) -> None:
    left, top = round(x * _X), round(y * _Y)
    right, bottom = left + round(side * _X), top + round(side * _Y)
    if upright:
        for at in range(left, right, 2 * points):
            sheet.draw.rectangle((at, top, at + points - 1, bottom), _BLACK)
    else:
        for at in range(top, bottom, 2 * points):
            sheet.draw.rectangle((left, at, right, at + points - 1), _BLACK)


def _star(sheet: _Sheet) -> None:
    x, y, radius = 6.1, 4.22, 0.9
    step = pi / _SPOKES
    for spoke in range(_SPOKES):
        corners = [(x, y), *_around(x, y, radius, (2 * spoke * step, (2 * spoke + 1) * step))]
        sheet.draw.polygon([(round(a * _X), round(b * _Y)) for a, b in corners], _BLACK)
    ring = (x - 1.0, y - 1.0, x + 1.0, y + 1.0)
    sheet.draw.ellipse([round(v * (_X, _Y)[i % 2]) for i, v in enumerate(ring)], None, _BLACK, 4)


def _around(
    x: float, y: float, radius: float, angles: Iterable[float]
) -> Iterable[tuple[float, float]]:
    return ((x + radius * cos(angle), y + radius * sin(angle)) for angle in angles)


def _wedge(sheet: _Sheet) -> None:
    top = 5.5
    sheet.title(top, "Grey", "each step should differ from the next")
    width = (_RIGHT - _LEFT) / len(_GREYS)
    for column, percent in enumerate(_GREYS):
        x = _LEFT + column * width
        _tint(sheet, (x, top + 0.4, x + width, top + 1.15), percent)
        sheet.text(x + width / 2, top + 1.34, f"{percent} %", _CAPTION, "ms")
    sheet.box(_LEFT, top + 0.4, _RIGHT, top + 1.15, width=2)


def _tint(sheet: _Sheet, area: tuple[float, float, float, float], percent: int) -> None:
    x, y, right, bottom = area
    black = [
        (a, b)
        for b in range(round(y * _Y), round(bottom * _Y))
        for a in range(round(x * _X), round(right * _X))
        if _CELL[b % len(_CELL)][a % len(_CELL)] * 100 < percent * 64
    ]
    sheet.draw.point(black, _BLACK)


def _texts(sheet: _Sheet) -> None:
    top = 7.1
    sheet.title(top, "Text", "the smallest size that is easy to read is what this line can carry")
    y = top + 0.3
    for points in _TEXT_SIZES:
        y += 0.06 + points * 1.4 / _POINTS_AN_INCH
        sheet.text(_LEFT, y, f"{points} pt", points)
        sheet.text(_LEFT + 0.6, y, _SAMPLE, points)
    sheet.box(_LEFT, y + 0.15, _RIGHT, y + 0.45)
    middle = (round((_LEFT + _RIGHT) / 2 * _X), round((y + 0.3) * _Y))
    sheet.draw.text(middle, _SAMPLE, _WHITE, _font(_CAPTION), "mm")


def _footing(sheet: _Sheet) -> None:
    lines = (
        "This page was sent to see that faxes arrive, and how well. Nothing depends on it: you may",
        "throw it away. If you did not expect it, its sender is at the number after 'from' above.",
    )
    sheet.rule(9.75)
    for number, line in enumerate(lines):
        sheet.text(_LEFT, 10.0 + number * 0.2, line, _CAPTION)
