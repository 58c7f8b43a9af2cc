"""Why a file is no song: what it is instead, as far as its first bytes tell."""

import re
from pathlib import Path
from typing import BinaryIO

from plaudit.audio.errors import NotAudioError
from plaudit.audio.mpeg import is_free_format, tags_end
from plaudit.core.errors import MissingFileError

_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.S
)
_MARKS = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"  # of text in UTF-8 and UTF-16

_ADDRESS = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):/+(?=.)")


def check_page(file: BinaryIO, path: Path) -> None:
    """Refuse a web page, in which a decoder may find noise, with a `NotAudioError`."""
    text = file.read(1024)
    for mark in _MARKS:
        text = text.removeprefix(mark)
    if _PAGE.match(text.replace(b"\0", b"").lower()):
        raise NotAudioError(
            f"Expected a song, but {path} is a web page (HTML), as when a download needs a login or"
            " its link has expired; download the song itself."
        )


def check_address(path: Path) -> None:
    """Refuse an address on the web in place of a file, with a `MissingFileError`."""
    if (match := _ADDRESS.match(str(path))) is None:
        return
    scheme = match[1].lower()
    # A path holds one slash of several.
    address = f"{scheme}:{'///' if scheme == 'file' else '//'}{str(path)[match.end() :]}"
    if scheme == "file":
        raise MissingFileError(
            f"Expected the path of an audio file, got the address {address}; leave out file://."
        )
    raise MissingFileError(
        f"Expected the path of an audio file, got the address {address}; download the song and name"
        " the file."
    )


def not_audio(file: BinaryIO, path: Path) -> NotAudioError:
    """Return the error for a file that cannot be decoded."""
    file.seek(0)
    head = file.read(12)
    if head[4:8] == b"ftyp":
        return NotAudioError(
            f"Expected a song, but {path} is an MP4 or M4A file without its index, as when a "
            "recording or download was cut off; get the whole file again."
        )
    if is_free_format(file, tags_end(file)[0]):
        return NotAudioError(
            f"Expected a song, but {path} is an MP3 of free format (it states no bit rate), which"
            " cannot be decoded here; convert it to WAV, FLAC or an ordinary MP3."
        )
    return NotAudioError(
        f"Expected a song, but nothing in {path} can be decoded as audio; if it plays elsewhere,"
        " convert it to WAV, FLAC, MP3, OGG or M4A, else get it again."
    )
