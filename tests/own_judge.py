"""A judge with an encoder and a network of ours, for tests that enter at its stages."""

import os
from typing import Any

from plaudit.judging.judge import Judge
from plaudit.judging.load import load_judge


def own_judge(name: str | os.PathLike[str] = "bundled", **how: Any) -> Judge:
    judge = load_judge(name, **how)
    assert isinstance(judge, Judge)
    return judge
