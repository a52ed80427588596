from torch import nn

P = 0  # сначала без dropout, потом подберу


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 512), nn.ReLU(), nn.Dropout(P),
            nn.Linear(512, 256), nn.ReLU(), nn.Dropout(P),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.model(x)
