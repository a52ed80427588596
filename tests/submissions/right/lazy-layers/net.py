from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.LazyLinear(400),  # torch finds out the 784 by itself
            nn.CELU(),
            nn.Dropout(0.2),
            nn.LazyLinear(10),
        )

    def forward(self, x):
        return self.layers(x)
