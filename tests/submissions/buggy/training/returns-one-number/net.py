from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.Tanh(), nn.Dropout(0.1), nn.Linear(256, 10))

    def forward(self, x):
        return self.m(x)
