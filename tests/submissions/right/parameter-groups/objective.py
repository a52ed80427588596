import torch
from torch import nn

BATCH_SIZE, N_EPOCHS = 48, 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    # the readout learns slower than the rest, biases are not decayed
    head = list(model.classifier.parameters())
    body_weights, body_biases = [], []
    for name, parameter in model.named_parameters():
        if name.startswith("classifier"):
            continue
        (body_biases if name.endswith("bias") else body_weights).append(parameter)
    return torch.optim.RMSprop(
        [
            {"params": body_weights, "weight_decay": 1e-5},
            {"params": body_biases},
            {"params": head, "lr": 3e-4},
        ],
        lr=6e-4,
        alpha=0.95,
    )
