"""Lines of label files as strict records, each with the place where it stands.

A line becomes a `Line`: a frozen record that names the columns which are read. A column that is
missing, or has another type, is a fault with its line that names the file's columns; columns beyond
those are noted in the account, because live corpora grow and a new column is no reason to stop.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError

from plaudit.core.csv_text import csv_rows
from plaudit.core.parse import ParseError, parse_json
from plaudit.core.printable import names_of_row
from plaudit.core.settings import Record
from plaudit.datasets.reading.account import Account

_ROWS = 2_000  # of a Parquet file at a time
_SHOWN = 12


class Line(
    Record,
    strict=True,
    extra="ignore",
    allow_inf_nan=False,
    validate_by_name=False,
    validate_by_alias=True,
    loc_by_alias=True,
):
    """A row of a label file as its authors publish it; fields are the columns that are read."""


L = TypeVar("L", bound=Line)


def _number(value: object) -> object:
    """Read a number that was written as text; nothing at all is None."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            return value  # the type check reports it
    return value


def _whole(value: object) -> object:
    number = _number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _text(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def _key(value: object) -> object:
    """Read an id that was written as a number."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else _text(value)


def _sound(value: object) -> object:
    """Read the name of an audio file, which a Parquet file may hold beside the sound itself."""
    return _text(value.get("path")) if isinstance(value, dict) else _text(value)


# Numbers may be written as text, and nothing at all is None. Ranges stand inside, where pydantic
# applies them to numbers only.
Number = Annotated[float | None, BeforeValidator(_number)]
Positive = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_number)]
Share = Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(_number)]
Grade = Annotated[Annotated[float, Field(ge=1, le=5)] | None, BeforeValidator(_number)]
Percent = Annotated[Annotated[float, Field(ge=0, le=100)] | None, BeforeValidator(_number)]
Count = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_whole)]
Text = Annotated[str | None, BeforeValidator(_text)]
Key = Annotated[str, BeforeValidator(_key)]
Sound = Annotated[str | None, BeforeValidator(_sound)]
OptionalKey = Annotated[str | None, BeforeValidator(_key)]


def read_lines(
    path: Path, model: type[L], account: Account, context: object = None
) -> Iterator[tuple[int, L]]:
    """Read a label file by its suffix: JSON Lines, CSV (or TSV), or Parquet.

    ``context`` is what the model's own validators are told.
    """
    known = _columns_of(model)
    for number, raw in _raw(path, known, account):
        row = parse(path, number, raw, model, account, context)
        if row is not None:
            yield number, row


def parse(
    path: Path,
    number: int,
    raw: Mapping[str, Any],
    model: type[L],
    account: Account,
    context: object = None,
) -> L | None:
    """Read one row; None, and a fault in the account, if it cannot be read."""
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        account.fault(path, number, _sentence(error, raw))
        return None


def head_of(path: Path) -> set[str]:
    """Return the columns of a label file: of its schema, its head or its first row."""
    form = path.suffix.lower()
    if form == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        try:
            return set(parquet.read_schema(path).names)
        except pa.ArrowInvalid:
            return set()  # reading it reports the fault
    if form in {".csv", ".tsv"}:
        try:
            return {name.strip() for name in next(csv_rows(path, "replace"), (1, []))[1]}
        except ParseError:
            return set()
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = file.readline()
    try:
        row = parse_json(first or "{}", finite=False)
    except ValueError:
        return set()
    return set(row) if isinstance(row, dict) else set()


def _columns_of(model: type[Line]) -> set[str]:
    """Return every spelling of every column that a model reads."""
    known: set[str] = set()
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            known |= {choice for choice in alias.choices if isinstance(choice, str)}
        else:
            known.add(alias if isinstance(alias, str) else name)
    return known


def _raw(path: Path, known: set[str], account: Account) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path, known, account)
    elif path.suffix.lower() in {".csv", ".tsv"}:
        yield from _csv(path, known, account)
    else:
        yield from _jsonl(path, known, account)


def _jsonl(
    path: Path, known: set[str], account: Account
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                raw = parse_json(line, finite=False)
            except ParseError as error:
                account.fault(path, number, f"expected a JSON object, but {error}.")
                continue
            if not isinstance(raw, dict):
                kind = type(raw).__name__
                account.fault(path, number, f"expected a JSON object, got a {kind}.")
                continue
            if not known.issuperset(raw):
                account.see(path, raw.keys() - known)
            yield number, raw


def _csv(path: Path, known: set[str], account: Account) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 1
    rows = csv_rows(path, "surrogateescape")
    try:
        number, names = next(rows, (1, []))
        head = [name.strip() for name in names]
        account.see(path, set(head) - known - {""})
        twice = next((name for name in head if name in known and head.count(name) > 1), None)
        if twice is not None:
            account.fault(path, number, f"expected one column '{twice}', got {head.count(twice)}.")
            return
        for number, fields in rows:
            if len(fields) != len(head):
                message = f"expected {len(head)} fields as in the head, got {len(fields)}."
                account.fault(path, number, message)
                continue
            yield number, dict(zip(head, fields, strict=True))
    except ParseError as error:
        account.fault(path, number, f"expected a table, but {error}.")


def _parquet(
    path: Path, known: set[str], account: Account
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except pa.ArrowInvalid as error:
        account.fault(path, 1, f"expected a Parquet file, but {' '.join(str(error).split())}.")
        return
    with file:
        names = set(file.schema_arrow.names)
        account.see(path, names - known)
        number = 0
        # Only columns that are read: embeddings and sound may be beside them, by the gigabyte.
        kinds = {field.name: field.type for field in file.schema_arrow}
        wanted = [
            f"{name}.path" if pa.types.is_struct(kinds[name]) and holds_path(kinds[name]) else name
            for name in sorted(names & known)
        ]
        for batch in file.iter_batches(_ROWS, columns=wanted):
            for raw in batch.to_pylist():
                number += 1
                yield number, names_of_row(raw)


def holds_path(kind: Any) -> bool:
    """Return whether a column holds sound as the hub's tools write it: bytes and a file name."""
    return {field.name for field in kind} == {"bytes", "path"}


def _sentence(error: ValidationError, raw: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the row"
    if first["type"] == "missing":
        columns = sorted(map(str, raw))
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        return f"expected a column '{where}'; the columns are {', '.join(columns[:_SHOWN])}{more}."
    came = repr(first["input"])
    came = came if len(came) <= 60 else f"{came[:57]}..."
    return f"{where}: {first['msg'].rstrip('.').lower().removeprefix('value error, ')}, got {came}."
