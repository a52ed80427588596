from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            nn.Linear(784, 400),
            nn.LeakyReLU(0.1),
            nn.Dropout(0.3),
            nn.Linear(400, 10),
        )
