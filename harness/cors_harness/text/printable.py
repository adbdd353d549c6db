"""printable(): text that steers no terminal, whoever wrote it; printable_lines() of many."""


def printable(text: str) -> str:
    r"""`text` with escapes for what cannot be seen: control characters as `\x1b`, bidi as `\u202e`.

    https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """As `printable`, with the ends of lines, and with spaces for tabs."""
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))
