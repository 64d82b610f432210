"""Trimmed pages: a page without the parts that its reading does not depend on. Pure."""

from collections.abc import Callable

from lxml import html

from spiders.page import Page

#: Parts that are tried in vain, before what is left has to do.
MOST_TRIES = 150


def trimmed(page: str, *, most: int, reads_alike: Callable[[str], bool]) -> str:
    """The page without its largest parts until it has ``most`` bytes; of each part ``reads_alike`` is asked whether it is missed.

    What cannot be spared stays, also where that is more than ``most`` bytes.
    """
    tree = Page(page, url="").tree
    return page if tree is None else _Trimming(tree, most, reads_alike).done()


class _Trimming:
    def __init__(self, tree: html.HtmlElement, most: int, reads_alike: Callable[[str], bool]) -> None:
        self.tree, self.most, self.reads_alike = tree, most, reads_alike
        self.tries = 0

    def done(self) -> str:
        self._within(self.tree)
        return self.written()

    def written(self) -> str:
        return f"<!doctype html>\n{html.tostring(self.tree, encoding='unicode', method='html')}\n"

    def _within(self, element: html.HtmlElement) -> None:
        """Take out what is not missed of an element's parts, the largest first; look into those that are."""
        for child in sorted(element, key=_size, reverse=True):
            if self.tries >= MOST_TRIES or len(self.written().encode()) <= self.most:
                return
            if not self._spared(element, child):
                self._within(child)

    def _spared(self, element: html.HtmlElement, child: html.HtmlElement) -> bool:
        at, tail = element.index(child), child.tail
        child.drop_tree()
        if self.reads_alike(self.written()):
            return True
        self.tries += 1
        _undrop(element, child, at, tail)
        return False


def _size(element: html.HtmlElement) -> int:
    return len(html.tostring(element, encoding="unicode"))


def _undrop(element: html.HtmlElement, child: html.HtmlElement, at: int, tail: str | None) -> None:
    """Put a part back: its tail, which stayed behind, goes with it again."""
    before = element[at - 1] if at else None
    if tail and before is not None:
        before.tail = (before.tail or "").removesuffix(tail)
    elif tail:
        element.text = (element.text or "").removesuffix(tail)
    child.tail = tail
    element.insert(at, child)
