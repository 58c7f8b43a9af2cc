#!/usr/bin/env bash
# Embeds the songs of a manifest on several nodes of a SLURM cluster.
#
#   sbatch docs/recipes/slurm.sh /shared/songs.parquet /shared/store
#
# Plaudit with its extra "cluster" is in one Python environment that every node sees, and so are the
# songs, the judge and the store, at the same paths. Submit it again, or let SLURM requeue it: it
# goes on where it was.
#SBATCH --job-name=plaudit-embed
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --mem-per-cpu=2G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

manifest=${1:?"Expected the manifest and the store: sbatch slurm.sh songs.parquet store"}
store=${2:?"Expected the store after the manifest: sbatch slurm.sh songs.parquet store"}
source "${PLAUDIT_VENV:?"Expected PLAUDIT_VENV, the folder of the Python environment"}/bin/activate"

export RAY_USAGE_STATS_ENABLED=0
# Others on these nodes reach the ports of this Ray: without a token they could run code in it.
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_TOKEN
cores=$SLURM_CPUS_PER_TASK
port=$((20000 + SLURM_JOB_ID % 20000)) # two jobs may share a node
folder=/tmp/ray-$SLURM_JOB_ID          # short: the path of a socket may have 107 bytes

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]} # this script runs there
read -r ip _ < <(hostname --ip-address)
address=$ip:$port

on_node() { # node, command
    srun --nodes=1 --ntasks=1 --cpus-per-task="$cores" --overlap --nodelist="$1" "${@:2}" &
}
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

on_node "$head" ray start --head --node-ip-address="$ip" --port="$port" --num-cpus="$cores" \
    --temp-dir="$folder" --include-dashboard=false --disable-usage-stats --block
for _ in $(seq 120); do
    if (exec 3<>"/dev/tcp/$ip/$port") 2>/dev/null; then break; fi
    sleep 1
done
for node in "${nodes[@]:1}"; do
    on_node "$node" ray start --address="$address" --num-cpus="$cores" --disable-usage-stats --block
done

# Workers are used as their nodes join.
plaudit embed "$manifest" --out "$store" --cluster "$address"
