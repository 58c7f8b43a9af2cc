"""The place of a corpus: a folder or file that the user names, or the hub's copy of it.

Nothing is downloaded unless a hub id is given. The local cache comes first, so a fetched corpus
works offline from then on.
"""

import os
from pathlib import Path

from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import expanded
from plaudit.datasets.reading.promise import Facts


def find_corpus(place: str, facts: Facts) -> Path:
    """Return the local folder or file of a corpus, or say what to fetch by hand, and to where."""
    path = expanded(place)
    if path.exists():
        return path
    name, _, revision = place.partition("@")
    parts = name.split("/")
    looks_like_id = len(parts) == 2 and all(parts) and not place.startswith((".", "~", os.sep))
    if path.suffix.lower() in {".csv", ".tsv", ".jsonl", ".parquet"}:
        raise MissingFileError(f"Expected {facts.title} in {place}, but there is no such file.")
    if not looks_like_id:
        raise MissingFileError(
            f"Expected a folder with {facts.title}, but {place} is not there. Get it from"
            f" {facts.where} and give the folder it lies in."
        )
    if facts.hub is None:
        raise InputError(
            f"{facts.title} is not on the hub, so '{place}' cannot be it; get it from"
            f" {facts.where} and give the folder it lies in."
        )
    from huggingface_hub import snapshot_download  # a second of import that local folders spare
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    why = ""
    for local in (True, False):
        try:
            return Path(
                snapshot_download(
                    name, repo_type="dataset", revision=revision or None, local_files_only=local
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            why = type(error).__name__
    at = f" --revision {revision}" if revision else ""
    raise MissingFileError(
        f"'{place}' is not in the local cache and the hub did not give it ({why}). On a machine"
        f" with a connection run `hf download {name} --repo-type dataset{at} --local-dir"
        f" {parts[1]}`, copy that folder here and give its path instead of the id."
    )
