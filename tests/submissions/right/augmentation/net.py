import torch.nn as nn


class Net(nn.Module):
    """784 -> 1000 -> 500 -> 10. Wide enough for images that never look the same twice."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.input = nn.Linear(784, 1000)
        self.norm1 = nn.BatchNorm1d(1000)
        self.hidden = nn.Linear(1000, 500)
        self.norm2 = nn.BatchNorm1d(500)
        self.output = nn.Linear(500, 10)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        x = self.flatten(x)
        x = self.dropout(self.relu(self.norm1(self.input(x))))
        x = self.dropout(self.relu(self.norm2(self.hidden(x))))
        return self.output(x)
