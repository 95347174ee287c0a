"""The blocks of the documents that users read."""
import pathlib
import re
import typing

TOP = pathlib.Path(__file__).parents[2]
PAGES = ["README.md", *sorted(f"docs/user/{path.name}" for path in (TOP / "docs/user").glob("*.md"))]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.S | re.M)


class Block(typing.NamedTuple):
    page: str      # as from the top of the checkout
    language: str  # what is behind the three ticks
    text: str
    line: int      # of the page, where the text begins

    def __str__(self):
        return f"{self.page}:{self.line} ({self.language or 'plain'})\n{self.text}"


def blocks_of(page):
    """In the order of the page."""
    text = (TOP / page).read_text()
    assert text.count("```") == 2 * len(FENCE.findall(text)), f"{page}: a fence is indented, or has no end"
    return [Block(page, found[1], found[2], text.count("\n", 0, found.start()) + 2) for found in FENCE.finditer(text)]


def all_blocks():
    return [block for page in PAGES for block in blocks_of(page)]
