from torch import nn


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 120), nn.ReLU(), nn.Dropout(0.2), nn.Linear(120, 10)
        )

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))
