from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 400), nn.Linear(400, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        return self.fc2(self.drop(self.fc1(x.flatten(1)).relu()))
