"""The test page, point by point: what a coarse line leaves of it must still tell something."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pypdf
import pytest
from PIL import Image, ImageChops

from faxops.report.test_page import (
    HEIGHT,
    WIDTH,
    FaxTestPage,
    page_image,
    page_pdf,
)

PAGE = FaxTestPage(
    key="intake",
    stack="clinic-prod",
    sender="+13125790015",
    recipient="+13127367276",
    sent_at=datetime(2026, 11, 25, 2, 20, 11, tzinfo=UTC),
    reference="3f2a9c1e-8d14-4f0b-9a6e-5b7d2c1e0f42",
)
X, Y = WIDTH / 8.5, HEIGHT / 11


@pytest.fixture(scope="module")
def image() -> Image.Image:
    return page_image(PAGE)


@pytest.fixture(scope="module")
def coarse(image: Image.Image) -> Image.Image:
    """What a line of standard resolution carries: every second line of points."""
    whole: Any = image  # whose `resize` also takes arrays of a library that is not here
    return whole.resize((WIDTH, HEIGHT // 2), Image.Resampling.NEAREST)


def area(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A part of the page, given in inches; `image` may have fewer lines."""
    lines = image.height / 11
    return image.crop(
        (round(left * X), round(top * lines), round(right * X), round(bottom * lines))
    )


def blackness(image: Image.Image) -> float:
    """The share of black points."""
    white = image.convert("L").histogram()[255]
    return 1 - white / (image.width * image.height)


def test_the_page_is_black_and_white_in_the_resolution_of_a_fax(image: Image.Image) -> None:
    assert (image.mode, image.size) == ("1", (1728, 2156))


def test_the_pdf_is_one_sheet_of_us_letter_in_few_bytes() -> None:
    pdf = page_pdf(PAGE)
    (sheet,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (612, 792)
    assert len(pdf) < 100_000


def test_the_pdf_holds_the_picture_unchanged(image: Image.Image) -> None:
    (sheet,) = pypdf.PdfReader(io.BytesIO(page_pdf(PAGE))).pages
    (inside,) = sheet.images
    shown = Image.open(io.BytesIO(inside.data)).convert("L")
    assert ImageChops.difference(shown, image.convert("L")).getbbox() is None


def test_the_same_page_is_the_same_bytes() -> None:
    elsewhere = PAGE.sent_at.astimezone(timezone(timedelta(hours=-6)))
    assert page_pdf(PAGE) == page_pdf(replace(PAGE, sent_at=elsewhere))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(PAGE, key="billing"), id="key"),
        pytest.param(replace(PAGE, stack="clinic-test"), id="stack"),
        pytest.param(replace(PAGE, sender="+13125790016"), id="from"),
        pytest.param(replace(PAGE, recipient="+13127367277"), id="to"),
        pytest.param(replace(PAGE, sent_at=PAGE.sent_at + timedelta(seconds=1)), id="time"),
        pytest.param(replace(PAGE, reference="3f2a9c1e-0000-4f0b"), id="reference"),
    ],
)
def test_the_heading_says_which_fax_it_is(image: Image.Image, other: FaxTestPage) -> None:
    box = ImageChops.difference(image.convert("L"), page_image(other).convert("L")).getbbox()
    assert box is not None
    assert box[1] > 1.2 * Y
    assert box[3] < 2.7 * Y


def test_the_longest_names_stay_within_the_frame() -> None:
    image = page_image(replace(PAGE, key="w" * 63, stack="m" * 31))
    assert blackness(area(image, 2.0, 1.3, 7.75, 1.55)) > 0.05
    assert blackness(area(image, 7.76, 1.2, 7.98, 2.7)) == 0


@pytest.mark.parametrize("inch", [0.1, 0.2, 0.3, 0.4])
def test_each_corner_has_its_marks(image: Image.Image, inch: float) -> None:
    middle = inch + 0.2
    corners = [
        (inch + 1 / X, middle),
        (middle, inch + 1 / Y),
        (8.5 - inch - 1 / X, middle),
        (middle, 11 - inch - 1 / Y),
    ]
    assert [image.getpixel((int(x * X), int(y * Y))) for x, y in corners] == [0, 0, 0, 0]


def test_only_standard_resolution_loses_the_finest_flat_lines(
    image: Image.Image, coarse: Image.Image
) -> None:
    finest = (0.76, 4.28, 1.46, 4.97)
    assert blackness(area(image, *finest)) == pytest.approx(0.5, abs=0.02)
    assert blackness(area(coarse, *finest)) in {0, 1}
    for column in range(1, 4):
        left = 0.76 + column * 0.94
        lines = area(coarse, left, 4.28, left + 0.7, 4.97)
        assert blackness(lines) == pytest.approx(0.5, abs=0.2)


def test_upright_lines_are_the_same_in_either_resolution(coarse: Image.Image) -> None:
    for column in range(4):
        left = 0.77 + column * 0.94
        assert blackness(area(coarse, left, 3.2, left + 0.68, 3.8)) == pytest.approx(0.5, abs=0.06)


def test_each_grey_is_darker_than_the_last_even_in_standard_resolution(
    coarse: Image.Image,
) -> None:
    steps = [
        blackness(area(coarse, left + 0.05, 5.95, left + 0.58, 6.6))
        for left in (0.75 + step * 7 / 11 for step in range(11))
    ]
    assert (steps[0], steps[-1]) == (0, 1)
    assert all(darker - lighter > 0.04 for lighter, darker in pairwise(steps))
