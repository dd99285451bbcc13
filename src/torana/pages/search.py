"""Looking for a broker by what people remember of its name: a part of it, a former name, or one that is misspelt; in
Latin letters or in a script of India.

`portal.js` does the same while somebody types.
"""

import re
import unicodedata

from torana.pages.texts.languages import BROKER_NAMES

_LEFT_OUT = re.compile(r"[^a-z0-9\u0900-\u0dff ]+|\u093c")
"""Of Latin and of the scripts of India letters and digits stay, but for the nukta, which many leave out."""
SPELT_FROM = 4
"""Letters from which on a word may be misspelt: shorter ones are near to everything."""


def search_words(broker: str, *names: str) -> str:
    """Lower case, without signs: its names, its key, and its names in other scripts, which are looked for on pages of
    every language."""
    words = (plain(one) for one in (*names, broker, *BROKER_NAMES.get(broker, ())))
    return " ".join(dict.fromkeys(word for one in words for word in (one, one.replace(" ", ""))))


def plain(text: str) -> str:
    """Lower case letters and digits, in words one space apart."""
    bare = unicodedata.normalize("NFKD", text).lower()
    return " ".join(_LEFT_OUT.sub("", bare).split())


def found(query: str, words: str) -> bool:
    """Whether somebody who types this may mean the broker of these words."""
    wanted, named = plain(query), words.split()
    if wanted in words or _like(wanted.replace(" ", ""), named):
        return True
    return all(_like(part, named) for part in wanted.split())


def _like(part: str, words: list[str]) -> bool:
    if len(part) < SPELT_FROM:
        return any(word.startswith(part) for word in words)
    slips = 1 if len(part) < 2 * SPELT_FROM else 2
    near = (word for word in words if len(word) >= len(part) - slips)
    return any(min(_slips(part, word[:length]) for length in _lengths(part, slips)) <= slips for word in near)


def _lengths(part: str, slips: int) -> range:
    """Of the beginnings of a word that are compared: somebody may be typing still."""
    return range(len(part) - slips, len(part) + slips + 1)


def _slips(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, its in enumerate(other, 1):
            least = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != its))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == its:
                least = min(least, last[to - 2] + 1)
            row.append(least)
    return row[-1]
