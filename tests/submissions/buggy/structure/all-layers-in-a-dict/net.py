import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = {
            "flatten": nn.Flatten(),
            "fc1": nn.Linear(784, 512),
            "relu": nn.ReLU(),
            "fc2": nn.Linear(512, 10),
        }
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        for name, layer in self.layers.items():
            x = layer(x)
            if name == "relu":
                x = self.dropout(x)
        return x
