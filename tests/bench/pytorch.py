#!/usr/bin/python3
"""Pictures a second of a torchvision network in PyTorch: lines "mode rate", as tests/bench/speed prints them.
Forward in eval mode without gradients. step: a whole training step (cross-entropy, SGD with Nesterov momentum)
with batch norm's running statistics, as `tend train` does it; step-batch: with the statistics of the batch,
as PyTorch does by itself.

    pytorch.py NETWORK SECONDS THREADS [cpu]     cpu: time of the CPU instead of time passed
    pytorch.py NETWORK export FOLDER             as ONNX, for 1 and for 16 pictures: 1.onnx, 16.onnx
"""
import sys
import time

import torch
import torchvision

BATCH = 16
network = getattr(torchvision.models, sys.argv[1])().eval()
if sys.argv[2] == "export":
    for n in (1, BATCH):
        torch.onnx.export(network, torch.randn(n, 3, 224, 224), "%s/%d.onnx" % (sys.argv[3], n),
                          input_names=["x"], opset_version=14)
    sys.exit(0)

seconds = float(sys.argv[2])
torch.set_num_threads(int(sys.argv[3]))
now = time.process_time if sys.argv[4:] == ["cpu"] else time.perf_counter


def rate(pictures, run):
    run()
    best, end = 0.0, now() + seconds
    while True:
        start = now()
        run()
        best = max(best, pictures / (now() - start))
        if now() > end:
            return best


def forward(x):
    with torch.inference_mode():
        network(x)


sgd = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=1e-4)
labels = torch.arange(BATCH) * 7 % 1000


def step(x):
    sgd.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(network(x), labels).backward()
    sgd.step()


one, many = torch.randn(1, 3, 224, 224), torch.randn(BATCH, 3, 224, 224)
print("forward1 %.2f" % rate(1, lambda: forward(one)), flush=True)
print("forward %.2f" % rate(BATCH, lambda: forward(many)), flush=True)
print("step %.2f" % rate(BATCH, lambda: step(many)), flush=True)
network.train()
print("step-batch %.2f" % rate(BATCH, lambda: step(many)), flush=True)
