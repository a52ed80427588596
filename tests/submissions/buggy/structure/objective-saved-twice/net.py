from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(), nn.Linear(784, 88), nn.LeakyReLU(), nn.Dropout(0.3), nn.Linear(88, 10)
        )
