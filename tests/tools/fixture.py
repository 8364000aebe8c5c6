#!/usr/bin/env python3
"""What PyTorch computes for a network, as tests/nn/parity compares it: JSON on the standard output.

    fixture.py NAME [CLASSES [GAIN]]           a network of torchvision
    fixture.py FILE.py:NAME [CLASSES [GAIN]]   NAME(classes) of a Python file, tensors named as timm names them

Weights and input are made from the tensors' names, the input is 96 high and 128 wide, batch norm uses
its running statistics; all in double precision, weights and input rounded to float before. GAIN: weights
are so much larger than what keeps activations as large as they are (1.25); with deep networks that have
gates take 1, or what they give in float has little in common with what they give in double. Multiply-
accumulates are counted for 224 x 224 by the rules of ptflops' two backends (nn/macs.h).
"""
import importlib.util
import json
import math
import sys

import numpy as np
import torch
from torch import nn

HEIGHT, WIDTH = 96, 128


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


def tensor(name, shape, gain):
    u = uniform(name, math.prod(shape))
    if len(shape) >= 2:
        values = (2 * u - 1) * math.sqrt(3 / math.prod(shape[1:])) * gain
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
    """(aten, pytorch). pytorch counts a module by its exact type, and functions that modules call again."""
    aten, pytorch = 0, 0
    outputs_once = (nn.ReLU6, nn.SiLU)
    outputs_twice = (nn.ReLU, nn.PReLU, nn.ELU, nn.GELU, nn.LeakyReLU)
    pools = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)

    def weighted(m, output):
        if isinstance(m, nn.Conv2d):
            products = output.numel() // m.out_channels * m.weight.numel()
            return products + (output.numel() if m.bias is not None else 0)
        if isinstance(m, nn.Linear):
            return m.weight.numel() + (m.out_features if m.bias is not None else 0)
        return 0

    def hook(m, inputs, output):
        nonlocal aten, pytorch
        aten += weighted(m, output)
        if type(m) in (nn.Conv2d, nn.Linear):
            pytorch += weighted(m, output)
        elif type(m) in outputs_once:
            pytorch += output.numel()
        elif type(m) in outputs_twice:
            pytorch += 2 * output.numel()
        elif type(m) in pools or type(m) is nn.BatchNorm2d:
            pytorch += 2 * inputs[0].numel()

    handles = [m.register_forward_hook(hook) for m in model.modules()]
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224, dtype=torch.float64))
    for h in handles:
        h.remove()
    return aten, pytorch


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    gain = float(sys.argv[3]) if len(sys.argv) > 3 else 1.25
    label, model = make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
    model = model.double().eval()
    state = {n: t for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")}
    with torch.no_grad():
        for name, t in state.items():
            t.copy_(tensor(name, tuple(t.shape), gain))
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
            "gain": gain,
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
