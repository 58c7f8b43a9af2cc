"""The recipes of the documents: syntax, and that they name what there is."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from plaudit import __version__
from plaudit.cli.app import app
from plaudit.embeddings.cluster.choice import check_cluster

ROOT = Path(__file__).parents[3]
RECIPES = ROOT / "docs" / "recipes"
SLURM = (RECIPES / "slurm.sh").read_text(encoding="utf-8")
RAY = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    """The job on Kubernetes."""
    text = (RECIPES / "kuberay.yaml").read_text(encoding="utf-8")
    (parsed,) = yaml.safe_load_all(text)
    assert isinstance(parsed, dict)
    return parsed


def embed_options(line: str) -> dict[str, str]:
    """Return the options of a `plaudit embed` command, all of which there are."""
    program, name, *words = shlex.split(line)
    assert (program, name) == ("plaudit", "embed")
    command: Any = typer.main.get_command(app)
    there = {option for given in command.commands[name].params for option in given.opts}
    given = dict(zip(words[1::2], words[2::2], strict=True))
    assert set(given) <= there
    return given


def test_slurm_script_is_bash() -> None:
    subprocess.run(["bash", "-n", str(RECIPES / "slurm.sh")], check=True)
    assert SLURM.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in SLURM


def test_slurm_script_asks_for_nodes_before_it_begins() -> None:
    asked = dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", SLURM, re.MULTILINE))
    assert {"nodes", "ntasks-per-node", "cpus-per-task", "time"} <= set(asked)
    assert asked["ntasks-per-node"] == "1"
    assert "#SBATCH --requeue\n" in SLURM
    first = SLURM.index("\nset -euo")
    assert "#SBATCH" not in SLURM[first:], "SLURM reads no option after the first command"


def test_slurm_script_runs_a_command_that_there_is() -> None:
    (line,) = re.findall(r"^plaudit .*$", SLURM, re.MULTILINE)
    assert set(embed_options(line)) == {"--out", "--cluster"}
    assert SLURM.count("--disable-usage-stats") == SLURM.count("ray start --") == 2
    assert "ray stop" not in SLURM, "it ends every Ray of the user on a node, also of other jobs"


def test_kubernetes_job_has_the_fields_that_kuberay_reads(job: dict[str, Any]) -> None:
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert re.fullmatch(r"[a-z0-9-]+", job["metadata"]["name"])
    spec = job["spec"]
    assert RAY is not None
    assert spec["rayClusterSpec"]["rayVersion"] == RAY[1]
    assert spec["shutdownAfterJobFinishes"] is True
    assert spec["backoffLimit"] > 0
    options = embed_options(spec["entrypoint"])
    check_cluster(options["--cluster"])
    (group,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    cores = int(group["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    assert int(options["--workers"]) == group["maxReplicas"] * cores


def test_kubernetes_nodes_have_one_image_and_see_the_same_files(job: dict[str, Any]) -> None:
    cluster = job["spec"]["rayClusterSpec"]
    head, worker = cluster["headGroupSpec"], cluster["workerGroupSpecs"][0]
    assert head["rayStartParams"]["num-cpus"] == "0"
    pods = [group["template"]["spec"] for group in (head, worker)]
    (first,), (second,) = (pod["containers"] for pod in pods)
    assert first["image"] == second["image"]
    assert first["image"].endswith(f":{__version__}")
    assert first["volumeMounts"] == second["volumeMounts"]
    assert pods[0]["volumes"] == pods[1]["volumes"]
    assert {m["name"] for m in first["volumeMounts"]} == {v["name"] for v in pods[0]["volumes"]}
    mounted = first["volumeMounts"][0]["mountPath"]
    words = shlex.split(job["spec"]["entrypoint"])
    assert sum(word.startswith(f"{mounted}/") for word in words) == 2
    for container in (first, second):
        assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]
        assert container["resources"]["requests"] == container["resources"]["limits"]
