import torch
from torch import nn


class Maxout(nn.Module):
    """The largest of k linear maps: (N, n_in) -> (N, n_out)."""

    def __init__(self, n_in, n_out, k=3):
        super().__init__()
        self.k = k
        self.linear = nn.Linear(n_in, n_out * k)

    def forward(self, x):
        return self.linear(x).view(x.shape[0], -1, self.k).amax(dim=2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.h1 = Maxout(784, 200)
        self.h2 = Maxout(200, 100)
        self.out = nn.Linear(100, 10)
        self.d_in = nn.Dropout(0.1)  # on the pixels
        self.d = nn.Dropout(0.3)

    def forward(self, x):
        x = self.d_in(x.flatten(1))
        x = self.d(self.h1(x))
        x = self.d(self.h2(x))
        return self.out(x)
