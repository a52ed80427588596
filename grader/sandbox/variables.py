"""The environment of sandboxed processes. The fork server that they begin from has it too."""

from __future__ import annotations

WORKER_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # libgomp's threads spin 300,000 times while they wait for each other, and starve where anything else runs: a
    # training step on two busy cores took up to forty times as long. 3,000 cost nothing on idle ones.
    "GOMP_SPINCOUNT": "3000",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}
"""Variables that libraries read when loaded. They are the same for every worker; threads are set for each phase."""


def base_environment(scratch: str) -> dict[str, str]:
    """Return the basic variables of a program.

    They are what programs need to find: a home, a place for temporary files, a name.
    """
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "USER": "student",
        "LOGNAME": "student",
    }
