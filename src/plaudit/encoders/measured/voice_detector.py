"""Detects singing, its notes and its faults: a small network over windows of five seconds.

Every candidate pitch of every frame is judged by the same weights: the whitened spectrum at its
harmonics, half its pitch, and right beside them (compare Bittner et al., Deep Salience
Representations, ISMIR 2017). The results, and the spectrum on mel bands, then go through
convolutions over time that reach further at every step (after van den Oord et al. 2016; Bai et al.
2018), because the context before and after a moment helps to recognise singing. Outputs are whether
somebody sings, whether a note begins, which pitch it has, and the amount of each fault of a
performance. All was learned from composed songs by ``plaudit.training.bundled.voice_fit``; the
weights lie beside this file.

Conventions: frames of 20 ms, two of which are judged together; candidates from A2 (110 Hz) up three
octaves, five to a semitone.
"""

import functools
from importlib.resources import files
from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.encoders.measured.row import between
from plaudit.encoders.measured.spectrum import N_FFT, N_MELS, SAMPLE_RATE, Spectrum

LOWEST_HZ = 110.0
STEPS, STEPS_PER_SEMITONE = 180, 5  # three octaves
_ORDERS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)  # of harmonics
_BELOW = 60  # steps, an octave below the lowest candidate
N_FAULTS, N_SUNG = 18, 4  # faults that are estimated; the last are those of a singer
WIDTH, MEMORY = 24, 64  # channels of a candidate, and of a moment
_REACHES = (1, 2, 4, 8, 16, 32)  # pairs of frames
WEIGHTS = "voice_detector.safetensors"
_MEL_DB = 20.0
_SEMITONES = STEPS // STEPS_PER_SEMITONE
_LEAST = 1e-3  # weight of a moment without a voice


class Picture(NamedTuple):
    """Input of the network."""

    rows: Tensor  # (n_frames, n_bins) whitened log spectrum on the steps of the candidates, >= 0
    mel: Tensor  # (n_frames, N_MELS) level in units of 20 dB


class VoiceOutput(NamedTuple):
    """Output of the network; with a leading dimension for songs where the input had one."""

    pitch: Tensor  # (n_frames, STEPS) logits of each pitch, if somebody sings
    sung: Tensor  # (n_frames,) logit of singing
    begins: Tensor  # (n_frames,) logit of the beginning of a note
    faults: Tensor  # (N_FAULTS,) logits of the amounts


class _Step(nn.Module):
    """A convolution over time with a residual connection."""

    def __init__(self, reach: int, dropout: float) -> None:
        super().__init__()
        self.wide = nn.Conv1d(MEMORY, MEMORY, 3, padding=reach, dilation=reach)
        self.norm = nn.BatchNorm1d(MEMORY)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Conv1d(MEMORY, MEMORY, 1)

    def forward(self, moments: Tensor) -> Tensor:
        change: Tensor = self.out(self.drop(torch.relu(self.norm(self.wide(moments)))))
        return moments + change


