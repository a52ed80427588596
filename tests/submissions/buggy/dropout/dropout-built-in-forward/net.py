from torch import nn


class Net(nn.Module):
    """Two hidden layers; dropout is made where it is needed."""

    def __init__(self, hidden=300):
        super().__init__()
        self.first = nn.Linear(28 * 28, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.scores = nn.Linear(hidden, 10)

    def forward(self, images):
        h = images.flatten(start_dim=1)
        h = nn.functional.relu(self.first(h))
        h = nn.Dropout(p=0.25)(h)
        h = nn.functional.relu(self.second(h))
        h = nn.Dropout(p=0.25)(h)
        return self.scores(h)
