from torch import nn, optim

endless = []
endless.append(endless)


class Size(int):
    def __repr__(self):
        return "64" * 10_000_000

    def __index__(self):
        return 2**100_000


BATCH_SIZE = Size(64)
N_EPOCHS = 10**5000


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.05)
