from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10))

    def forward(self, x):
        return self.e(x)
