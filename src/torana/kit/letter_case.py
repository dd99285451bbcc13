"""Letter case of words from outside, in ASCII alone.

`str.upper` and `str.lower` make a dotless i, a long s or the Kelvin sign the same as I, S and k: then a word that
nobody wrote would be taken for one of ours.
"""

import string

_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def upper(word: str) -> str:
    """The word with a to z as A to Z; every other character as it is."""
    return word.translate(_UPPER)


def lower(word: str) -> str:
    """The word with A to Z as a to z; every other character as it is."""
    return word.translate(_LOWER)
