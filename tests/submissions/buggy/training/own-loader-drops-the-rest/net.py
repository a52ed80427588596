from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.Linear(784, 320), nn.LeakyReLU(0.1), nn.Dropout(0.2))
        self.exit = nn.Linear(320, 10)

    def forward(self, x):
        return self.exit(self.stem(x))
