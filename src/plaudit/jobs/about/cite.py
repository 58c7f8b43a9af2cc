"""``plaudit cite``: how Plaudit is cited, and the papers and the licence of a judge."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from plaudit import __version__
from plaudit.core.choice import CiteForm
from plaudit.core.parse import read_text
from plaudit.jobs.output.streams import Streams

_PACKAGE = Path(__file__).parents[2]
_ARXIV = re.compile(r"\(?arXiv (\d{4}\.\d{4,5})\)?")


class Source(NamedTuple):
    """What is cited: a judge's card names a paper by a short name and an arXiv number."""

    name: str
    arxiv: str | None = None

    def text(self) -> str:
        """Return it as a line of text."""
        return self.name + (
            f". arXiv:{self.arxiv}, https://arxiv.org/abs/{self.arxiv}" * bool(self.arxiv)
        )

    def bibtex(self) -> str:
        """Return it as an entry of BibTeX."""
        fields = {"title": f"{{{self.name}}}"}
        if self.arxiv is not None:
            fields |= {"eprint": self.arxiv, "archivePrefix": "arXiv",
                       "url": f"https://arxiv.org/abs/{self.arxiv}",
                       "year": f"20{self.arxiv[:2]}"}  # fmt: skip
        return _entry("misc", self.name, fields)


def show_citation(judge: str | None, form: CiteForm, streams: Streams) -> None:
    """Show how to cite Plaudit, and a judge that is here or is known.

    Raises
    ------
    InputError
        There is no such judge.
    """
    stated = citation_file()
    authors = " and ".join(author["name"] for author in stated["authors"])
    title, licence = f"{stated['title']}: {_sentence(stated['abstract'])}", stated["license"]
    if form == "bibtex":
        fields = {"title": f"{{{title}}}", "author": f"{{{authors}}}", "version": __version__,
                  "note": f"Licence {licence}"}  # fmt: skip
        streams.show(_entry("software", "plaudit", fields))
    else:
        streams.show(f"{authors}: {title}. Version {__version__}, licence {licence}.")
    if judge is None:
        streams.note("Cite the papers behind the judge too: plaudit cite --judge NAME.")
        return
    citation, own_licence = _judge(judge)
    for source in sources(citation):
        streams.show(source.bibtex() if form == "bibtex" else source.text())
    streams.note(f"The card of judge {judge}: cite {citation}. Licence: {own_licence}.")


def citation_file() -> dict[str, Any]:
    """Return what ``CITATION.cff`` states: in an installed package, or in the repository."""
    import yaml

    installed = _PACKAGE / "CITATION.cff"
    place = installed if installed.is_file() else _PACKAGE.parents[1] / "CITATION.cff"
    stated: dict[str, Any] = yaml.safe_load(read_text(place))
    return stated


def sources(citation: str) -> list[Source]:
    """Return the sources that the citation of a card names, each once.

    Examples
    --------
    >>> sources("TuneJury; MERT, arXiv 2306.00107")
    [Source(name='TuneJury', arxiv=None), Source(name='MERT', arxiv='2306.00107')]
    """
    found = []
    for part in re.split(r"; | and |axes after ", citation):
        number = _ARXIV.search(part)
        name = _ARXIV.sub("", part).strip(" ,;")
        if name and name != "Plaudit":
            found.append(Source(name, number[1] if number else None))
    return list(dict.fromkeys(found))


def _judge(name: str) -> tuple[str, str]:
    from plaudit.judging.catalogue import find_judge, local_judge
    from plaudit.model.published.facts import KNOWN
    from plaudit.model.published.folder import read_any_card

    if local_judge(name) is None and name in KNOWN:
        return KNOWN[name].citation, KNOWN[name].licence
    card = read_any_card(find_judge(name))
    return card.citation, card.licence


def _entry(kind: str, name: str, fields: dict[str, str]) -> str:
    key = re.sub(r"\W+", "-", name.lower()).strip("-")
    lines = "".join(f"  {field} = {{{value}}},\n" for field, value in fields.items())
    return f"@{kind}{{{key},\n{lines}}}\n"


def _sentence(text: str) -> str:
    return " ".join(text.split()).split(": ")[0].rstrip(".")
