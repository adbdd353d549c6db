"""printable(): text that does nothing to a terminal or to those who read it there."""


def printable(text: str) -> str:
    """`text` with escapes for what has no picture: controls, bidi, line breaks, half characters."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """The same of several lines, which stay lines; tabs stay, too."""
    if text.isprintable():
        return text
    return "".join(each if each in "\n\t" else _shown(each) for each in text)


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
