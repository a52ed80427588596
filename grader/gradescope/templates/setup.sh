#!/usr/bin/env bash
# Gradescope runs this once, as root and with a network, when it builds the image of the autograder (Ubuntu 22.04 or
# 24.04). It needs some minutes and about 2 GB.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
python="$root/venv/bin/python"
# Not below /root: submissions run as a user who may not read there.
export UV_PYTHON_INSTALL_DIR="${UV_PYTHON_INSTALL_DIR:-/opt/python}" UV_LINK_MODE=copy UV_NO_PROGRESS=1
export DEBIAN_FRONTEND=noninteractive

apt-get update
apt-get install -y --no-install-recommends ca-certificates python3 python3-pip
# The stronger sandbox. Where the container may make no namespaces, the grader takes Landlock, which needs no package.
apt-get install -y --no-install-recommends bubblewrap || echo "setup.sh: no bubblewrap to be had; Landlock it is"

# The image's own Python is too old for the grader; uv brings another.
python3 -m pip install --quiet --upgrade --target "$root/uv" uv
uv() { PYTHONPATH="$root/uv" python3 -m uv "$@"; }
uv venv --clear --python 3.11 --managed-python "$root/venv"

# The CPU build of torch by its own index, before anything could bring the CUDA build: that is 5 GB, and takes more
# memory when it is imported than a container has by default.
uv pip install --python "$python" --index-url https://download.pytorch.org/whl/cpu torch torchvision
uv pip install --python "$python" "$root"/source/perceptron_grader-*.whl
"$python" -P -c 'import torch; assert torch.version.cuda is None, "this is the CUDA build of torch"'

# MNIST from where torchvision has it, each file held against its published checksum.
"$python" -P -c '
import sys; from pathlib import Path; from grader.datasets.mnist import download
download(Path(sys.argv[1]), print)' "$root/mnist"

# What names of digits are drawn from: the same in each run of this autograder, and read by nobody but root.
(umask 077; head -c 32 /dev/urandom | base64 > "$root/secret")
chmod 700 "$root/source"
chmod -R a+rX "$root/venv" "$root/mnist" "$UV_PYTHON_INSTALL_DIR"
