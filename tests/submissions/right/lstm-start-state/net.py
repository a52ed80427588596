import torch
from torch import nn


class Net(nn.Module):
    """Reads the image row by row. The start state is written out, in the way of an old tutorial."""

    def __init__(self, width=96):
        super().__init__()
        self.width = width
        self.lstm = nn.LSTM(28, width, batch_first=True)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(28 * width, 10)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.width, device=x.device).requires_grad_()
        c0 = torch.zeros(1, x.size(0), self.width, device=x.device).requires_grad_()
        states, _ = self.lstm(x.squeeze(1), (h0, c0))
        return self.out(self.drop(states.flatten(1)))
