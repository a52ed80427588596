import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.3))
        self.last = nn.Linear(256, 10)

    def forward(self, x):
        return self.last(self.block(x))
