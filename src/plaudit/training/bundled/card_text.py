"""Texts of the card of the bundled judge."""

from plaudit.encoders.spec import EncoderSpec
from plaudit.model.card import Card, Familiarity, Interval, Metric, Recipe
from plaudit.training.bundled.training_record import BundledSettings

_VERSION = "1.2"


def make_card(
    recipe: Recipe,
    encoder: EncoderSpec,
    weights_hash: str,
    settings: BundledSettings,
    interval: Interval,
    familiarity: Familiarity,
    metrics: tuple[Metric, ...],
) -> Card:
    """Return the card of a bundled judge made with these settings and parts."""
    return Card(
        name="bundled",
        version=_VERSION,
        summary=(
            "Comes with Plaudit and needs no download; trained on songs that Plaudit composed and"
            " listeners that it simulated, never on people."
        ),
        encoder=encoder,
        recipe=recipe,
        weights_hash=weights_hash,
        training_data=(
            f"{settings.train} recordings made by plaudit.synth (seed {settings.seed}): songs"
            " of two invented systems and of the plain composer, with faults of known size, each"
            " undamaged and damaged in one of ten ways; about one recording in eight is not music."
            f" And {settings.validation} undamaged songs of the same composers, after bias and"
            " intervals had been fitted to them with networks that were trained without them."
            " Targets are the expected ratings of simulated listeners, without their noise, and"
            " popularity on two simulated platforms. No real song, no real listener."
        ),
        interval=interval,
        familiarity=familiarity,
        metrics=metrics,
        licence="Apache-2.0",
        citation="Plaudit; axes after SongEval (arXiv 2505.10793) and APEX (arXiv 2605.03395)",
        intended_uses=(
            "Trying Plaudit, its formats and its report.",
            "A first sieve for silence, noise, and broken or formless takes, with a human look.",
        ),
        forbidden_uses=(
            "Claiming that people like a song, or will play it: no people are in these numbers.",
            "Deciding about people: pay, removal or promotion.",
            "Comparing music generators in a publication.",
        ),
        limits=(
            "Simulated listeners dislike the faults that Plaudit knows how to compose, and nothing"
            " else; taste, lyrics, meaning and novelty are unknown to it.",
            "Real recordings differ from composed ones in ways it was not trained on: read"
            " differences between takes of one song, not the level of a score.",
            "How much a score falls with damage is our assumption; that it falls is built in.",
            "Popularity on the simulated platforms follows quality, style and luck; real popularity"
            " follows people.",
        ),
    )
