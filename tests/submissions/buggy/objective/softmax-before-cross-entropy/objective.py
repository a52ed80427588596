import torch

BATCH_SIZE = 16
N_EPOCHS = 2


def make_criterion():
    # CrossEntropyLoss из лекции
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
