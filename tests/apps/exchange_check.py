"""The other side of exchange_test.cpp: loads weights that Lively wrote into PyTorch's own modules and compares
outputs, then writes random ones for Lively, with their outputs.
Arguments: mlp or resnet, a folder with ours.safetensors, x.npy and y.npy; writes theirs.safetensors and z.npy."""
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import pad, relu


class Block(nn.Module):
    def __init__(self, i, o, stride, convolve):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.stride, self.added = stride, o - i
        if convolve and (stride != 1 or i != o):
            self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        if hasattr(self, "downsample"):
            return relu(y + self.downsample(x))
        before = self.added // 2
        return relu(y + pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.added - before)))


class Resnet(nn.Module):  # option A or B, 8 layers, 4 channels
    def __init__(self, convolve):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        for n, (i, o, stride) in enumerate([(4, 4, 1), (4, 8, 2), (8, 16, 2)], 1):
            setattr(self, f"layer{n}", nn.Sequential(Block(i, o, stride, convolve)))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(relu(self.bn1(self.conv1(x))))))
        return self.fc(x.mean((2, 3)))


kind, folder = sys.argv[1], sys.argv[2]
torch.manual_seed(0)
torch.set_num_threads(1)
if kind == "mlp":
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 10))
else:
    net = Resnet(kind == "resnet_b")
net.load_state_dict(load_file(f"{folder}/ours.safetensors"))
x = torch.from_numpy(np.load(f"{folder}/x.npy"))
with torch.no_grad():
    ours = torch.from_numpy(np.load(f"{folder}/y.npy"))
    torch.testing.assert_close(ours, net.eval()(x), rtol=1e-4, atol=1e-5)
    for t in net.state_dict().values():
        if t.is_floating_point():
            t.copy_(torch.rand_like(t) * 0.4 + (0.3 if t.dim() == 1 else -0.2))
    np.save(f"{folder}/z.npy", net(x).numpy())
with safe_open(f"{folder}/ours.safetensors", "pt") as file:
    metadata = {k: v for k, v in file.metadata().items() if k != "lively.crc32"}
    save_file(net.state_dict(), f"{folder}/theirs.safetensors", metadata=metadata)
