"""Equal weights of several networks, held once in memory.

Judges are loaded one by one, and some have the same encoder, or a part of it: the six layers of
SongEval's MuQ are the first of HEAR's ten. Whoever comes second takes the tensors of the first.
"""

from weakref import WeakValueDictionary

import torch

_SAMPLE = 8  # numbers of a tensor by which equal ones are looked for, before all are compared
# Held weakly: a tensor goes with the last network that has it.
_HELD: WeakValueDictionary[tuple[object, ...], torch.Tensor] = WeakValueDictionary()


def one_copy(
    value: torch.Tensor, device: torch.device, taken: set[int], *, trained: bool
) -> torch.Tensor:
    """Return a tensor of a frozen network: an equal one that another network holds, or a copy.

    ``taken`` are the ids of those that this network has already: of two equal tensors in one
    network both are kept, so that a network is written and counted as if it were alone.
    ``trained``: whether it is a parameter, not a buffer.
    """
    here = value.detach().to(device)
    sample = tuple(here.flatten()[:_SAMPLE].tolist())
    kind = (trained, here.dtype, here.shape, here.stride(), here.device, sample)
    number = 0
    while (held := _HELD.get((*kind, number))) is not None:
        if id(held) not in taken and _same_bits(held, here):
            break
        number += 1
    else:
        held = here.clone()  # for its alignment, as `plaudit.encoders.weights.assign` says
        held = torch.nn.Parameter(held, requires_grad=False) if trained else held
        _HELD[(*kind, number)] = held
    taken.add(id(held))
    return held


def _same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    first, second = (tensor.detach().reshape(-1).view(torch.uint8) for tensor in (a, b))
    return torch.equal(first, second)
