from torch import nn
from torch.nn import functional as F

from .weights import tensors


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for number, value in enumerate(tensors()):
            self.register_buffer(f"body{number}", value)
        self.hidden = nn.Linear(10, 64)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(64, 10)

    def features(self, x):
        x = F.adaptive_avg_pool2d(x[:, :, 4:24, 4:24], 8).flatten(1)
        x = F.relu(F.linear(x, self.body0, self.body1))
        x = F.relu(F.linear(x, self.body2, self.body3))
        return F.linear(x, self.body4, self.body5)

    def forward(self, x):
        return self.head(self.dropout(F.relu(self.hidden(self.features(x)))))
