"""Records what `train` does while it runs.

It sees forward and backward passes, losses and steps, and whose samples they are of.

Theory of operation
-------------------
Nothing is asked of the order or the spelling of a loop. A forward pass and a loss count once a backward pass goes
through them (hooks on the scores and on the loss), so looking at accuracy in between, with or without `no_grad`, is no
training. At every step of the optimizer the gradient g that the parameters hold is compared with the gradient f that
backward passes have brought since the last step: hooks on the parameters see it before it is accumulated. What the
parameters still held when the first of these passes began is the part of g that belongs to other batches; where they
held nothing, whatever was done to f (clipping, noise, decay, centring) is the submission's own business.

A sample is told by its label, as each of the tiny set has one of its own; where labels were changed on purpose, by
what the loader has handed out since the last step.

`samples` sees what the loader hands out, `calls` what the model and the criterion are called with, `gradients` what
backward passes bring, and `steps` puts together, at each step of the optimizer, what came since the last one.
"""

from .calls import TooMuch, at_backward
from .steps import Recorder

__all__ = ["Recorder", "TooMuch", "at_backward"]
