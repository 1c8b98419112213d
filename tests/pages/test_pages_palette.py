"""The palette of the payer's sheet: contrast by arithmetic, in the light and in the dark. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

from __future__ import annotations

import re

import pytest

from checkout.web import assets

SHEET = (assets.FOLDER / "payer.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "sheet", "tint")
NEWS = ("good", "wait", "bad", "over")


def colours(start: str) -> dict[str, str]:
    """The colours of the first rule whose selector is `start`."""
    rule = SHEET[SHEET.index(start) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", rule[: rule.index("}")]))


SCHEMES = {"light": colours(":root {"), "dark": colours(":root:not([data-theme=light]) {")}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_night_is_the_same_by_the_system_and_by_the_switch() -> None:
    """Two lists in the sheet, one palette; and it replaces every colour of the day."""
    assert SCHEMES["dark"] == colours(":root[data-theme=dark] {")
    assert SCHEMES["dark"].keys() == SCHEMES["light"].keys()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read(scheme: str) -> None:
    """4.5:1 for every colour that text has, on every ground that it stands on."""
    found = SCHEMES[scheme]
    pairs = [(text, ground) for text in ("ink", "soft", "main", "main-deep") for ground in GROUNDS]
    pairs += [(text, f"{news}-tint") for news in NEWS for text in (news, "ink", "main")]
    pairs += [("bad", ground) for ground in GROUNDS]
    assert not [pair for pair in pairs if contrast(found[pair[0]], found[pair[1]]) < 4.5]
    assert min(contrast("#fff", found[fill]) for fill in ("fill", "fill-deep")) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_controls_and_shapes_stand_out(scheme: str) -> None:
    """3:1 for borders, buttons and icons against what they stand on."""
    found = SCHEMES[scheme]
    pairs = [(shape, ground) for shape in ("line", "fill") for ground in ("paper", "sheet")]
    pairs += [(news, f"{news}-tint") for news in NEWS]
    assert not [pair for pair in pairs if contrast(found[pair[0]], found[pair[1]]) < 3]


def test_the_arithmetic_is_right() -> None:
    """Black on white is 21:1; a grey that fails is found out."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)
