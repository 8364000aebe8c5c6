#!/usr/bin/env python3
"""Writes a network of torchvision with random weights, a random picture, and its logits by PyTorch.

    tests/tools/torch_logits.py NAME FOLDER [SIZE]
    build/tests/nn/logits FOLDER/NAME.pth NAME FOLDER/input.f32 FOLDER/logits.f32

Seeded. Running statistics are those of random pictures, so that no layer's output fades away; they, scales and
shifts of batch norms are then moved away from 0 and 1, since at those values a network that mixes them up gives the
same logits. input.f32 is [3, SIZE, SIZE], as PyTorch has it."""
import sys

import torch
import torchvision


def randomise(model, pictures):
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.uniform_(norm.bias, -0.2, 0.2)
        norm.momentum = None  # the statistics of these pictures, not a mean with 0 and 1
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="linear")
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
    model.train()(pictures)
    for norm in norms:
        spread = norm.running_var.sqrt()
        norm.running_mean += spread * torch.empty_like(spread).uniform_(-0.2, 0.2)
        norm.running_var *= torch.empty_like(spread).uniform_(0.7, 1.3)
    model.eval()


def main():
    name, folder = sys.argv[1], sys.argv[2]
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 224
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(weights=None)
    picture = torch.randn(1, 3, size, size)
    with torch.no_grad():
        randomise(model, torch.randn(8, 3, size, size))
        logits = model(picture)
    torch.save(model.state_dict(), "%s/%s.pth" % (folder, name))
    picture.numpy().tofile(folder + "/input.f32")
    logits.numpy().tofile(folder + "/logits.f32")


main()
