"""Which of the four tools of ``plaudit embed`` runs: the options that are given decide."""

from pathlib import Path
from typing import TYPE_CHECKING

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.jobs.embed.songs import EmbedSettings, embed_songs
from plaudit.jobs.embed.stores import export_apex, import_apex, merge_into
from plaudit.jobs.output.streams import Streams

if TYPE_CHECKING:
    from plaudit.embeddings.extract.job import EmbedSummary


class ToolOptions(Record):
    """What is embedded, merged, imported or exported."""

    out: Path | None  #: The store; always needed.
    manifest: str | tuple[str, ...] | None = None  #: Songs to embed, or to export.
    merge: tuple[Path, ...] = ()  #: Stores to copy into ``out``.
    import_apex: tuple[Path, ...] = ()  #: APEX's Parquet files, to make the store of.
    export_apex: Path | None = None  #: File to write in APEX's columns.
    mix: str | None = None  #: Weights of the layers, for ``export_apex``.


def run_embed(
    options: ToolOptions, settings: EmbedSettings, streams: Streams
) -> "EmbedSummary | None":
    """Embed songs into a store, or do what the options ask for instead.

    Raises
    ------
    PlauditError
        Options contradict each other, or the tool cannot do its work.
    """
    out, manifest = options.out, options.manifest
    if out is None:
        raise InputError("Expected the folder of the store; give --out DIR.")
    if options.merge or options.import_apex:
        if manifest is not None or (options.merge and options.import_apex):
            raise InputError(
                "--merge and --import-apex fill a store on their own; give one of them, without a"
                " manifest."
            )
        if options.merge:
            merge_into(out, options.merge, streams)
        else:
            import_apex(out, options.import_apex, streams)
        return None
    if manifest is None:
        raise InputError("Expected a manifest, a folder or a pattern of audio to embed.")
    if options.mix is not None and options.export_apex is None:
        raise InputError("--mix says how --export-apex makes one vector of several layers.")
    if options.export_apex is not None:
        if not isinstance(manifest, str):
            raise InputError("--export-apex takes a manifest, not a list of paths.")
        export_apex(out, Path(manifest), options.export_apex, options.mix, streams)
        return None
    return embed_songs(manifest, out, settings, streams)
