from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for n_in, n_out in [(784, 300), (300, 100), (100, 10)]:
            layers += [nn.Dropout(0.1), nn.Linear(n_in, n_out), nn.Tanh()]
        self.layers = nn.Sequential(nn.Flatten(), *layers)

    def forward(self, x):
        return self.layers(x)
