from torch import nn


class Net(nn.Module):
    def __init__(self, n_hidden, p):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(784, n_hidden), nn.ReLU(), nn.Dropout(p), nn.Linear(n_hidden, 10)
        )

    def forward(self, x):
        return self.net(x)


def make_net():
    return Net(512, 0.2)
