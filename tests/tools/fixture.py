#!/usr/bin/env python3
"""What PyTorch computes for a network, as tests/nn/parity compares it: JSON on the standard output.

    fixture.py NAME [CLASSES]              a network of torchvision
    fixture.py FILE.py:NAME [CLASSES]      NAME(classes) of a Python file, tensors named as timm names them

Weights and input are made from the tensors' names, the input is 96 high and 128 wide, batch norm uses
its running statistics; all in double precision, weights and input rounded to float before. Multiply-
accumulates are counted for 224 x 224 by the rules of ptflops' two backends (nn/macs.h).
"""
import importlib.util
import json
import math
import sys

import numpy as np
import torch
from torch import nn

GAIN, HEIGHT, WIDTH = 1.25, 96, 128


def uniform(name, count):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z = z ^ z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2**24


def tensor(name, shape):
    u = uniform(name, math.prod(shape))
    if len(shape) >= 2:
        values = (2 * u - 1) * math.sqrt(3 / math.prod(shape[1:])) * GAIN
    elif name.endswith(("running_var", "weight", "gamma", "scale")):
        values = 0.5 + u
    else:
        values = 0.2 * (u - 0.5)
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def make(what, classes):
    if ".py:" not in what:
        import torchvision

        return "torchvision/" + what, getattr(torchvision.models, what)(num_classes=classes)
    path, name = what.rsplit(":", 1)
    spec = importlib.util.spec_from_file_location("networks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return "timm/" + name, getattr(module, name)(classes)


def count_macs(model):
    """(aten, pytorch). ptflops counts a module by its exact type, and functions that modules call again."""
    aten, other = 0, 0
    outputs_once = (nn.ReLU6, nn.SiLU)
    outputs_twice = (nn.ReLU, nn.PReLU, nn.ELU, nn.GELU, nn.LeakyReLU)
    pools = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)

    def hook(m, inputs, output):
        nonlocal aten, other
        if isinstance(m, nn.Conv2d):
            aten += output.numel() // m.out_channels * m.weight.numel()
            aten += output.numel() if m.bias is not None else 0
        elif isinstance(m, nn.Linear):
            aten += m.weight.numel() + (m.out_features if m.bias is not None else 0)
        elif type(m) is nn.BatchNorm2d:
            other += 2 * inputs[0].numel()
        elif type(m) in outputs_once:
            other += output.numel()
        elif type(m) in outputs_twice:
            other += 2 * output.numel()
        elif type(m) in pools:
            other += 2 * inputs[0].numel()

    handles = [m.register_forward_hook(hook) for m in model.modules()]
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224, dtype=torch.float64))
    for h in handles:
        h.remove()
    return aten, aten + other


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    label, model = make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
    model = model.double().eval()
    state = {n: t for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")}
    with torch.no_grad():
        for name, t in state.items():
            t.copy_(tensor(name, tuple(t.shape)))
    x = 2 * uniform("input", 3 * HEIGHT * WIDTH) - 1
    x = torch.from_numpy(x.astype(np.float32).astype(np.float64).reshape(1, 3, HEIGHT, WIDTH))
    x.requires_grad_(True)
    logits = model(x)
    target = 7 % logits.shape[1]
    loss = nn.functional.cross_entropy(logits, torch.tensor([target]))
    loss.backward()
    aten, pytorch = count_macs(model)
    gradients = {
        n: [p.grad.norm().item(), p.grad.flatten()[0].item()] for n, p in model.named_parameters()
    }
    json.dump(
        {
            "model": label,
            "gain": GAIN,
            "input_shape": [1, 3, HEIGHT, WIDTH],
            "tensors": [{"name": n, "shape": list(t.shape)} for n, t in state.items()],
            "logits": logits[0].tolist(),
            "label": target,
            "loss": loss.item(),
            "grad_norm_and_first": gradients,
            "input_grad_norm": x.grad.norm().item(),
            "params": sum(p.numel() for p in model.parameters()),
            "macs_ptflops_3x224x224": {"aten": aten, "pytorch": pytorch},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
