"""Encoders out of published judges, or of files in the form that their authors published them in.

A judge's folder holds the layers that the judge hears with: SongEval's MuQ ends at hidden state 6
of 12. The published files hold all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import JsonValue

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import expanded
from plaudit.core.settings import load_json
from plaudit.embeddings.extract.encoder_source import EncoderSource, OpenEncoder, judge_source
from plaudit.encoders.mert import APEX_LAYERS, MertEncoder
from plaudit.encoders.open import build_encoder
from plaudit.encoders.published.encoder import PublishedEncoder
from plaudit.encoders.published.listener import LISTENERS
from plaudit.encoders.published.muq import no_effect
from plaudit.encoders.spec import EncoderKind, EncoderSpec
from plaudit.encoders.weights import find_folder
from plaudit.model.folder import CARD, is_published
from plaudit.model.place import judges_folder
from plaudit.model.published.audiobox import Audiobox
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.clap import CLAP_FILES
from plaudit.model.published.folder import check_weights, read_parts
from plaudit.model.published.mulan import Mulan
from plaudit.model.published.parts import read_part, read_settings
from plaudit.model.published.procedure import Part, PartFiles
from plaudit.model.published.songeval import SongEval
from plaudit.model.published.tunejury import MERT_FILES, published_mert


class Origin(NamedTuple):
    """Where an encoder is published.

    ``files`` is the published form; ``judges`` the judges that have it, each with the name of the
    part, the one that holds most of it first; ``segment_s`` the length of its segments; ``sign`` a
    key of its ``config.json`` that no other has.
    """

    kind: EncoderKind
    title: str
    files: PartFiles
    judges: dict[str, str]
    segment_s: float
    sign: str


ENCODERS: dict[str, Origin] = {
    "muq": Origin(
        "muq",
        "MuQ-large-msd-iter",
        SongEval.PARTS["encoder"]._replace(no_effect=no_effect("model.")),
        {"hear": "muq", "songeval": "encoder"},
        30.0,
        "w2v2_config",
    ),
    "clap": Origin(
        "clap",
        "LAION-CLAP",
        CLAP_FILES._replace(tokenizer=False),
        {"clap": "model", "tunejury-a1": "clap", "tunejury": "clap"},
        10.0,
        "",
    ),
    "wavlm": Origin(
        "wavlm",
        "WavLM-audiobox",
        Audiobox.PARTS["model"],
        {"audiobox": "model"},
        10.0,
        "target_transform",
    ),
    "mulan": Origin(
        "mulan",
        "MuQ-MuLan-large",
        Mulan.PARTS["model"]._replace(tokenizer=False),
        {"muq-mulan": "model"},
        10.0,
        "audio_transformer",
    ),
    "mert-330m": Origin("mert", "MERT-v1-330M", MERT_FILES, {"tunejury": "mert"}, 30.0, ""),
}
"""By the name that ``plaudit embed --encoder`` takes."""
_WEIGHTS = (".pt", ".pth", ".bin", ".ckpt", ".safetensors")
_OF_JUDGE = {judge: name for name, origin in ENCODERS.items() for judge in origin.judges}
"""The encoder that is meant by a judge: of TuneJury's two, MERT, which CLAP's own judges lack."""


@dataclass(frozen=True)
class PublishedSource(EncoderSource):
    """An encoder of `ENCODERS` in a judge's folder or in published files, at ``path``."""

    encoder: str  #: Its name in `ENCODERS`.
    part: str  #: The part of the judge; empty for published files.

    def open(self) -> OpenEncoder:
        """Open the encoder in this process."""
        _, tensors = _own(self.encoder, _read(self.encoder, self.path, self.part))
        encoder = build_encoder(
            self.opened,
            tensors,
            self.path,
            device=self.device,
            precision=self.precision,
            batch_segments=self.batch_segments,
        )
        return OpenEncoder(encoder, [self.opened.layers.index(layer) for layer in self.layers])


def source_of_judge(
    folder: Path, name: str | None, layers: tuple[int, ...] | None, device: str, precision: str
) -> PublishedSource:
    """Return the encoder of a published judge; ``name`` says which, where it has two.

    Raises
    ------
    InputError
        The judge has no encoder of `ENCODERS`.
    WeightsError
        Its folder was changed.
    """
    card = load_json(PublishedCard, folder / CARD)
    if name is None and card.procedure not in _OF_JUDGE:
        raise InputError(
            f"Judge '{card.name}' has no encoder to embed with; these have one:"
            f" {', '.join(sorted(_OF_JUDGE))}."
        )
    name = name or _OF_JUDGE[card.procedure]
    parts = read_parts(folder, card)
    check_weights(folder, card, parts)
    part = ENCODERS[name].judges[card.procedure]
    return _source(name, folder, part, parts[part], layers, device, precision)


