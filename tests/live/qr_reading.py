"""What a phone reads of a QR code: of an SVG element, and of lines of block characters."""

import re

import zxingcpp

SCALE = 4  # pixels for a module
DARK, LIGHT = 0, 255
_STROKES = re.compile(r"([Mmh])([-\d. ]+)")


def read_svg(svg: str) -> list[str]:
    """The texts of the code that an element of horizontal strokes draws."""
    width, path = re.search(r'width="(\d+)"', svg), re.search(r' d="([^"]*)"', svg)
    assert width is not None
    assert path is not None
    size = int(width[1]) // SCALE
    rows = [[LIGHT] * size for _ in range(size)]
    x = y = 0.0
    for command, given in _STROKES.findall(path[1]):
        numbers = [float(text) for text in re.findall(r"-?\d*\.?\d+", given)]
        if command == "h":
            rows[int(y)][int(x) : int(x + numbers[0])] = [DARK] * int(numbers[0])
            x += numbers[0]
        else:
            is_absolute = command == "M"
            x, y = numbers[0] + x * (not is_absolute), numbers[1] + y * (not is_absolute)
    return _read(rows)


def read_blocks(lines: list[str]) -> list[str]:
    """The texts of a code on a dark terminal."""
    rows = [
        [LIGHT if character in lit else DARK for character in line]
        for line in lines
        for lit in ("█▀", "█▄")
    ]
    return _read(rows)


def _read(rows: list[list[int]]) -> list[str]:
    pixels = bytes(v for row in rows for _ in range(SCALE) for v in row for _ in range(SCALE))
    shape = [len(rows) * SCALE, len(rows[0]) * SCALE]
    return [found.text for found in zxingcpp.read_barcodes(memoryview(pixels).cast("B", shape))]
