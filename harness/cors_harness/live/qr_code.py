"""qr_code_svg(), qr_code_text(): an address as a QR code, for a page and for a terminal."""

import io

import segno

LEVEL = "m"  # read off a screen, where little of it is hidden


def qr_code_svg(address: str) -> str:
    """An `svg` element, dark on nothing: what is below it has to be light."""
    code = segno.make_qr(address, error=LEVEL)
    return code.svg_inline(scale=4, border=4, svgid="qr-code", svgclass=None, lineclass=None)


def qr_code_text(address: str) -> str:
    """Lines of block characters, light where the code is light, for a dark terminal.

    Most phones read the code on a light one too, where it is inverted.
    """
    text = io.StringIO()
    segno.make_qr(address, error=LEVEL).terminal(text, border=2, compact=True)
    return text.getvalue().rstrip("\n")
