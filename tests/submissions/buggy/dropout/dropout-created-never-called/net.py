from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear1 = nn.Linear(784, 320)
        self.linear2 = nn.Linear(320, 10)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(p=0.3)

    def forward(self, x):
        out = self.flatten(x)
        out = self.relu(self.linear1(out))
        self.dropout(out)
        out = self.linear2(out)
        return out
