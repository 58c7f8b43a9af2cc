"""The HTML report as text: what it holds, in which order, and that nothing untrusted is markup."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from plaudit.audio.preview import Preview
from plaudit.core.axes import AESTHETICS, AXIS, PERCENTILE, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card, HeadSpec, Recipe
from plaudit.reports.songs.order import standings
from plaudit.reports.songs.page import song_page
from short_tail import with_tail

Songs = Callable[..., SongScores]
Cards = Callable[..., Card]
NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
EVIL = "\"><img src=x onerror=hit()>'</script><script>hit()</script>{{7*7}}"


INLINE = {"span", "b", "bdi", "code", "a"}


class Reading(HTMLParser):
    """Tags with attributes, and the text outside style and script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.within = ""
        self.feed(html)
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.within = tag
        if tag not in INLINE:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        self.raw.get(self.within, self.words).append(data)

    def names(self) -> list[str]:
        return [t for t, _ in self.tags]


def data_of(html: str) -> list[dict[str, object]]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert match
    songs: list[dict[str, object]] = json.loads(match[1])["songs"]
    return songs


def shown_order(html: str) -> list[str]:
    return re.findall(r'<a class="open" href="#song-\d+"><bdi>(.*?)</bdi>', html)


def test_songs_stand_in_order_of_the_aesthetic_mean(make_song: Songs, make_card: Cards) -> None:
    rows = [make_song(f"s/{k}.mp3", k) for k in range(9)]
    html = song_page(rows, make_card(), {}, made_at=NOON)
    means = {str(k): sum(row[a].value for a in AESTHETICS) / 5 for k, row in enumerate(rows)}
    assert shown_order(html) == sorted(means, key=lambda k: -means[k])
    assert "In order of the mean of the five aesthetic scores" in html


def test_every_score_range_and_warning_is_written(make_song: Songs, make_card: Cards) -> None:
    note = Note(type="partial_decode", message="4 s could not be decoded.")
    row = make_song("s/a.mp3", 3, warnings=(note,))
    text = Reading(song_page([row], make_card(), {}, made_at=NOON)).text
    for axis in row.axes():
        digits = 1 if axis in POPULARITY else 2
        score = row[axis]
        assert (
            f"{score.value:.{digits}f}, {score.low:.{digits}f} to {score.high:.{digits}f}" in text
        )
    assert row.sha256 in text
    assert "s/a.mp3" in text
    assert "partial decode" in text
    assert note.message in text
    assert "1:35 (95.00 s)" in text


def test_the_summary_counts(make_song: Songs, make_card: Cards) -> None:
    note = (Note(type="short", message="Short."),)
    bad = SongFailure(path="s/b.txt", error=Note(type="NotAudioError", message="It is text."))
    rows = [make_song("a.mp3", 1, warnings=note), make_song("c.mp3", 2)]
    text = Reading(song_page([*rows, bad], make_card(), {}, made_at=NOON)).text
    assert "2 songs judged, 1 file failed, 1 with warnings" in text
    assert "Not judged b It is text. NotAudioError, s/b.txt" in text
    clean = Reading(song_page(rows[1:], make_card(), {}, made_at=NOON)).text
    assert "1 song judged, none failed, no warnings" in clean
    assert "Not judged" not in clean


def test_the_card_and_the_axes_are_explained(make_song: Songs, make_card: Cards) -> None:
    card = make_card()
    text = Reading(song_page([make_song("a.mp3", 1)], card, {}, made_at=NOON)).text
    for words in (card.summary, card.training_data, *card.forbidden_uses, card.weights_hash):
        assert words in text
    assert card.interval is not None
    assert card.interval.explanation in text
    assert "Spearman correlation musicality 0.81 0.77 to 0.84 0.12 600" in text
    for axis in AXIS.values():
        assert axis.meaning in text


