"""Published judges as files, small and of full size, in the form that their authors gave them.

Weights are filled from the names of tensors (`filled`).
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from filled import Row, golden, part_of, table, tensors, word_tokenizer
from mulan_parts import mulan_config

VOCABULARY = 120
_MEL = {"melspec_2048_mean": 6.768444971712967, "melspec_2048_std": 18.417922652295623}
Config = dict[str, Any]


def _muq(full: bool, depth: int = 8) -> Config:
    return {
        "encoder_dim": 1024 if full else 64,
        "encoder_depth": 12 if full else depth,
        "conv_dim": 512 if full else 8,
        "stat": _MEL,
        "w2v2_config": {
            "num_attention_heads": 16 if full else 4,
            "intermediate_size": 4096 if full else 96,
            "hidden_act": "swish",
            "position_embeddings_type": "rotary",
        },
    }


def _mert(full: bool) -> Config:
    return {
        "model_type": "mert_model",
        "hidden_size": 1024 if full else 64,
        "num_hidden_layers": 24 if full else 3,
        "num_attention_heads": 16 if full else 4,
        "intermediate_size": 4096 if full else 128,
        "conv_dim": [512 if full else 32] * 7,
        "do_stable_layer_norm": True,
        "num_conv_pos_embeddings": 128 if full else 16,
        "num_conv_pos_embedding_groups": 16 if full else 4,
        "attention_relax": 32.0,
        "deepnorm": False,
    }


def _mulan_config(full: bool) -> Config:
    config = mulan_config()
    if full:
        blocks = {"dim": 768, "tf_depth": 8, "heads": 8, "dim_head": 64, "ff_mult": 4}
        config["mulan"]["dim_latent"] = 512
        config["audio_model"]["model_dim"] = 1024
        config["audio_transformer"] = blocks
        config["text_transformer"] = dict(blocks, max_seq_len=1024)
    return config


_SCALES = {
    "CE": (5.06865, 1.93029),
    "CU": (5.73633, 1.75669),
    "PC": (3.18591, 1.86637),
    "PQ": (6.57505, 1.51466),
}


def publish(
    judge: str, folder: Path, variant: str = "plain", *, full: bool = False
) -> dict[str, Path]:
    """Write the files of a judge below a folder; return what `--weights` is given, by part."""
    makers: dict[str, Callable[[Path, bool], dict[str, Path]]] = {
        "audiobox": _audiobox,
        "songeval": _songeval,
        "clap": _clap,
        "muq-mulan": _mulan,
        "cmi-rm": partial(_cmi_rm, variant=variant),
        "tunejury": _tunejury,
        "tunejury-a1": _tunejury_a1,
        "hear": _hear,
        "pam": _pam,
    }
    return makers[judge](folder, full)


def weights_options(parts: dict[str, Path]) -> list[str]:
    return [word for part, path in parts.items() for word in ("--weights", f"{part}={path}")]


def _rows(judge: str, full: bool) -> list[Row]:
    return table(judge, f"tensors-{'full' if full else 'small'}.tsv")


def _audiobox(folder: Path, full: bool) -> dict[str, Path]:
    scales = {axis: {"mean": mean, "std": std} for axis, (mean, std) in _SCALES.items()}
    config = {"proj_num_layer": 5, "proj_ln": True, "target_transform": scales}
    made = tensors(_rows("audiobox", full), "audiobox/")
    return {"model": _hub(folder / "model", made, config)}


def _songeval(folder: Path, full: bool) -> dict[str, Path]:
    made = tensors(_rows("songeval", full))
    head = folder / "head"
    (head / "ckpt").mkdir(parents=True)
    save_file(part_of(made, "songeval"), head / "ckpt" / "model.safetensors")
    sizes = (1024, 4096, 4) if full else (64, 128, 2)
    (head / "config.yaml").write_text(
        f"generator:\n  in_features: {sizes[0]}\n  ffd_hidden_size: {sizes[1]}\n"
        f"  num_classes: 5\n  attn_layer_num: {sizes[2]}\n"
    )
    return {"encoder": _hub(folder / "muq", part_of(made, "muq"), _muq(full)), "head": head}


def _clap(folder: Path, full: bool) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = tensors(_rows("clap", full), "clap/")
    file = folder / "music_audioset_epoch_15_esc_90.14.pt"
    torch.save({"epoch": 15, "state_dict": {f"module.{n}": t for n, t in made.items()}}, file)
    (folder / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"model": file}


def _mulan(folder: Path, full: bool) -> dict[str, Path]:
    made = tensors(_rows("muqmulan", full), "muqmulan/")
    place = _hub(folder / "model", made, _mulan_config(full))
    (place / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"model": place}


def _cmi_rm(folder: Path, full: bool, variant: str) -> dict[str, Path]:
    size = "full" if full else "small"
    made = tensors(table("cmirm", f"tensors-{size}-{variant}.tsv"), "cmirm/")
    place = _hub(folder / "model", made)
    config = golden("cmirm", f"{size}.json")["variants"][variant]["config"]
    (place / "config.yaml").write_text(json.dumps({"model": config}))  # JSON is YAML too
    mulan = folder / "mulan"
    mulan.mkdir()
    (mulan / "config.json").write_text(json.dumps(_mulan_config(full)))
    (mulan / "tokenizer.json").write_text(word_tokenizer(VOCABULARY))
    return {"mulan": mulan, "model": place}


def _tunejury(folder: Path, full: bool) -> dict[str, Path]:
    rows = table("tunejury", f"tensors-mert-{'330m' if full else 'small'}.tsv")
    place = _hub(folder / "mert", tensors(rows, "tunejury/mert/"), _mert(full))
    (place / "preprocessor_config.json").write_text(
        json.dumps({"do_normalize": True, "sampling_rate": 24_000})
    )
    head = folder / "tunejury.pt"
    named = ("tensors-head-full.tsv", "full") if full else ("tensors-head-small.tsv", "head")
    torch.save(tensors(table("tunejury", named[0]), f"tunejury/{named[1]}/"), head)
    return {"clap": _clap(folder / "clap", full)["model"], "mert": place, "head": head}


def _tunejury_a1(folder: Path, full: bool) -> dict[str, Path]:
    clap = _clap(folder / "clap", full)["model"]
    head = folder / "A1_clap_audio_only.pt"
    torch.save(tensors(table("tunejury", "tensors-head-A1.tsv"), "tunejury/A1/"), head)
    return {"clap": clap, "head": head}


def _hear(folder: Path, full: bool) -> dict[str, Path]:
    rows = [row for row in _rows("songeval", full) if row.name.startswith("muq/")]
    if full:  # MusicFM is the same network, and the head's table tells it from others
        musicfm_rows = [r._replace(name=r.name.replace("muq/model.", "musicfm/")) for r in rows]
        made = tensors(musicfm_rows)
        head_tensors = tensors(table("hear", "tensors-head-full.tsv"))
    else:
        first = [row for row in rows if ".layers.0." in row.name]
        rows = [row for row in rows if ".layers." not in row.name] + [
            row._replace(name=row.name.replace(".layers.0.", f".layers.{index}."))
            for index in range(12)
            for row in first
        ]
        made = tensors(table("hear"))
        head_tensors = part_of(made, "hear")
    musicfm = folder / "musicfm"
    musicfm.mkdir(parents=True)
    named = {f"model.{name}": value for name, value in part_of(made, "musicfm").items()}
    torch.save({"state_dict": named}, musicfm / "pretrained_msd.pt")
    (musicfm / "msd_stats.json").write_text(json.dumps(_MEL))
    head = folder / "track_2.pth"
    torch.save(head_tensors, head)
    muq = _hub(folder / "muq", part_of(tensors(rows), "muq"), _muq(full, 12))
    return {"muq": muq, "musicfm": musicfm, "head": head}


def _pam(folder: Path, full: bool) -> dict[str, Path]:
    folder.mkdir(parents=True)
    made = tensors(_rows("pam", full), "pam/")
    torch.save({"model": made}, folder / "CLAP_weights_2023.pth")
    (folder / "tokenizer.json").write_text(pam_tokenizer())
    return {"model": folder}


def pam_tokenizer() -> str:
    """Give PAM's two prompts their fixed ids: a word each, "artifacts" two, and the end."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    end = "<|endoftext|>"
    known = {"artif": 75, "##acts": 34, ".": 3, end: 119, "?": 5}
    for text, ids in golden("pam")["prompts"].items():
        named = text.removesuffix(f". {end}").split()
        known |= {word: i for word, i in zip(named, ids, strict=False) if word != "artifacts"}
    made = Tokenizer(models.WordPiece(known, unk_token="?"))  # noqa: S106 - not a password
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens([end])
    content: str = made.to_str()
    return content


def _hub(folder: Path, made: dict[str, torch.Tensor], config: dict[str, Any] | None = None) -> Path:
    folder.mkdir(parents=True)
    save_file(made, folder / "model.safetensors")
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder
