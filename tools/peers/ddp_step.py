"""What a step of PyTorch's DistributedDataParallel costs, for the work of //train:ddp.

One process a rank, started by torchrun or anything that sets RANK, WORLD_SIZE,
MASTER_ADDR and MASTER_PORT. Rank 0 prints one JSON line; step_time_s is each step's
maximum over ranks, warm-up left out. tools/peers/ddp_step prepares the environment.

The same work: net, batch, augmentation on the same bytes, loss, momentum SGD with
weight decay, loss and accuracy kept. Made as fast as eager PyTorch goes on a CPU:
channels_last, fused SGD, gradients as views of buckets, images kept padded in
channels-last order so that a batch is one gather, no broadcast of buffers in the
steps (the trainer shares them before they are used, too).
"""

import argparse
import glob
import json
import math
import os
import time
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.nn.parallel import DistributedDataParallel

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)
SIDE, PADDING, RECORD = 32, 4, 3073


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x if self.shortcut is None else self.shortcut(x)
        return self.relu(out)


def resnet(width, stages, blocks):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
              nn.ReLU(inplace=True)]
    channels = width
    for stage in range(stages):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(BasicBlock(channels, width << stage, stride))
            channels = width << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(channels, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(inplace=True),
        nn.Linear(120, 84), nn.ReLU(inplace=True), nn.Linear(84, 10))


# Name: (how to make it, its parameters).
NETS = {
    "resnet18": (lambda: resnet(64, 4, 2), 11173962),
    "resnet20": (lambda: resnet(16, 3, 3), 272474),
    "lenet": (lenet, 62006),
}


def make_net(name, seed):
    torch.manual_seed(seed)
    net = NETS[name][0]()
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and module.bias is None:
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    assert sum(p.numel() for p in net.parameters()) == NETS[name][1]
    return net.to(memory_format=torch.channels_last)


class Images:
    """Training images in memory, [n, 40, 40, 3] bytes with a border of zeros."""

    def __init__(self, folder):
        files = sorted(glob.glob(folder + "/data_batch_*.bin"))
        if not files:
            raise SystemExit(f"ddp_step: no data_batch_*.bin in {folder}")
        records = torch.cat([torch.from_file(f, size=os.path.getsize(f), dtype=torch.uint8)
                             for f in files]).view(-1, RECORD)
        self.labels = records[:, 0].long()
        planes = records[:, 1:].view(-1, 3, SIDE, SIDE)
        self.pixels = nn.functional.pad(planes, [PADDING] * 4).permute(0, 2, 3, 1).contiguous()
        self.scale = 1 / (255 * torch.tensor(STD))
        self.shift = -torch.tensor(MEAN) / torch.tensor(STD)

    def batch(self, indices, generator):
        """Random crop and flip of the images: one gather for the whole batch."""
        n = len(indices)
        corner = torch.randint(0, 2 * PADDING + 1, (2, n, 1), generator=generator)
        flip = torch.randint(0, 2, (n, 1), generator=generator).bool()
        line = torch.arange(SIDE)
        rows = corner[0] + line
        columns = corner[1] + torch.where(flip, SIDE - 1 - line, line)
        pixels = self.pixels[indices[:, None, None], rows[:, :, None], columns[:, None, :]]
        images = torch.addcmul(self.shift, pixels.float(), self.scale)
        return images.permute(0, 3, 1, 2), self.labels[indices]


class Sampler:
    """Full batches of this rank, epoch after epoch; all ranks share one order."""

    def __init__(self, images, batch, rank, world_size, seed):
        self.images, self.batch, self.rank, self.stride = images, batch, rank, batch * world_size
        if images < self.stride:
            raise SystemExit(f"ddp_step: {images} images are less than a global batch")
        self.generator = torch.Generator().manual_seed(seed)
        self.order, self.at = None, images

    def next(self):
        if self.at + self.stride > self.images:
            self.order = torch.randperm(self.images, generator=self.generator)
            self.at = 0
        first = self.at + self.rank * self.batch
        self.at += self.stride
        return self.order[first:first + self.batch]


class Clock:
    """Instants of each step, in seconds."""

    PHASES = ("data", "forward", "backward", "optimiser", "other")

    def __init__(self):
        self.steps = []

    def begin(self):
        self.steps.append([time.perf_counter()])

    def mark(self):
        self.steps[-1].append(time.perf_counter())

    def differences(self):
        instants = torch.tensor(self.steps, dtype=torch.float64)
        return instants[:, 1:] - instants[:, :-1]


def train(options, net, images, rank, world_size):
    """Runs all steps; each step's phases, [steps, 5] seconds, and the final loss."""
    optimiser = torch.optim.SGD(net.parameters(), lr=options.lr, momentum=0.9,
                                weight_decay=5e-4, fused=True)
    criterion = nn.CrossEntropyLoss()
    sampler = Sampler(len(images.labels), options.batch_size, rank, world_size, options.seed)
    augmentation = torch.Generator().manual_seed(options.seed + 1 + rank)
    clock = Clock()
    loss_sum, correct = 0.0, 0
    for _ in range(options.warmup + options.steps):
        clock.begin()
        pixels, labels = images.batch(sampler.next(), augmentation)
        clock.mark()
        logits = net(pixels)
        loss = criterion(logits, labels)
        clock.mark()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        clock.mark()
        optimiser.step()
        clock.mark()
        last = loss.item()
        loss_sum += last * len(labels)
        correct += (logits.detach().argmax(1) == labels).sum().item()
        clock.mark()
    if not math.isfinite(loss_sum):
        raise SystemExit("ddp_step: the loss is not a number any more; try a smaller --lr")
    return clock.differences(), last


def parallel(net, options):
    net = DistributedDataParallel(
        net, bucket_cap_mb=options.bucket_cap_mb, gradient_as_bucket_view=True,
        broadcast_buffers=options.broadcast_buffers)
    if options.wire == "bf16":
        net.register_comm_hook(None, default_hooks.bf16_compress_hook)
    return net


def gather(phases, world_size):
    """All ranks' phases, [ranks, steps, 5]."""
    everybody = [torch.empty_like(phases) for _ in range(world_size)]
    if world_size > 1:
        dist.all_gather(everybody, phases)
        return torch.stack(everybody)
    return phases[None]


def report(options, everybody, loss):
    step_time = everybody.sum(2).amax(0)
    result = {
        "program": "torch " + torch.__version__,
        "world_size": len(everybody), "threads": torch.get_num_threads(),
        "step_time_s": [round(t, 7) for t in step_time.tolist()],
        "median_s": step_time.median().item(),
        "loss": loss,
        "options": vars(options),
    }
    if options.phases:
        medians = everybody.median(1).values.median(0).values
        result["phases_s"] = dict(zip(Clock.PHASES, medians.tolist()))
    print(json.dumps(result), flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--model", choices=NETS, default="resnet18")
    add("--data_path", default="testdata/cifar10", help="folder with data_batch_*.bin")
    add("--batch_size", type=int, default=32, help="images per rank and step")
    add("--steps", type=int, default=30, help="steps that count")
    add("--warmup", type=int, default=10, help="steps before them that do not")
    add("--threads", type=int, default=1, help="CPU threads a rank")
    add("--wire", choices=("fp32", "bf16"), default="fp32", help="type of travelling gradients")
    add("--interface", default="", help="network interface, for example eth0")
    add("--bucket_cap_mb", type=float, default=25)
    add("--broadcast_buffers", action="store_true", help="DDP's default, slower")
    add("--compile", action="store_true", help="torch.compile the net")
    add("--phases", action="store_true", help="report medians of the parts of a step")
    add("--lr", type=float, default=0.01)
    add("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.warmup < 10:
        parser.error("--warmup must be 10 or more: DDP rebuilds and samples its buckets there")
    return options


def main():
    options = parse()
    rank, world_size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(options.threads)
    if options.interface:
        os.environ["GLOO_SOCKET_IFNAME"] = options.interface
    images = Images(options.data_path)
    net = make_net(options.model, options.seed)
    if world_size > 1:
        dist.init_process_group("gloo", rank=rank, world_size=world_size)
        net = parallel(net, options)
    if options.compile:
        net = torch.compile(net)
    phases, loss = train(options, net, images, rank, world_size)
    everybody = gather(phases[options.warmup:].contiguous(), world_size)
    if rank == 0:
        report(options, everybody, loss)
    if world_size > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