def test_the_page_asks_for_nothing_and_runs_only_its_own(
    make_song: Songs, make_card: Cards
) -> None:
    page = Reading(song_page([make_song("a.mp3", 1)], make_card(), {}, made_at=NOON))
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        own = page.raw[kind][-1]
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert str(value).startswith(("data:", "#"))
    assert page.tags[0] == ("html", {"lang": "en"})


def test_untrusted_text_is_never_markup(make_song: Songs, make_card: Cards) -> None:
    plain_note, evil_note = Note(type="t", message="m"), Note(type=EVIL, message=EVIL)

    def page(name: str, note: Note, card: Card) -> str:
        song = make_song(f"s/{name}", 1, warnings=(note,))
        bad = SongFailure(path=f"s/{name}.txt", error=note)
        return song_page([song, bad], card, {}, name, made_at=NOON)

    texts = {"name": EVIL, "summary": EVIL, "licence": EVIL, "forbidden_uses": (EVIL,)}
    evil = page(EVIL, evil_note, make_card().model_copy(update=texts))
    harmless = {"forbidden_uses": ("m",)}
    plain = page("name", plain_note, make_card().model_copy(update=harmless))
    assert Reading(evil).names() == Reading(plain).names()
    assert "{{7*7}}" in Reading(evil).text
    assert data_of(evil)[0]["path"] == f"s/{EVIL}"


def test_characters_that_act_are_written_out(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song("a\u202egpj\x00.mp3", 1)], make_card(), {}, made_at=NOON)
    assert "\u202e" not in html
    assert "\x00" not in html
    assert "a\\u202egpj\\x00" in html


def test_a_popularity_judge_gets_two_columns_ordered_by_streams(
    make_song: Songs, make_card: Cards
) -> None:
    rows = [make_song(f"{k}.mp3", k, axes=POPULARITY) for k in range(4)]
    html = song_page(rows, make_card(POPULARITY), {}, made_at=NOON)
    assert re.findall(r'data-sort="(\w+)"', html) == ["name", "streams", "likes", "duration"]
    assert 'data-sort="streams" aria-sort="descending"' in html
    assert shown_order(html) == [
        str(k) for k in sorted(range(4), key=lambda k: -rows[k]["streams"].value)
    ]
    assert "In order of streams, best first" in html
    assert "coherence" not in Reading(html).text


def test_no_interval_is_drawn_where_there_is_none(make_song: Songs, make_card: Cards) -> None:
    with_range = song_page([make_song("a.mp3", 1)], make_card(), {}, made_at=NOON)
    without = song_page(
        [make_song("a.mp3", 1, interval=False)], make_card(interval=False), {}, made_at=NOON
    )
    assert 'class="range"' in with_range
    assert 'class="range"' not in without
    assert "This judge gives no interval" in without


@pytest.mark.parametrize(
    ("options", "words", "lanes"),
    [
        ({}, "Bars stand above the line", 7),
        ({"timeline": False}, "made without a timeline", 0),
        ({"duration_s": 20.0}, "as a single segment", 0),
    ],
)
def test_timelines(
    options: dict[str, float], words: str, lanes: int, make_song: Songs, make_card: Cards
) -> None:
    html = song_page([make_song("a.mp3", 1, **options)], make_card(), {}, made_at=NOON)
    assert words in html
    assert html.count('<div class="lane ') == lanes


def test_a_last_segment_that_overlaps_is_explained(make_song: Songs, make_card: Cards) -> None:
    words = "The last bar scores the last 30 s of the song, a full segment"
    for duration_s, explained in ((95.0, True), (90.0, False), (20.0, False)):
        song = make_song("a.mp3", 1, duration_s=duration_s)
        assert (words in song_page([song], make_card(), {}, made_at=NOON)) == explained
    # The number of the last bar stands over the bar: from 90 s on, not from 65 s.
    html = song_page([make_song("a.mp3", 1)], make_card(), {}, made_at=NOON)
    assert html.count('<text x="94.74%" y="11"') == 7


def test_a_long_song_has_bars_but_no_crowd_of_numbers(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song("a.mp3", 1, duration_s=7200.0)], make_card(), {}, made_at=NOON)
    assert html.count('<svg class="numbers">') == 0
    assert html.count('class="above"') == 7
    assert len(html) < 150_000


