"""Releases: what a desk prints when a story that it held may be used after all."""

import re

#: Before a headline, in capitals: HOLD LIFTED: … · RELEASED: … · SPERRE AUFGEHOBEN: …
MARK = r"(?:HOLD (?:LIFTED|RELEASED|REMOVED|AUFGEHOBEN)|RELEASED FOR (?:USE|PUBLICATION)|SPERRE (?:IST )?AUFGEHOBEN|ЗАПРЕТ СНЯТ)"
#: Characters of a line that says it.
_LONGEST = 300
_SAID = re.compile(
    rf"(?:(?:ATTN|ATTENTION|E[Dd][Ss]?\.?|EDITORS|Editors|Achtung) ?[:–-] ?)?(?:{MARK}|RELEASED$"
    r"|(?i:(?:the )?hold (?:on .{2,80} )?(?:(?:is|was|has been) )?(?:now )?(?:lifted|released|removed)"
    r"|(?:(?:this|the) )?(?:story|item|report) (?:is|was|has been) (?:now )?released"
    r"|(?:die )?(?:sperre|sperrung) (?:(?:ist|wurde) )?(?:hiermit )?aufgehoben))\b"
)


def is_said(line: str) -> bool:
    """Whether a mark, or a line that is known to be the desk's, says that the story is held no more."""
    return len(line) <= _LONGEST and bool(_SAID.match(line))
