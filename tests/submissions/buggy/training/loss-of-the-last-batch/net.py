from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a1 = nn.Linear(784, 128)
        self.a2 = nn.Linear(128, 10)
        self.relu = nn.ReLU6()
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        return self.a2(self.dropout(self.relu(self.a1(x.flatten(1)))))
