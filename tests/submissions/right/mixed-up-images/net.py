from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 512), nn.Mish(),
            nn.Dropout(0.1),
            nn.Linear(512, 512), nn.Mish(),
            nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        return self.model(x)
