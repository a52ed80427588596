import torch.nn as nn


class Net(nn.Module):
    def __init__(self, width=448, p=0.2):
        super().__init__()
        self.stack = nn.Sequential()
        self.stack.add_module("flatten", nn.Flatten())
        n_in = 784
        for i in range(1, 3):
            self.stack.add_module(f"linear{i}", nn.Linear(n_in, width))
            self.stack.add_module(f"relu{i}", nn.ReLU())
            self.stack.add_module(f"dropout{i}", nn.Dropout(p))
            n_in = width
        self.stack.add_module("scores", nn.Linear(n_in, 10))

    def forward(self, x):
        return self.stack(x)
