"""Presets by name: what each changes of the defaults, which are the published recipe of APEX.

"plaudit" turns our improvements on. The others are recipes of other judges as far as a store of
segments can follow them; what their sources do not say, or say of another kind of data, is ours:

songeval
    SongEval's baseline (arXiv 2505.10793): its pooling, one linear layer, squared errors. Ours:
    rate and batch.
hear
    HEAR, track 2 (arXiv 2511.18869): its pooling, smooth L1 and ListMLE, C-Mixup, rate and decay.
    Ours: AdamW for Adam; one batch of 32 for four of 8; partners are drawn from the batch, shares
    for each song.
muq-eval
    MuQ-Eval A1 (arXiv 2603.22677): attention pooling and a perceptron of two layers. Ours: the
    width, squared errors, rate and batch.
tunejury
    TuneJury: RankNet on battles, four hidden layers; widths, dropout, rate, decay, batch and
    patience are published.
cmi-rm
    CMI-RM (arXiv 2603.00610): Bradley-Terry on battles, then squared errors of labels; its last two
    layers. Its transformers over the tokens of a prompt are not here; scale and bias of the second
    stage are those of the last layer, which goes on learning. Ours: half of the epochs for each
    stage, dropout, rate and batch.
basereward
    BaseReward (arXiv 2509.16127): a head of two layers with SiLU, Bradley-Terry on battles. Ours:
    the width, dropout, rate and batch.

The optimiser is AdamW with a cosine schedule and a clipped gradient for all.
"""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "apex": {},
    "plaudit": {
        "mix": "softmax",
        "pooling": "attention",
        "prior": "music",
        "targets": "standardised",
        "output": "ordinal",
        "loss_rate": 0.02,
        "ranking": 0.2,
        "mixup": 0.2,
        "noise": 0.1,
        "average": 0.99,
        "members": 3,
        "batch": 128,
        "learning_rate": 1e-3,
        "weight_decay": 0.02,
        "interval": "spread",
    },
    "songeval": {
        "pooling": "attended",
        "shared_dims": (),
        "branch_dims": (),
        "condition": "song-full-equal-2",
        "axes": "aesthetics",
        "batch": 32,
    },
    "hear": {
        "pooling": "statistics",
        "shared_dims": (),
        "branch_dims": (),
        "condition": "song-full-equal-2",
        "axes": "aesthetics",
        "error": "smooth-l1",
        "listwise": 0.05,
        "mixup": 2.0,
        "mixup_kernel": 1.0,
        "batch": 32,
        "learning_rate": 1e-5,
        "weight_decay": 1e-3,
    },
    "muq-eval": {
        "pooling": "attention",
        "shared_dims": (512,),
        "branch_dims": (),
        "activation": "relu",
        "norm": "none",
        "condition": "song-full-equal-2",
        "axes": "aesthetics",
        "batch": 32,
    },
    "tunejury": {
        "objective": "battles",
        "shared_dims": (1024, 512, 256, 128),
        "branch_dims": (),
        "activation": "relu",
        "shared_dropout": 0.5,
        "batch": 32,
        "weight_decay": 1e-3,
        "patience": 30,
    },
    "cmi-rm": {
        "objective": "battles-then-scores",
        "shared_dims": (512,),
        "branch_dims": (),
        "activation": "relu",
        "norm": "none",
        "condition": "song-full-equal-2",
        "axes": "aesthetics",
        "batch": 32,
    },
    "basereward": {
        "objective": "battles",
        "shared_dims": (512,),
        "branch_dims": (),
        "activation": "silu",
        "norm": "none",
        "batch": 32,
    },
}
SOURCES = {
    "songeval": "SongEval, arXiv 2505.10793",
    "hear": "HEAR, arXiv 2511.18869",
    "muq-eval": "MuQ-Eval, arXiv 2603.22677",
    "tunejury": "TuneJury, github.com/yonghyunk1m/TuneJury",
    "cmi-rm": "CMI-RewardBench, arXiv 2603.00610",
    "basereward": "BaseReward, arXiv 2509.16127",
}
"""Whom the card of a judge cites for its recipe, by preset."""
