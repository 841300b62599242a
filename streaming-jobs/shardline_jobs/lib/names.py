"""Names of songs and artists, made alike: what differs only in writing is the same name."""

from __future__ import annotations

import re
import unicodedata

_GUEST = re.compile(r"[\s(\[]+(?:feat|ft|featuring)\b.*", re.IGNORECASE | re.DOTALL)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_EDITION = re.compile(r"\s[-\u2013\u2014]\s.*", re.DOTALL)
_NO_WORD = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")
#: What stands behind it in a name is not looked at: to compare two names takes as long as the product of their lengths.
_MOST = 200


def words(name: str) -> str:
    """In small letters without accents, its words with one space between them; a name of signs only stays as it is."""
    apart = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    # An apostrophe stands within a word: don't and dont are one.
    return _NO_WORD.sub(" ", re.sub(r"['\u2019]", "", plain)).strip() or name.strip()


def artist_key(name: str) -> str:
    """The words of an artist's name without guests and without a `the` before it."""
    return words(_GUEST.sub("", name) or name).removeprefix("the ")


def bare_title(title: str) -> str:
    """The words of a title without what says which edition of it: brackets, what follows a dash, guests."""
    bare = _GUEST.sub("", title)
    bare = _EDITION.sub("", _BRACKETS.sub(" ", bare))
    return words(bare if bare.strip() else title)


def numbers(title: str) -> str:
    """The numbers in a title: part 1 is never part 2, however alike they are."""
    return " ".join(number.lstrip("0") for number in _NUMBER.findall(bare_title(title)))


def keys(artist: str | None, title: str | None) -> tuple[str, str, str, str] | None:
    """Artist, numbers, bare title and all words of the title; None for what cannot be found by name."""
    if not artist or not title or not artist.strip() or not title.strip():
        return None
    artist, title = artist[:_MOST], title[:_MOST]
    return artist_key(artist), numbers(title), bare_title(title), words(title)
