"""Errors of the audio room: what is wrong with a song, named, in one sentence, with a way out.

Every one derives from ``AudioError``, so a caller that judges many songs can catch that one root
(and ``MissingFileError`` for a path that is not there) and go on with the next song.
"""

from plaudit.core.errors import InputError, PlauditError


class AudioError(InputError):
    """Root: the song that was given cannot be judged."""


class UnreadableError(AudioError):
    """The path is there but cannot be read as a file: a folder, a device, no permission."""


class NotAudioError(AudioError):
    """The file holds no audio that can be decoded."""


class EmptyAudioError(AudioError):
    """The file or array holds no samples at all."""


class TooShortError(AudioError):
    """The song lasts less than one second."""


class TooLongError(AudioError):
    """The song lasts longer than the caller allows."""


class NonFiniteError(AudioError):
    """Some samples are NaN or infinite."""


class ScaleError(AudioError):
    """The samples lie beyond every scale that audio is stored in."""


class SilentError(AudioError):
    """Nothing in the song can be heard; raised by judging, because silence has no score."""


class SampleRateError(AudioError):
    """The sample rate is outside what recorded music uses."""


class ChannelError(AudioError):
    """The song has more channels than any music format Plaudit knows."""


class RateChangeError(AudioError):
    """The sample rate changes in the middle of the file."""


class ArrayError(AudioError):
    """An array was given as a song, but its type or shape is not that of a song."""


class UnfinishedError(PlauditError, RuntimeError):
    """A property of a song was read that is only known once all its segments have been read."""
