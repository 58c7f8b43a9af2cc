"""Texts to token ids, by the tokenizer that a text encoder was published with.

Only ``tokenizer.json`` is read (the file of Hugging Face's ``tokenizers``, which runs no code and
needs no network). Ids are those of the text alone: each encoder pads and cuts as its own procedure
says.
"""

from pathlib import Path

from plaudit.encoders.promise import WeightsError

FILE = "tokenizer.json"


class Tokenizer:
    """A tokenizer from its file; ``text`` is the content, which a judge folder keeps."""

    def __init__(self, text: str, where: str) -> None:
        # A tenth of a second of import, only for judges that read texts.
        import tokenizers

        self.text = text
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(text)
        except Exception as error:  # the library raises bare Exception
            raise WeightsError(f"{where} is not a readable tokenizer.json ({error}).") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text, with the special tokens around it, uncut.

        Each is below the size of the vocabulary, which a text encoder checks against its own.
        """
        return list(self._tokenizer.encode(text).ids)


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a ``tokenizer.json``; `WeightsError` if it is not one."""
    try:
        return Tokenizer(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path} is not a readable tokenizer.json ({error}).") from error
