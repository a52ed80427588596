from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU())
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(300, 10)

    def forward(self, x):
        h = self.hidden(x)
        return self.out(self.dropout(h)), h  # скрытый слой пригодится для картинок
