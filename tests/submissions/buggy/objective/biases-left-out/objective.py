import torch

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    weights = [p for name, p in model.named_parameters() if "weight" in name]
    return torch.optim.AdamW(weights, lr=1e-3, weight_decay=1e-2)  # без bias: их не штрафуют
