from torch import nn

CLASSES = list(range(10)) + ["не цифра"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(400, len(CLASSES))

    def forward(self, x):
        return self.head(self.body(x))
