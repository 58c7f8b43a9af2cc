"""What the card of the bundled judge says in words."""

from collections.abc import Mapping

from plaudit.encoders.spec import EncoderSpec
from plaudit.model.card import Card, Familiarity, Interval, Metric, Recipe

VERSION = "1.2"


def make_card(
    recipe: Recipe,
    encoder: EncoderSpec,
    weights_hash: str,
    settings: Mapping[str, object],
    interval: Interval,
    familiarity: Familiarity,
    metrics: tuple[Metric, ...],
) -> Card:
    """Write the card.

    Parameters
    ----------
    recipe : Recipe
        How a score is made.
    encoder : EncoderSpec
        What hears.
    weights_hash : str
        Hash of the networks.
    settings : mapping
        `plaudit.training.bundled.procedure.BundledSettings`.
    interval : Interval
        Intervals.
    familiarity : Familiarity
        How unlike a song may be.
    metrics : tuple of Metric
        What was measured.

    Returns
    -------
    Card
        Complete.
    """
    return Card(
        name="bundled",
        version=VERSION,
        summary=(
            "Comes with Plaudit and needs no download; trained on songs that Plaudit composed and"
            " listeners that it simulated, never on people."
        ),
        encoder=encoder,
        recipe=recipe,
        weights_hash=weights_hash,
        training_data=(
            f"{settings['learn']} recordings made by plaudit.synth (seed {settings['seed']}): songs"
            " of two invented systems and of the plain composer, with faults of known size, each as"
            " it is and damaged in one of ten ways; about one in eight no music at all. And"
            f" {settings['check']} whole songs of the same makers, once lift and intervals had been"
            " fitted to them by networks that had not heard them. Learned is what simulated"
            " listeners find a song worth, before their noise, and how it fares on two simulated"
            " platforms. No real song, no real listener."
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
            "Real recordings differ from composed ones in ways it has never met: read differences"
            " between takes of one song, not the level of a score.",
            "How much a score falls with damage is our assumption; that it falls is built in.",
            "Popularity on the simulated platforms follows quality, style and luck; real popularity"
            " follows people.",
        ),
    )