class VoiceNet(nn.Module):
    """The network; see the file."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        # Two frames and the five steps of a semitone become one place of the candidates' picture.
        self.first = nn.Conv2d(len(_ORDERS), WIDTH, (5, 9), stride=(2, 5), padding=2)
        self.inner = nn.ModuleList(
            nn.Conv2d(WIDTH, WIDTH, size, padding="same") for size in ((3, 3), (3, 3), (5, 3))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(WIDTH) for _ in range(4))
        self.notice = nn.Conv2d(WIDTH, 1, 1)
        self.mel = nn.Conv1d(N_MELS, MEMORY, 5, stride=2, padding=2)
        self.mel_norm = nn.BatchNorm1d(MEMORY)
        self.drop = nn.Dropout(dropout)
        self.join = nn.Conv1d(2 * WIDTH + _SEMITONES + MEMORY, MEMORY, 1)
        self.steps = nn.Sequential(*(_Step(reach, dropout) for reach in _REACHES))
        self.moment = nn.Conv1d(MEMORY, 4, 1)
        self.gate = nn.Conv1d(MEMORY, WIDTH, 1)
        self.pitch = nn.Conv2d(WIDTH, 2 * STEPS_PER_SEMITONE, 1)
        self.fault = nn.Conv1d(MEMORY, N_FAULTS, 1)

    def forward(self, rows: Tensor, mel: Tensor) -> VoiceOutput:
        """Return the output for songs, with a leading dimension for them.

        ``rows`` (n_songs, n_frames, n_bins) and ``mel`` (n_songs, n_frames, N_MELS) are as
        `picture` gives them, with an even number of frames.
        """
        # Stacked last: the convolutions are faster where the channels of a place lie side by side.
        harmonics = torch.stack([rows[..., at : at + STEPS] for at in _harmonic_places()], dim=3)
        candidates = torch.relu(self.norms[0](self.first(harmonics.permute(0, 3, 1, 2))))
        for conv, norm in zip(self.inner, list(self.norms)[1:], strict=True):
            candidates = candidates + torch.relu(norm(conv(candidates)))
        notice = self.notice(candidates)
        # Sums over candidates, weighed by how they stand out, and plain: one product gives both.
        share = torch.softmax(notice, dim=3).squeeze(1)
        shares = torch.stack([share, torch.full_like(share, 1 / share.shape[2])], dim=2)
        summed = (shares @ candidates.permute(0, 2, 3, 1)).permute(0, 2, 3, 1)
        colour = torch.relu(self.mel_norm(self.mel(mel.transpose(1, 2))))
        features = [*summed.unbind(dim=1), notice.squeeze(1).transpose(1, 2), colour]
        moments = self.steps(torch.relu(self.join(self.drop(torch.cat(features, dim=1)))))

        at_pitch = self.pitch(candidates * torch.sigmoid(self.gate(moments)).unsqueeze(3))
        songs, _, pairs, semitones = at_pitch.shape
        pitch = at_pitch.reshape(songs, 2, STEPS_PER_SEMITONE, pairs, semitones)
        logits = self.moment(moments).reshape(songs, 2, 2, pairs).permute(0, 3, 2, 1)
        sung, begins = logits.reshape(songs, 2 * pairs, 2).unbind(dim=2)
        return VoiceOutput(
            pitch.permute(0, 3, 1, 4, 2).reshape(songs, 2 * pairs, STEPS),
            sung,
            begins,
            self._faults(moments, sung.detach()),
        )

    def _faults(self, moments: Tensor, sung: Tensor) -> Tensor:
        """Average the faults of each moment; those of the singer over moments with a voice."""
        logits = self.fault(moments)
        chance = torch.sigmoid(sung).reshape(len(sung), -1, 2).mean(dim=2)
        weight = (chance * (chance > 0.5) + _LEAST).unsqueeze(1)
        voiced = (logits * weight).sum(dim=2) / weight.sum(dim=2)
        return torch.cat([logits.mean(dim=2)[:, :-N_SUNG], voiced[:, -N_SUNG:]], dim=1)


def picture(s: Spectrum) -> Picture:
    """Return the network's input, of an even number of frames: the last may come twice."""
    rows = between(s.white, *_grid())
    mel = s.mel_db / _MEL_DB
    if len(rows) % 2:
        rows, mel = torch.cat([rows, rows[-1:]]), torch.cat([mel, mel[-1:]])
    return Picture(rows, mel)


def detect_voice(s: Spectrum) -> VoiceOutput:
    """Return the network's output for a segment, a row for each of its frames."""
    with torch.inference_mode():
        output = _network()(*(part.unsqueeze(0) for part in picture(s)))
    n = len(s.power)
    return VoiceOutput(
        output.pitch[0, :n], output.sung[0, :n], output.begins[0, :n], output.faults[0]
    )


@functools.cache
def _harmonic_places() -> tuple[int, ...]:
    """Return the bin of a picture's rows at which the candidates' harmonics of each order begin."""
    order = torch.tensor(_ORDERS, dtype=torch.float64)
    steps = (12 * STEPS_PER_SEMITONE * torch.log2(order)).round().long() + _BELOW
    return tuple(steps.tolist())


@functools.cache
def _grid() -> tuple[Tensor, Tensor]:
    """Return the bin below each step, and the part to the next."""
    steps = torch.arange(STEPS + _harmonic_places()[-1], dtype=torch.float64) - _BELOW
    place = LOWEST_HZ * 2 ** (steps / 12 / STEPS_PER_SEMITONE) * N_FFT / SAMPLE_RATE
    low = place.long()
    return low, (place - low).float()


@functools.cache
def _network() -> VoiceNet:
    from safetensors.torch import load

    network = VoiceNet()
    network.load_state_dict(load((files("plaudit.encoders.measured") / WEIGHTS).read_bytes()))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(requires_grad=False)
