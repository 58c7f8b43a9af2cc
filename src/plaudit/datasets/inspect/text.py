"""The text of ``plaudit data``: corpora, facts, inspections and preparations."""

from collections.abc import Iterable, Mapping

from plaudit.datasets.inspect.corpus import Inspection
from plaudit.datasets.manifest.prepare import Prepared
from plaudit.datasets.reading.promise import Facts, Label
from plaudit.datasets.reading.row import Row

_WIDTH = 28


def list_text(corpora: Iterable[Facts]) -> str:
    """Return a table of corpora: name, what there is, licence, audio, labels."""
    rows = [("name", "rows", "licence", "audio", "labels")]
    rows += [
        (facts.name, facts.rows, facts.licence, facts.audio, labels_text(facts.labels))
        for facts in corpora
    ]
    return "\n\n".join(
        f"{row[0]}\n" + "\n".join(f"  {head:8} {cell}" for head, cell in zip(rows[0][1:], row[1:],
                                                                            strict=True))
        for row in rows[1:]
    )  # fmt: skip


def labels_text(labels: Iterable[Label]) -> str:
    """Return labels in a line: their names by kind, with ranges."""
    kinds: dict[str, list[str]] = {}
    for label in labels:
        kinds.setdefault(_kind(label), []).append(label.name)
    return "; ".join(f"{', '.join(names)} ({kind})" for kind, names in kinds.items())


def _kind(label: Label) -> str:
    word = {
        "ratings": "points of several raters",
        "score": "one score",
        "count": "counts",
        "battle": "who won",
    }[label.kind]
    if label.low is None or label.high is None:
        return word
    return f"{word}, {label.low:g}-{label.high:g}"


def facts_text(facts: Facts) -> str:
    """Return the facts of a corpus as lines of text."""
    lines = [
        f"{facts.title} ({facts.name})",
        f"  {facts.rows}",
        "",
        *_pairs(
            {
                "From": facts.where,
                "Hub id": facts.hub or "none",
                "Licence": facts.licence,
                "Cite": facts.citation,
                "Audio": facts.audio,
                "Folder": facts.layout,
            }
        ),
        "",
        "Labels",
        *(f"  {label.name}: {_kind(label)}. {label.meaning}" for label in facts.labels),
        "",
        "Known faults",
        *(f"  - {fault}" for fault in facts.known_faults),
    ]
    return "\n".join(lines)


def row_text(row: Row) -> str:
    """Return the known fields of a row in a line."""
    known = {
        name: value
        for name, value in row.model_dump(mode="json").items()
        if value not in (None, {}, False) and name != "corpus"
    }
    kind = "song" if "song_id" in known else "battle"
    return f"{kind}  " + ", ".join(f"{name}={value}" for name, value in known.items())


def inspection_text(inspection: Inspection) -> str:
    """Return an inspection as lines of text."""
    lines = [
        f"{inspection.corpus} in {inspection.folder}: {inspection.songs:,} songs,"
        f" {inspection.battles:,} battles",
        *_counted("Songs without audio", inspection.without_audio),
        *_counted("Rows without a label", inspection.without_label),
        *_counted("Rows left out", inspection.left_out),
        "Labels",
    ]
    for name, label in inspection.labels.items():
        size = ""
        if label.low is not None:
            size = f", {label.low:g} to {label.high:g}, mean {label.mean:.4g}"
        lines.append(f"  {name:{_WIDTH}} {label.rows:,} rows{size}")
    if inspection.splits:
        lines.append("Own split")
        lines += [f"  {side:{_WIDTH}} {n:,} songs" for side, n in inspection.splits.items()]
        lines += [f"  leak: {leak}" for leak in inspection.leaks] or [
            "  no leak by file, artist, prompt"
        ]
    lines += _unread(inspection.unread)
    if inspection.battles_without_songs:
        lines.append(
            f"Battles about songs that are not there: {inspection.battles_without_songs:,}"
        )
    if inspection.n_duplicates:
        lines.append(
            f"Ids that come twice: {inspection.n_duplicates:,}: {_some(inspection.duplicates)}"
        )
    lines.append(f"Faulty rows: {inspection.n_faults:,}")
    lines += [f"  {fault}" for fault in inspection.faults]
    if inspection.n_faults > len(inspection.faults):
        lines.append(f"  and {inspection.n_faults - len(inspection.faults):,} more")
    words = {
        "absent": "none; --write-index makes one",
        "written": "written to index.json",
        "unchanged": "all files as they were",
        "changed": "files have changed",
    }
    lines.append(f"Index: {words[inspection.index]}")
    lines += [f"  {change}" for change in inspection.changes]
    return "\n".join(lines)


def prepared_text(made: Prepared, out: object) -> str:
    """Return the counts of a new manifest as lines of text."""
    report = made.split
    lines = [f"Wrote {out}: {made.songs:,} songs of {made.corpus}"]
    lines += [*_unread(made.unread), *_counted("Rows left out", made.left_out)]
    if made.without_audio:
        lines.append(f"Songs without audio: {made.without_audio:,}; they keep their labels")
    lines.append("Targets")
    lines += [f"  {axis:{_WIDTH}} {n:,} songs" for axis, n in made.targets.items()] or ["  none"]
    lines.append(f"Split by {', '.join(report.rule.by) or 'nothing'}, seed {report.rule.seed}")
    for (side, n), share in zip(report.songs.items(), report.rule.shares, strict=True):
        reached = ""
        if report.shares:
            reached = f"; of the free ones {share:.1%} requested, {report.shares[side]:.1%} reached"
        lines.append(f"  {side:{_WIDTH}} {n:,} songs{reached}")
    if report.songs["train"] and not report.songs["validation"]:
        lines.append(
            "  Training needs validation songs too: leave the split of some songs empty, or take"
            " --split-anew"
        )
    lines.append(
        f"  {report.groups:,} groups that stay together, the largest of {report.largest:,} songs"
    )
    if report.fixed:
        along = f", and {report.drawn_along:,} songs went with them" if report.drawn_along else ""
        lines.append(f"  {report.fixed:,} songs had their side given{along}")
    tested = list(report.rule.by)
    if made.copies:
        lines.append(f"Songs whose file another song has too: {made.copies:,}")
    if made.near_duplicates is not None:
        lines.append(f"Songs that sound like another: {made.near_duplicates:,}")
    else:
        tested = [key for key in tested if key != "near-duplicate"]
        lines.append("Near-duplicates: not looked for, since there is no audio")
    lines.append(f"No leak by {', '.join(tested)}" if tested else "Nothing was kept apart")
    lines += [f"  not kept apart, as requested: {leak}" for leak in made.other_leaks]
    return "\n".join(lines)


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"  {name:8} {value}" for name, value in values.items()]


def _unread(unread: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"Columns of {f} that are not read: {', '.join(names)}" for f, names in unread.items()]


def _counted(head: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return [f"{head}: none"]
    return [
        f"{head}: {sum(counts.values()):,}",
        *(f"  {n:,}: {reason}" for reason, n in counts.items()),
    ]


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")