def test_a_page_without_songs_says_so(make_card: Cards) -> None:
    bad = SongFailure(path="b.txt", error=Note(type="NotAudioError", message="It is text."))
    assert "No song could be judged. Each file" in song_page([bad], make_card(), {}, made_at=NOON)
    assert "There was nothing to judge." in song_page([], make_card(), {}, made_at=NOON)


def test_one_song_is_compared_with_nothing(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song("a.mp3", 1)], make_card(), {}, made_at=NOON)
    assert 'class="mean"' not in html
    assert "the highest" not in html
    assert 'id="filter"' not in html
    two = song_page([make_song("a", 1), make_song("b", 2)], make_card(), {}, made_at=NOON)
    assert 'class="mean"' in two
    assert two.count('class="unseen">, the highest') == 7


def test_audio_keeps_to_its_budget_in_the_order_of_the_page(
    make_song: Songs, make_card: Cards, make_preview: Callable[..., Preview]
) -> None:
    rows = [make_song(f"{k}.mp3", k) for k in range(4)]
    preview = make_preview(2.0, 1)
    assert preview.mp3 is not None
    previews = {f"{k}.mp3": preview for k in range(4)}

    def players(budget: int) -> tuple[list[bool], str]:
        html = song_page(rows, make_card(), previews, made_at=NOON, audio_budget=budget)
        bodies = html.split('<tbody role="rowgroup" class="song">')[1:]
        return ["<audio" in body for body in bodies], html

    assert players(10**7)[0] == [True] * 4
    assert "can be played here" not in players(10**7)[1]
    some, html = players(2 * len(preview.mp3) + 5)
    assert some == [True, True, False, False]
    assert "2 of 4 songs can be played here. The others are shown without a player" in html
    assert players(0)[0] == [False] * 4
    assert "This page holds no audio" in players(0)[1]
    assert base64.b64encode(preview.mp3).decode() in html
    assert all(song["wave"] for song in data_of(html))


def test_songs_without_a_preview_say_so(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song(None, 1)], make_card(), {}, made_at=NOON)
    assert "no waveform was made for this song" in html


def test_title_and_time_are_shown(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song("a", 1)], make_card(), {}, "My <songs>", made_at=NOON)
    assert "<title>My &lt;songs&gt; - Plaudit</title>" in html
    assert '<time datetime="2025-11-20T12:00:00+00:00">20 November 2025, 12:00 UTC</time>' in html
    assert song_page([make_song("a", 1)], make_card(), {}) != html


def test_the_same_input_gives_the_same_page(make_song: Songs, make_card: Cards) -> None:
    rows = [make_song(f"{k}.mp3", k) for k in range(5)]
    first = song_page(rows, make_card(), {}, made_at=NOON)
    assert song_page(rows[::-1], make_card(), {}, made_at=NOON) == first


def test_rows_of_two_judges_are_refused(make_song: Songs, make_card: Cards) -> None:
    other = JudgeId(name="apex", version="2", hash="h")
    rows = [make_song("a", 1), make_song("b", 2).model_copy(update={"judge": other})]
    with pytest.raises(InputError, match=r"one judge on one page, got apex 2 and bundled 1\.0"):
        song_page(rows, make_card(), {})


def test_an_axis_nobody_knows_is_refused(make_card: Cards) -> None:
    heads = HeadSpec(axes=("clarity",), input_dim=4)
    unknown = heads.model_copy(update={"axes": ("clarrity",)})
    recipe = Recipe(heads=heads).model_copy(update={"heads": unknown})
    with pytest.raises(InputError, match="got 'clarrity'; did you mean 'clarity'"):
        song_page([], make_card().model_copy(update={"recipe": recipe}), {})


