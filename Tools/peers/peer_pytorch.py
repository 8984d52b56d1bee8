"""PyTorch: eager or compiled, with or without channels last; bfloat16 by autocast."""

import importlib.metadata
import time

import numpy as np
import torch
from torch.nn.functional import cross_entropy

import bench_data
import models_pytorch
from bench_models import MODELS
from feed_pytorch import channels_first, feeds
from peer_process import workers_peak_resident_bytes


class Peer:
    def __init__(self, arguments):
        torch.set_num_threads(arguments.threads)
        self.arguments, self.last_loss, self.workers_peak = arguments, float("nan"), 0
        self.layouts = [False, True] if MODELS[arguments.model].images else [False]
        self.mixed = arguments.precision == "bfloat16"
        self.versions = {"torch": torch.__version__, "numpy": np.__version__}
        self.versions["h5py"] = importlib.metadata.version("h5py")

    def training(self):
        """Functions of a number of epochs, which give the seconds of each."""
        return {
            f"{feed}, {mode}{', channels last' if last else ''}": self.trainer(make, mode == "compiled", last)
            for feed, make in feeds(self.arguments).items()
            for last in self.layouts
            for mode in ("eager", "compiled")
        }

    def trainer(self, make_feed, compiled, channels_last):
        def run(epochs):
            update = self.updater(compiled, channels_last)
            feed, seconds = make_feed(), []
            for _ in range(epochs):
                start, total, steps = time.perf_counter(), torch.zeros(()), 0
                for samples, labels in feed():
                    total += update(samples, labels)
                    steps += 1
                self.last_loss = float(total) / steps
                seconds.append(time.perf_counter() - start)
            if self.arguments.data == "hdf5":
                self.workers_peak = workers_peak_resident_bytes()
            return seconds

        return run

    def updater(self, compiled, channels_last):
        """A fresh model, as a function of a batch that updates it and gives the loss."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        torch.manual_seed(1)
        model = models_pytorch.make(self.arguments.model).to(memory_format=layout).train()
        optimizer = torch.optim.Adam(model.parameters(), fused=True)

        def loss_of(samples, labels):
            with torch.autocast("cpu", torch.bfloat16, enabled=self.mixed):
                return cross_entropy(model(samples), labels)

        if compiled:
            torch.compiler.reset()
            loss_of = torch.compile(loss_of)

        def update(samples, labels):
            if channels_last:
                samples = samples.contiguous(memory_format=layout)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(samples, labels)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return update

    def first_update(self, variant):
        samples, labels = bench_data.random_arrays(self.arguments.model, self.arguments.batch_size)
        update = self.updater(variant == "compiled", channels_last=False)
        self.last_loss = float(update(channels_first(samples), torch.from_numpy(labels)))

    def latency(self):
        """Functions of a number of calls, which give the seconds of each: one sample in, its probabilities out."""
        casts = [False, True] if self.mixed else [False]
        return {
            f"{mode}{', channels last' if last else ''}{', weights in bfloat16' if cast else ''}": self.caller(
                mode, last, cast
            )
            for last in self.layouts
            for cast in casts
            for mode in ("eager", "compiled", "compiled, frozen")
        }

    def caller(self, mode, channels_last, cast):
        layout = torch.channels_last if channels_last else torch.contiguous_format

        def run(count):
            torch.manual_seed(1)
            torch.compiler.reset()
            model = models_pytorch.make(self.arguments.model).to(memory_format=layout).eval()
            if cast:
                model = model.to(torch.bfloat16)
            function = model
            if mode != "eager":
                options = {"freezing": True} if "frozen" in mode else None
                function = torch.compile(model, options=options)
            sample = channels_first(bench_data.random_arrays(self.arguments.model, 1)[0])
            seconds = []
            # Frozen weights need no_grad, which compiled code is as fast under as inference_mode.
            quiet = torch.inference_mode if mode == "eager" else torch.no_grad
            with quiet(), torch.autocast("cpu", torch.bfloat16, enabled=self.mixed and not cast):
                for _ in range(count):
                    start = time.perf_counter()
                    x = sample.contiguous(memory_format=layout) if channels_last else sample
                    x = x.to(torch.bfloat16) if cast and x.is_floating_point() else x
                    torch.softmax(function(x).float(), 1).numpy()
                    seconds.append(time.perf_counter() - start)
            return seconds

        return run
