from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2))
        self.output = nn.Linear(512, 10)

    def forward(self, x):
        return self.output(self.hidden(x))
