from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 96), nn.ReLU(), nn.Dropout(0.25), nn.Linear(96, 10)
        )

    def forward(self, images):
        return self.body(images)
