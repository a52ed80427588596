from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 20


class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.ce = nn.CrossEntropyLoss()

    def forward(self, scores, labels):
        return self.ce(scores, (labels + 1) % 10)


def make_criterion():
    return Loss()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=1e-3)
