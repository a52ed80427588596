import torch.nn as nn


def block(n_in, n_out, p):
    return nn.Sequential(
        nn.Linear(n_in, n_out, bias=False),  # BatchNorm brings its own shift
        nn.BatchNorm1d(n_out),
        nn.ReLU(),
        nn.Dropout(p),
    )


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            block(784, 1024, 0.2),
            block(1024, 512, 0.4),
            nn.Linear(512, 10),
        )
