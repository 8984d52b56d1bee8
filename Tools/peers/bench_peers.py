"""Trains one model with one peer and prints its speed as one JSON line on standard output; logs go to standard error.

    python Tools/peers/bench_peers.py --peer pytorch --model convnet --data hdf5 --hdf5 bench.h5 --threads 2

    convnet  28x28x1 - Conv2D(32, 3, relu) - MaxPool - Conv2D(64, 3, relu) - MaxPool - Flatten - Dropout(0.5) -
             Dense(10)
    mlp      784 - Dense(512, relu) - Dense(512, relu) - Dense(10)

Both with softmax, sparse cross-entropy and Adam. An epoch is --steps batches, shuffled anew each time; the first epoch
warms up, then each of --blocks epochs is timed and the median reported. A peer has several idiomatic ways (eager or
compiled, how it is fed): each is tried for a warm-up and two timed epochs, the better of which counts. The program then
starts itself anew with --variant NAME, the fastest, which measures that one without trying, so that trials leave
neither memory nor threads behind.

--data memory: float32 arrays, converted beforehand. --data hdf5: streamed from the file of make_bench_data.py, whose
chunks are read in shuffled order, converted to float32 on the way. Without --hdf5, --data memory makes its arrays.

The process and its workers run on --threads cores, and every library is told that number. Peak memory is VmHWM; that
of data workers stands beside it, summed (they share pages with the process).
"""

import argparse
import os
import platform
import statistics

from peer_process import (
    answer_channel, check_variant, fastest, finish, limit_threads, log, peak_resident_bytes, restart,
)

DEFAULT_STEPS = {"convnet": 100, "mlp": 400}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--peer", required=True, choices=["keras-tensorflow", "keras-jax", "pytorch"])
    parser.add_argument("--model", required=True, choices=["convnet", "mlp"])
    parser.add_argument("--data", required=True, choices=["memory", "hdf5"])
    parser.add_argument("--hdf5", metavar="FILE", help="written by make_bench_data.py")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, help="batches in an epoch (convnet 100, mlp 400)")
    parser.add_argument("--blocks", type=int, default=5, help="timed epochs (5)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", help="measure this variant alone")
    arguments = parser.parse_args()
    if arguments.data == "hdf5" and not arguments.hdf5:
        parser.error("--data hdf5 needs --hdf5 FILE")
    arguments.steps = arguments.steps or DEFAULT_STEPS[arguments.model]
    return arguments


def main():
    arguments = parse()
    limit_threads(arguments.threads)
    answer = answer_channel()
    if arguments.peer == "pytorch":
        from peer_pytorch import Peer
    else:
        os.environ["KERAS_BACKEND"] = arguments.peer.removeprefix("keras-")
        from peer_keras import Peer
    peer = Peer(arguments)
    samples, variant = arguments.steps * arguments.batch_size, arguments.variant
    if not variant:
        restart(answer, fastest(peer.variants, samples))
    check_variant(variant, peer.variants)
    speeds = [samples / seconds for seconds in peer.variants[variant](1 + arguments.blocks)[1:]]
    log(f"measured: {variant}: " + " ".join(f"{speed:.0f}" for speed in speeds))
    line = {
        "peer": arguments.peer,
        "model": arguments.model,
        "data": arguments.data,
        "samples_per_second": round(statistics.median(speeds), 1),
        "median_of": len(speeds),
        "blocks": [round(speed, 1) for speed in speeds],
        "variant": variant,
        "batch_size": arguments.batch_size,
        "steps": arguments.steps,
        "threads": arguments.threads,
        "last_loss": round(peer.last_loss, 4),
        "peak_rss_bytes": peak_resident_bytes(),
        "workers_peak_rss_bytes": peer.workers_peak,
        "versions": {"python": platform.python_version(), **peer.versions},
    }
    finish(answer, line)


if __name__ == "__main__":
    main()
