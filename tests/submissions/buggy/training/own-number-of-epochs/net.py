from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Dropout(0.2), nn.Linear(400, 10))

    def forward(self, x):
        return self.p(x)