def test_a_tail_too_short_to_be_judged_flattens_no_lane(make_song: Songs, make_card: Cards) -> None:
    def scale_of(row: SongScores) -> str:
        html = song_page([row], make_card(), {}, made_at=NOON)
        match = re.search(r"a bar that fills its lane is (.*?) away", html)
        assert match
        return match[1]

    row = make_song("a.mp3", 1, duration_s=90.0)
    html = song_page([with_tail(row)], make_card(), {}, made_at=NOON)
    assert scale_of(with_tail(row)) == scale_of(row)
    assert html.count('fill="url(#hatch)"') == 7
    assert "too short to be judged alone" in html
    assert "1.00</text>" not in html
    spans = data_of(html)[0]["spans"]
    assert isinstance(spans, list)
    assert spans[-1][2] == [None] * 7  # the reading beside a lane, and the spoken one
    assert "hatch)" not in song_page([row], make_card(), {}, made_at=NOON)


def test_each_song_has_the_scale_that_fits_it(make_song: Songs, make_card: Cards) -> None:
    def widened(row: SongScores, factor: float) -> SongScores:
        spans = tuple(
            span.model_copy(
                update={
                    "scores": {
                        axis: row[axis].value + factor * (value - row[axis].value)
                        for axis, value in span.scores.items()
                    }
                }
            )
            for span in row.timeline or ()
        )
        return row.model_copy(update={"timeline": spans})

    quiet, wild = make_song("a", 1, duration_s=90.0), make_song("b", 2, duration_s=90.0)
    alone = song_page([quiet], make_card(), {}, made_at=NOON)
    both = song_page([quiet, widened(wild, 20.0)], make_card(), {}, made_at=NOON)
    scale = re.search(r"a bar that fills its lane is (.*?) away", alone)
    assert scale
    assert scale[1] in both


def test_the_title_and_who_was_never_asked_stand_together(
    make_song: Songs, make_card: Cards
) -> None:
    card = make_card()
    html = song_page([make_song("a.mp3", 1)], card, {}, made_at=NOON)
    opening = Reading(html.partition("<main")[0]).text
    assert "What this judge expects of these songs" in opening
    assert "No listener was asked about these songs." in opening
    assert f"The card of bundled: {card.summary}" in opening


def test_overall_has_its_scale_its_interval_and_how_it_is_made(
    make_song: Songs, make_card: Cards
) -> None:
    rows = [make_song("a.mp3", 1), make_song("b.mp3", 2)]
    html = song_page(rows, make_card(), {}, made_at=NOON)
    text = Reading(html).text
    for row in rows:
        (standing,) = standings([row], 0.9)
        assert standing is not None
        assert f"{standing.value:.2f}, {standing.low:.2f} to {standing.high:.2f}" in text
    assert "errors of one song go together" in text
    cell = html.partition('<td role="cell" class="overall score aesthetics">')[2]
    assert 'class="range"' in cell.partition("</td>")[0]


def test_places_are_ranges_and_popularity_is_called_a_percentile(
    make_song: Songs, make_card: Cards
) -> None:
    rows = [make_song(f"{k}.mp3", k) for k in range(9)]
    html = song_page(rows, make_card(), {}, made_at=NOON)
    places = re.findall(r'<td role="cell" class="number">([^<]+)</td>', html)
    assert len(places) == 9
    assert any("–" in place for place in places)
    head = html.partition("<tbody")[0]
    assert head.count(PERCENTILE) == 2  # the heading of the group, and the key that phones show
    bare = [make_song(f"{k}.mp3", k, interval=False) for k in range(3)]
    html = song_page(bare, make_card(interval=False), {}, made_at=NOON)
    assert "nothing says which places are ties" in html
    assert re.findall(r'<td role="cell" class="number">([^<]+)</td>', html) == ["1", "2", "3"]


def test_a_limit_stands_in_the_summary(make_song: Songs, make_card: Cards) -> None:
    html = song_page([make_song("a", 1)], make_card(), {}, made_at=NOON, limit=1)
    assert "of those that there were, at most 1 song (--limit)" in html
    assert "--limit" not in song_page([make_song("a", 1)], make_card(), {}, made_at=NOON)
