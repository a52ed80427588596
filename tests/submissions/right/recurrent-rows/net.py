from torch import nn


class Net(nn.Module):
    """Reads the image row by row with a GRU. (N, 1, 28, 28) -> (N, 10)."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(input_size=28, hidden_size=128, batch_first=True)
        self.dropout = nn.Dropout(0.25)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        states, _ = self.gru(x.squeeze(1))      # (N, 28, 128)
        return self.out(self.dropout(states[:, -1]))
