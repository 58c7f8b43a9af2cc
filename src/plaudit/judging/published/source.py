"""The published files of a judge, and the repository of each part."""

from typing import NamedTuple

from plaudit.encoders.tokens import FILE as TOKENIZER_FILE
from plaudit.encoders.weights import WEIGHT_FILES
from plaudit.judging.published.bring import TOKENIZER
from plaudit.judging.published.installed import APEX
from plaudit.model.published.facts import model_class
from plaudit.model.published.procedure import PartFiles

_APEX_SOURCES = ("m-a-p/MERT-v1-95M", "amaai-lab/apex")


class Source(NamedTuple):
    """What a part needs of a repository: of each of ``needed`` the first name that is there.

    ``wanted`` are files that may be absent.
    """

    hub: str
    needed: tuple[tuple[str, ...], ...]
    wanted: tuple[str, ...] = ()


def sources_of(name: str) -> dict[str, Source]:
    """Return by part what a judge needs; "tokenizer" is one that lies elsewhere."""
    if name == APEX:
        mert, heads = _APEX_SOURCES
        return {
            "mert": Source(mert, (WEIGHT_FILES, ("config.json",)), ("preprocessor_config.json",)),
            "checkpoint": Source(heads, (WEIGHT_FILES,), ("config.json",)),
        }
    parts = model_class(name).PARTS
    sources = {part: _source(spec) for part, spec in parts.items()}
    for spec in parts.values():
        if spec.tokenizer and spec.tokenizer_hub:  # one tokenizer reads for all parts of a judge
            sources[TOKENIZER] = Source(spec.tokenizer_hub, ((TOKENIZER_FILE,),))
    return sources


def _source(spec: PartFiles) -> Source:
    config = ((spec.config,),) if spec.config else ()
    weights = (spec.weights,) if spec.weights else ()
    own_tokenizer = (TOKENIZER_FILE,) if spec.tokenizer and not spec.tokenizer_hub else ()
    beside = tuple(file.file for file in spec.beside)
    return Source(spec.hub, (*weights, *config), (*beside, *own_tokenizer))
