"""Matching by names, against one that compares every play with every song."""

from __future__ import annotations

import random

import pytest
from pyspark.sql import SparkSession

from shardline_jobs.lib.matching import SONG, matched, with_keys
from shardline_jobs.lib.names import artist_key, bare_title, keys, numbers, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("The Beatles", "beatles"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Jay-Z feat. Alicia Keys", "Jay Z"),
        ("Guns N' Roses", "Guns N Roses"),
        ("Sigur Rós (ft. Somebody)", "sigur ros"),
    ],
)
def test_artists_are_the_same_however_they_are_written(one: str, other: str):
    assert artist_key(one) == artist_key(other)


@pytest.mark.parametrize(
    "title",
    ["Halo (Live)", "Halo - Remastered 2009", "HALO [feat. X]", "Halo ft. X - Live", "Halo (Live) [2009 Mix]"],
)
def test_an_edition_is_no_part_of_the_bare_title(title: str):
    assert (bare_title(title), numbers(title)) == ("halo", "")


def test_names_of_signs_and_of_other_scripts_stay_themselves():
    assert words("!!!") == "!!!"
    assert bare_title("(What's the Story)") == "whats the story"
    assert words("花は桜 君は美し") == "花は桜 君は美し"
    assert numbers("Symphony No. 05 (1988)") == "5"
    assert keys("Artist", " ") is None
    assert keys(None, "Title") is None
    assert keys(f"A{' ' * 10**6}B", "(" * 10**6) == ("a", "", "(" * 200, "(" * 200)


def distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != against))
    return row[-1]


def alike(one: str, other: str) -> float:
    return 1 - distance(one, other) / max(len(one), len(other))


def score(asked: tuple[str, ...], known: tuple[str, ...]) -> float:
    (_, _, bare, all_), (_, _, other_bare, other_all) = asked, known
    plain = (bare == all_) + (other_bare == other_all)
    same = all_ == other_all or plain == 2
    edition = 1 if same else 0.5 if plain else alike(all_, other_all) / 2
    return round(alike(bare, other_bare) * (0.85 + 0.15 * edition) + 1e-9, 3)


def brute_force(play: tuple, songs: list[tuple], least: float) -> tuple:
    song_id, artist, title = play
    if any(song[0] == song_id for song in songs if song_id is not None):
        return "id", 1, song_id
    asked = keys(artist, title)
    found = []
    for song in songs:
        known = keys(song[3], song[1])
        if asked is not None and known is not None and known[:2] == asked[:2]:
            found.append((-score(asked, known), song[0] is None, song[0] or ""))
    best = min(found, default=(0, True, ""))
    return ("name", -best[0], best[2] or None) if found and -best[0] >= least else ("none", None, None)


def misspelt(random_: random.Random, text: str) -> str:
    at = random_.randrange(len(text))
    return random_.choice([text, text.upper(), text[:at] + text[at + 1 :], f"{text} (Live)", f"{text} - Remix", text])


def test_names_match_as_every_pair_compared(spark: SparkSession):
    random_ = random.Random(5)
    artists = ["The Knife", "Björk", "Sigur Rós", "!!!", "R & B"]
    titles = ["Heartbeats", "Heart Beat", "Part 1", "Part 2", "Silent Shout (Live)", "Silent Shout", "x"]
    songs: list[tuple] = [
        (f"s{n}" if random_.random() < 0.9 else None, misspelt(random_, random_.choice(titles)), None, artist)
        for n, artist in enumerate(random_.choices(artists, k=60))
    ]
    songs += [("only-id", None, None, None), ("no-title", None, None, "Björk")]
    plays = [
        (
            random_.choice([None, None, "unknown", f"s{random_.randrange(60)}"]),
            random_.choice([None, *[misspelt(random_, artist) for artist in artists]]),
            random_.choice([None, "", *[misspelt(random_, title) for title in titles]]),
        )
        for _ in range(150)
    ]
    plays += [("only-id", None, None), (None, "Björk", "no title")]
    catalogue = spark.createDataFrame([(*song, None, None, None, None) for song in songs], SONG).coalesce(1)
    rows = spark.createDataFrame(plays, "song_id string, artist_name string, song_title string").coalesce(1)
    found = matched(rows, with_keys(catalogue, "artist_name", "song_title"), 0.8).collect()
    assert len(found) == len(plays)

    def plain(row: tuple) -> str:
        return repr(row)

    got = [
        (row.song_id, row.artist_name, row.song_title, row.match, row.score, row.song and row.song.song_id)
        for row in found
    ]
    wanted = [(*play, *brute_force(play, songs, 0.8)) for play in plays]
    assert sorted(got, key=plain) == sorted([(*row[:4], row[4] and float(row[4]), row[5]) for row in wanted], key=plain)
    assert {row[3] for row in got} == {"id", "name", "none"}
    assert len({row[4] for row in got}) > 5
