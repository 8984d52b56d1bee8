"""The time to a first update: processes of their own, one after the other, because what is imported stays."""

import json
import statistics
import subprocess
import sys

from peer_process import log

VARIANTS = {
    "keras-tensorflow": ["no XLA", "XLA", "op by op"],
    "keras-jax": ["XLA", "op by op"],
    "pytorch": ["eager", "compiled"],
}


def of_processes(peer, count):
    """Runs this program with each variant `count` times, in turn. Gives the figures of the fastest."""
    seconds = {}
    for _ in range(count):
        for variant in VARIANTS[peer]:
            command = [sys.executable, *sys.argv, "--variant", variant]
            child = subprocess.run(command, stdout=subprocess.PIPE, text=True)
            if child.returncode == 0:
                seconds.setdefault(variant, []).append(json.loads(child.stdout.splitlines()[-1])["seconds"])
    if not seconds:
        sys.exit(f"no variant of {peer} has finished an update")
    for variant, found in seconds.items():
        log(f"{variant}: " + " ".join(f"{value:.2f} s" for value in found))
    best = min(seconds, key=lambda variant: statistics.median(seconds[variant]))
    return {"seconds": statistics.median(seconds[best]), "median_of": len(seconds[best]), "variant": best}
