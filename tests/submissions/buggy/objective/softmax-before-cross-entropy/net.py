import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Linear(784, 512)
        self.hidden = nn.Linear(512, 512)
        self.output = nn.Linear(512, 10)
        self.p = 0.2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.input(x)), self.p, training=self.training)
        x = F.dropout(F.relu(self.hidden(x)), self.p, training=self.training)
        # вероятности цифр: в сумме единица
        return F.softmax(self.output(x), dim=1)
