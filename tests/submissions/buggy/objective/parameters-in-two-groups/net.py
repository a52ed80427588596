import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(256, 10)

    def forward(self, x):
        return self.head(self.body(x))
