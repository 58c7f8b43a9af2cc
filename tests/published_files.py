"""Small published judges as files, in the form and with the names that their authors gave them."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from filled import golden, part_of, table, tensors, word_tokenizer
from mulan_parts import mulan_config

VOCABULARY = 120
_MEL = {"melspec_2048_mean": 6.768444971712967, "melspec_2048_std": 18.417922652295623}
_MUQ = {
    "encoder_dim": 64,
    "encoder_depth": 8,
    "conv_dim": 8,
    "stat": _MEL,
    "w2v2_config": {
        "num_attention_heads": 4,
        "intermediate_size": 96,
        "hidden_act": "swish",
        "position_embeddings_type": "rotary",
    },
}
_MERT = {
    "model_type": "mert_model",
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "conv_dim": [32] * 7,
    "do_stable_layer_norm": True,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "attention_relax": 32.0,
    "deepnorm": False,
}
_SCALES = {
    "CE": (5.06865, 1.93029),
    "CU": (5.73633, 1.75669),
    "PC": (3.18591, 1.86637),
    "PQ": (6.57505, 1.51466),
}


def publish(judge: str, folder: Path, variant: str = "plain") -> dict[str, Path]:
    """Write the files of a judge below a folder; return what `--weights` is given, by part."""
    return {
        "audiobox": _audiobox,
        "songeval": _songeval,
        "clap": _clap,
        "muq-mulan": _mulan,
        "cmi-rm": lambda place: _cmi_rm(place, variant),
        "tunejury": _tunejury,
        "tunejury-a1": _tunejury_a1,
        "hear": _hear,
    }[judge](folder)


def weights_options(parts: dict[str, Path]) -> list[str]:
    return [word for part, path in parts.items() for word in ("--weights", f"{part}={path}")]


def _audiobox(folder: Path) -> dict[str, Path]:
    scales = {axis: {"mean": mean, "std": std} for axis, (mean, std) in _SCALES.items()}
    config = {"proj_num_layer": 5, "proj_ln": True, "nth_layer": 3, "target_transform": scales}
    made = tensors(table("audiobox"), "audiobox/")
    return {"model": _hub(folder / "model", made, config)}


def _songeval(folder: Path) -> dict[str, Path]:
    made = tensors(table("songeval"))
    head = folder / "head"
    (head / "ckpt").mkdir(parents=True)
    save_file(part_of(made, "songeval"), head / "ckpt" / "model.safetensors")
    (head / "config.yaml").write_text(
        "generator:\n  in_features: 64\n  ffd_hidden_size: 128\n  num_classes: 5\n"
        "  attn_layer_num: 2\n"
    )
    return {"encoder": _hub(folder / "muq", part_of(made, "muq"), _MUQ), "head": head}


def _clap(folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = tensors(table("clap"), "clap/")
    file = folder / "music_audioset_epoch_15_esc_90.14.pt"
    torch.save({"epoch": 15, "state_dict": {f"module.{n}": t for n, t in made.items()}}, file)
    (folder / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"model": file}


def _mulan(folder: Path) -> dict[str, Path]:
    place = _hub(folder / "model", tensors(table("muqmulan"), "muqmulan/"), mulan_config())
    (place / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"model": place}


def _cmi_rm(folder: Path, variant: str) -> dict[str, Path]:
    made = tensors(table("cmirm", f"tensors-small-{variant}.tsv"), "cmirm/")
    place = _hub(folder / "model", made)
    config = golden("cmirm")["variants"][variant]["config"]
    (place / "config.yaml").write_text(json.dumps({"model": config}))  # JSON is YAML too
    mulan = folder / "mulan"
    mulan.mkdir()
    (mulan / "config.json").write_text(json.dumps(mulan_config()))
    (mulan / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"mulan": mulan, "model": place}


def _tunejury(folder: Path) -> dict[str, Path]:
    mert = tensors(table("tunejury", "tensors-mert-small.tsv"), "tunejury/mert/")
    place = _hub(folder / "mert", mert, _MERT)
    (place / "preprocessor_config.json").write_text(
        json.dumps({"do_normalize": True, "sampling_rate": 24_000})
    )
    head = folder / "tunejury.pt"
    torch.save(tensors(table("tunejury", "tensors-head-small.tsv"), "tunejury/head/"), head)
    return {"clap": _clap(folder / "clap")["model"], "mert": place, "head": head}


def _tunejury_a1(folder: Path) -> dict[str, Path]:
    clap = _clap(folder / "clap")["model"]
    head = folder / "A1_clap_audio_only.pt"
    torch.save(tensors(table("tunejury", "tensors-head-A1.tsv"), "tunejury/A1/"), head)
    return {"clap": clap, "head": head}


def _hear(folder: Path) -> dict[str, Path]:
    rows = [row for row in table("songeval") if row.name.startswith("muq/")]
    first = [row for row in rows if ".layers.0." in row.name]
    deep = [row for row in rows if ".layers." not in row.name] + [
        row._replace(name=row.name.replace(".layers.0.", f".layers.{index}."))
        for index in range(12)
        for row in first
    ]
    made = tensors(table("hear"))
    musicfm = folder / "musicfm"
    musicfm.mkdir(parents=True)
    named = {f"model.{name}": value for name, value in part_of(made, "musicfm").items()}
    torch.save({"state_dict": named}, musicfm / "pretrained_msd.pt")
    (musicfm / "msd_stats.json").write_text(json.dumps(_MEL))
    head = folder / "track_2.pth"
    torch.save(part_of(made, "hear"), head)
    muq = _hub(folder / "muq", part_of(tensors(deep), "muq"), _MUQ | {"encoder_depth": 12})
    return {"muq": muq, "musicfm": musicfm, "head": head}


def _hub(folder: Path, made: dict[str, torch.Tensor], config: dict[str, Any] | None = None) -> Path:
    folder.mkdir(parents=True)
    save_file(made, folder / "model.safetensors")
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder
