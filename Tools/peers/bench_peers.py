"""Measures one model with one peer and prints one JSON line on standard output; logs go to standard error.

    python Tools/peers/bench_peers.py --peer pytorch --model convnet --data hdf5 --hdf5 bench.h5 --threads 2
    python Tools/peers/bench_peers.py --peer keras-jax --model lstm --data memory --precision bfloat16
    python Tools/peers/bench_peers.py --peer pytorch --model unet --task predict-latency

The models are those of bench_models.py. --precision bfloat16 is autocast in PyTorch, mixed_bfloat16 in Keras.

--task train: samples per second. An epoch is --steps batches, shuffled anew each time; the first epoch warms up, then
each of --blocks epochs is timed and the median reported. --data memory: arrays that were made beforehand. --data hdf5
(convnet and mlp): streamed from the file of make_bench_data.py, whose chunks are read in shuffled order, converted to
float32 on the way. Without --hdf5, --data memory makes its arrays.

--task predict-latency: the median time of 200 predictions of one sample each, after 50 that warm up; from an array in
Python's memory to one. --task first-update: the time from the start of the process to the end of the first update of
one batch, imports, model and compilation within it; the median of --blocks processes.

A peer has several idiomatic ways (eager or compiled, how it is fed): each is tried shortly, the best counts. The
program then starts itself anew with --variant NAME, the best, which measures that one without trying, so that trials
leave neither memory nor threads behind.

The process and its workers run on --threads cores, and every library is told that number. Peak memory is VmHWM; that
of data workers stands beside it, summed (they share pages with the process).
"""

import argparse
import os
import platform
import statistics

import first_update
from bench_models import MODELS
from peer_process import (
    answer_channel, check_variant, fastest, finish, limit_threads, log, peak_resident_bytes, restart,
    seconds_since_start,
)

WARM_CALLS, TIMED_CALLS = 50, 200


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--peer", required=True, choices=list(first_update.VARIANTS))
    parser.add_argument("--model", required=True, choices=list(MODELS))
    parser.add_argument("--task", default="train", choices=["train", "predict-latency", "first-update"])
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--data", default="memory", choices=["memory", "hdf5"])
    parser.add_argument("--hdf5", metavar="FILE", help="written by make_bench_data.py")
    parser.add_argument("--batch-size", type=int, help="the model's own: 128, 32 or 16")
    parser.add_argument("--steps", type=int, help="batches in an epoch; the model's own: a second or two")
    parser.add_argument("--blocks", type=int, default=5, help="timed epochs, or processes (5)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", help="measure this variant alone")
    arguments = parser.parse_args()
    spec = MODELS[arguments.model]
    if arguments.data == "hdf5" and not arguments.hdf5:
        parser.error("--data hdf5 needs --hdf5 FILE")
    if arguments.data == "hdf5" and arguments.model not in ("convnet", "mlp"):
        parser.error(f"--data hdf5 is for convnet and mlp: the file's images do not fit {arguments.model}")
    arguments.batch_size = arguments.batch_size or spec.batch_size
    arguments.steps = arguments.steps or spec.steps
    return arguments


def load(arguments):
    if arguments.peer == "pytorch":
        from peer_pytorch import Peer
    else:
        os.environ["KERAS_BACKEND"] = arguments.peer.removeprefix("keras-")
        from peer_keras import Peer
    return Peer(arguments)


def main():
    arguments = parse()
    limit_threads(arguments.threads)
    answer = answer_channel()
    measure = {"train": train, "predict-latency": latency, "first-update": first}[arguments.task]
    figures, peer = measure(arguments, answer)
    line = {name: getattr(arguments, name) for name in ("task", "peer", "model", "precision", "batch_size", "threads")}
    line |= figures | {"parameters": MODELS[arguments.model].parameters}
    if peer:
        line["peak_rss_bytes"], line["workers_peak_rss_bytes"] = peak_resident_bytes(), peer.workers_peak
        line["versions"] = {"python": platform.python_version(), **peer.versions}
    finish(answer, line)


def train(arguments, answer):
    peer, samples = load(arguments), arguments.steps * arguments.batch_size
    variants = peer.training()
    if not arguments.variant:
        restart(answer, fastest(variants, samples))
    check_variant(arguments.variant, variants)
    speeds = [samples / seconds for seconds in variants[arguments.variant](1 + arguments.blocks)[1:]]
    log(f"measured: {arguments.variant}: " + " ".join(f"{speed:.0f}" for speed in speeds))
    figures = {
        "samples_per_second": round(statistics.median(speeds), 1),
        "median_of": len(speeds),
        "blocks": [round(speed, 1) for speed in speeds],
        "variant": arguments.variant,
        "data": arguments.data,
        "steps": arguments.steps,
        "last_loss": round(float(peer.last_loss), 4),
    }
    return figures, peer


def latency(arguments, answer):
    peer = load(arguments)
    variants = peer.latency()
    if not arguments.variant:
        restart(answer, fastest(variants, 1, WARM_CALLS))
    check_variant(arguments.variant, variants)
    seconds = variants[arguments.variant](WARM_CALLS + TIMED_CALLS)[WARM_CALLS:]
    microseconds = round(statistics.median(seconds) * 1e6, 1)
    figures = {"microseconds": microseconds, "median_of": len(seconds), "variant": arguments.variant}
    return figures | {"batch_size": 1}, peer


def first(arguments, answer):
    if not arguments.variant:
        return first_update.of_processes(arguments.peer, arguments.blocks), None
    check_variant(arguments.variant, first_update.VARIANTS[arguments.peer])
    peer = load(arguments)
    peer.first_update(arguments.variant)
    seconds = seconds_since_start()
    figures = {"seconds": round(seconds, 3), "median_of": 1, "variant": arguments.variant}
    return figures | {"last_loss": round(float(peer.last_loss), 4)}, peer


if __name__ == "__main__":
    main()
