"""Text from the network without what could steer a terminal, a mail client or a reader's eye. Pure."""

import re

# Sequences that move a cursor, colour text, set a window's title (ECMA-48). What begins one does not stand within one: else
# each of many that never end would be looked for to the end of the text.
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]")
# Unicode's Bidi_Control: an override makes gpj.exe of exe.jpg, and isolation does not stop it inside its own element.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# C0, DEL, C1, and every kind of white space: U+2028/9, a line end to some parsers, among it.
_SPACE = re.compile("[\\s\x00-\x1f\x7f-\x9f]+")


def plain(text: str) -> str:
    """Make one harmless line of any text: no control characters, no escape sequences, no bidi controls, single spaces.

    A space at either end stays, so that pieces of a text can be cleaned one by one.
    """
    text = _BIDI.sub("", _ANSI.sub("", text))
    return _SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
