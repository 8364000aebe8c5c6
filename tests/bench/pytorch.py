#!/usr/bin/python3
"""Pictures a second of torchvision's MobileNetV2 in PyTorch: lines "mode rate", as tests/bench/speed prints
them. Forward in eval mode without gradients; train: forward and backward of the whole network, batch norm
with running statistics. Usage: pytorch.py SECONDS [THREADS], or pytorch.py export FILE (as ONNX)"""
import sys
import time

import torch
import torchvision

network = torchvision.models.mobilenet_v2().eval()
if sys.argv[1] == "export":
    torch.onnx.export(network, torch.randn(1, 3, 224, 224), sys.argv[2], input_names=["x"],
                      dynamic_axes={"x": {0: "n"}}, opset_version=13)
    sys.exit(0)

seconds = float(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)


def rate(pictures, run):
    run()
    best, end = 0.0, time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        run()
        best = max(best, pictures / (time.perf_counter() - start))
        if time.perf_counter() > end:
            return best


def forward(x):
    with torch.no_grad():
        network(x)


def train(x):
    network.zero_grad(set_to_none=True)
    network(x).square().sum().backward()


one, many = torch.randn(1, 3, 224, 224), torch.randn(16, 3, 224, 224)
print("forward1 %.2f" % rate(1, lambda: forward(one)), flush=True)
print("forward %.2f" % rate(16, lambda: forward(many)), flush=True)
print("train %.2f" % rate(16, lambda: train(many)), flush=True)
