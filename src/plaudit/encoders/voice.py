"""Where somebody sings: a small network that knows a voice by its harmonics, at any pitch.

Every candidate pitch of every frame is judged by the same few weights: the whitened spectrum at its
first ten harmonics and right beside them, at that moment and a tenth of a second before and after
(compare Bittner et al., Deep Salience Representations, ISMIR 2017). Because the weights are the
same for all pitches, there are only some thousands, and what was learned from composed voices says
something of others. They were learned by ``plaudit.training.voice`` and lie beside this file.

Conventions: frames of 20 ms; candidates from A2 (110 Hz) up three octaves, five to a semitone.
"""

import functools
from importlib.resources import files

import torch
from torch import Tensor, nn

from plaudit.encoders.spectrum import N_FFT, SAMPLE_RATE, Spectrum

LOWEST_HZ = 110.0
STEPS, STEPS_PER_SEMITONE = 180, 5  # three octaves
N_HARMONICS = 10
LAGS = (-5, 0, 5)  # frames
WIDTH = 12
_WHITEN_BINS = 41
_AT_ONCE = 128  # frames
WEIGHTS = "voice.safetensors"


class VoiceNet(nn.Module):
    """Logits of a voice at each candidate pitch, and of none."""

    def __init__(self) -> None:
        super().__init__()
        # One kernel for each harmonic, three steps wide; what they say is added up.
        self.harmonics = nn.Conv1d(len(LAGS), N_HARMONICS * WIDTH, 3, padding=1)
        self.inner = nn.Conv1d(WIDTH, WIDTH, 1)
        self.outer = nn.Conv1d(WIDTH, 1, 1)
        self.absent = nn.Linear(4, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Return logits (n_frames, STEPS + 1), the last of no voice.

        Parameters
        ----------
        picture : Tensor, shape (n_frames, len(LAGS), n_bins)
            As `picture` gives it.
        """
        # The kernels of all harmonics at once: what each of them sees is brought to the candidate.
        padded = torch.nn.functional.pad(picture, (1, 1))
        brought = torch.cat([padded[:, :, at : at + STEPS + 2] for at in harmonic_steps()], dim=1)
        kernel = self.harmonics.weight.reshape(N_HARMONICS, WIDTH, len(LAGS), -1).transpose(0, 1)
        bias = self.harmonics.bias
        if bias is None:
            raise AssertionError("the kernels have a bias")
        at_pitch = torch.relu(
            torch.nn.functional.conv1d(
                brought, kernel.flatten(1, 2), bias.reshape(N_HARMONICS, WIDTH).sum(dim=0)
            )
        )
        logits = self.outer(torch.relu(self.inner(at_pitch))).squeeze(1)
        best = logits.topk(2, dim=1).values
        known = torch.cat(
            [best, logits.mean(dim=1, keepdim=True), picture[:, 1].mean(dim=1, keepdim=True)], dim=1
        )
        return torch.cat([logits, self.absent(known)], dim=1)


def whitened(s: Spectrum) -> tuple[Tensor, Tensor]:
    """Return log level, and how far it lies above its surroundings, both (n_frames, n_bins)."""
    amplitude = s.power.sqrt()
    level = torch.log1p(amplitude / (0.5 * amplitude[s.sounding].mean()))
    ground = torch.nn.functional.avg_pool1d(
        level.unsqueeze(1), _WHITEN_BINS, 1, _WHITEN_BINS // 2, count_include_pad=False
    ).squeeze(1)
    return level, (level - ground).clamp(min=0)


def picture(s: Spectrum) -> Tensor:
    """Return the whitened spectrum on the steps of the candidates and their harmonics.

    Parameters
    ----------
    s : Spectrum
        Pictures of a segment.

    Returns
    -------
    Tensor, shape (n_frames, len(LAGS), n_bins)
        Level over its surroundings, log, 0 or more; of frames before, at and after.
    """
    _, white = whitened(s)
    low, part = _grid()
    rows = white[:, low] * (1 - part) + white[:, low + 1] * part
    n = len(rows)
    frame = torch.arange(n)
    return torch.stack([rows[(frame + lag).clamp(0, n - 1)] for lag in LAGS], dim=1)


def voice_logits(s: Spectrum) -> Tensor:
    """Return logits (n_frames, STEPS + 1) of a voice at each pitch, and of none."""
    # A few seconds at a time stay within the caches of a processor.
    with torch.inference_mode():
        return torch.cat([_network()(part) for part in torch.split(picture(s), _AT_ONCE)])


@functools.cache
def harmonic_steps() -> tuple[int, ...]:
    """Return how many steps each harmonic lies above its fundamental."""
    order = torch.arange(1, N_HARMONICS + 1, dtype=torch.float64)
    return tuple((12 * STEPS_PER_SEMITONE * torch.log2(order)).round().long().tolist())


@functools.cache
def _grid() -> tuple[Tensor, Tensor]:
    """Return the bin below each step, and the part to the next."""
    steps = torch.arange(STEPS + harmonic_steps()[-1], dtype=torch.float64)
    place = LOWEST_HZ * 2 ** (steps / 12 / STEPS_PER_SEMITONE) * N_FFT / SAMPLE_RATE
    low = place.long()
    return low, (place - low).float()


@functools.cache
def _network() -> VoiceNet:
    from safetensors.torch import load

    network = VoiceNet()
    network.load_state_dict(load((files("plaudit.encoders") / WEIGHTS).read_bytes()))
    return network.eval().requires_grad_(requires_grad=False)