def source_of_files(
    name: str, path: Path, layers: tuple[int, ...] | None, device: str, precision: str
) -> PublishedSource:
    """Return an encoder of `ENCODERS` from its published files: a folder, or its weight file."""
    return _source(name, path, "", _read(name, path, ""), layers, device, precision)


def judges_with(name: str) -> Iterator[Path]:
    """Yield the judges on this machine that have an encoder, the one with most of it first."""
    places = list(ENCODERS[name].judges)
    home = judges_folder()
    held = []
    for folder in sorted(home.iterdir()) if home.is_dir() else []:
        try:
            if folder.name.startswith(".") or not is_published(folder):
                continue
            procedure = load_json(PublishedCard, folder / CARD).procedure
        except PlauditError:  # one that cannot be read is none to take an encoder from
            continue
        if procedure in places:
            held.append((places.index(procedure), folder))
    yield from (folder for _, folder in sorted(held))


def published_form(name: str) -> tuple[str, Path] | None:
    """Return which encoder a folder, a weight file or a hub id is, and where; None for no such.

    MERT is left out: `plaudit.embeddings.extract.encoder_source.mert_source` reads it.
    """
    for encoder, origin in ENCODERS.items():
        if origin.kind != "mert" and name.partition("@")[0] == origin.files.hub:
            needed = (origin.files.config,) if origin.files.config else origin.files.weights
            return encoder, find_folder(name, needed, origin.files.weights)
    path = expanded(name)
    folder = path if path.is_dir() else path.parent
    if not path.exists() or (folder / CARD).is_file():
        return None
    if (folder / "config.json").is_file():
        keys = read_settings(folder / "config.json")
        signs = {o.sign: encoder for encoder, o in ENCODERS.items() if o.sign}
        return next(((signs[key], path) for key in keys if key in signs), None)
    clap = ENCODERS["clap"].files.weights
    if path.suffix in _WEIGHTS or any((path / file).is_file() for file in clap):
        return "clap", path  # the one whose files state no settings
    return None


def how_to_get(name: str) -> str:
    """Return a sentence that says how to bring an encoder that is not here."""
    origin = ENCODERS[name]
    return (
        f"Expected a judge with the encoder '{name}' in {judges_folder()}, but there is none. Bring"
        f" {' or '.join(origin.judges)} (`plaudit judges list` says how), or give a folder with the"
        f" published files of {origin.files.hub}, or that id on a machine with a connection."
    )


def _source(
    name: str,
    path: Path,
    place: str,
    part: Part,
    layers: tuple[int, ...] | None,
    device: str,
    precision: str,
) -> PublishedSource:
    spec = _spec(name, part, layers)
    made = judge_source(spec, path, layers=spec.layers, device=device, precision=precision)
    return PublishedSource(
        made.opened, path, made.layers, device, precision, encoder=name, part=place
    )


def _spec(name: str, part: Part, layers: tuple[int, ...] | None) -> EncoderSpec:
    """Build an encoder once, to know what it is."""
    origin = ENCODERS[name]
    config, tensors = _own(name, part)
    if origin.kind == "mert":
        chosen = APEX_LAYERS if layers is None else layers
        return MertEncoder(
            config, tensors, where=part.where, name=origin.title, layers=chosen, device="cpu"
        ).spec
    return PublishedEncoder(
        origin.kind,
        config,
        tensors,
        where=part.where,
        name=origin.title,
        layers=layers,
        device="cpu",
    ).spec


def _read(name: str, path: Path, part: str) -> Part:
    if not part:
        return read_part(name, ENCODERS[name].files, path).part
    return read_parts(path, load_json(PublishedCard, path / CARD))[part]


def _own(name: str, part: Part) -> tuple[dict[str, JsonValue], dict[str, torch.Tensor]]:
    """Return the configuration and the tensors of the encoder alone."""
    kind = ENCODERS[name].kind
    if kind == "mert":
        return published_mert(part)
    kept = LISTENERS[kind].KEEPS
    tensors = {n: value for n, value in part.tensors.items() if n.startswith(kept)}
    return dict(part.config), tensors
