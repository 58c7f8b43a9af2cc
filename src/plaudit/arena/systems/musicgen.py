"""MusicGen as a program that a test can ask, through transformers.

In a test's file::

    [contestants.programs.musicgen]
    command = ["python", "-m", "plaudit.arena.systems.musicgen", "facebook/musicgen-small"]

It is an example of the promise in `plaudit.arena.systems.request`, and loads the model anew for
each song. Weights come through transformers, from the hub or a folder; mind their licence.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from plaudit.arena.systems.request import Request
from plaudit.core.settings import read_json


def generate(model_name: str, request: Request, device: str = "cpu") -> dict[str, Any]:
    """Write the song that a request asks for; return what is worth logging.

    Parameters
    ----------
    model_name : str
        Hub id or folder of a MusicGen model with its tokenizer.
    request : Request
        What is asked; the same request gives the same song on one machine.
    device : str, default "cpu"
        Device of torch.

    Returns
    -------
    dict
        ``model`` and ``seconds`` that the generation took.
    """
    import soundfile
    import torch
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration

    tokenizer = AutoTokenizer.from_pretrained(model_name)
    model: Any = MusicgenForConditionalGeneration.from_pretrained(model_name)
    model = model.to(device).eval()
    codec = model.config.audio_encoder
    words = tokenizer([request.prompt or ""], return_tensors="pt", padding=True).to(device)
    n_tokens = max(round(request.duration_s * codec.frame_rate), 1)
    start = time.monotonic()
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(request.seed)
        audio = model.generate(**words, do_sample=True, max_new_tokens=n_tokens)
    samples = audio[0].float().cpu().numpy().T
    with Path(request.out).open("wb") as file:
        soundfile.write(file, samples, codec.sampling_rate, format="WAV", subtype="PCM_16")
    return {"model": model_name, "seconds": round(time.monotonic() - start, 3)}


def main() -> None:
    """Read a request on standard input, write its song, print a line for the log."""
    parser = argparse.ArgumentParser(description="MusicGen as a system of a listening test.")
    parser.add_argument("model", help="hub id or folder")
    parser.add_argument("--device", default="cpu")
    words = parser.parse_args()
    request = read_json(Request, sys.stdin.read(), "the request")
    sys.stdout.write(json.dumps(generate(words.model, request, words.device)) + "\n")


if __name__ == "__main__":
    main()
