"""The usual errors of torch, told by their text: an exception names the operation, a student needs the mistake.

The first pattern that is found decides. `test_advice.py` makes torch raise each of them, so that a release of torch
which words one anew is noticed.
"""

from __future__ import annotations

import re

from ..protocol.observations import Raised

_ADVICE = (
    (r"modified by an inplace operation", "outcome/in-place"),
    (r"does not require grad", "outcome/no-grad"),
    (r"backward through the graph a second time", "outcome/backward-twice"),
    (r"mat1 and mat2 shapes cannot be multiplied", "outcome/layer-sizes"),
    (r"view size is not compatible", "outcome/view"),
    (r"Expected more than 1 value per channel when training", "outcome/batch-norm-alone"),
    (r"Target -?\d+ is out of bounds|index -?\d+ is out of bounds for dimension 1", "outcome/label-out-of-range"),
    (r"scalar type Long|LongTensor|to be Long|dtype int32/int64 for index", "outcome/labels-not-whole"),
    (r"not implemented for '(Int|Long)'|same dtype|Found dtype|Integral inputs|cast to the desired", "outcome/dtype"),
    (r"No CUDA GPUs|not compiled with CUDA|CUDA is not available|NVIDIA driver", "outcome/no-cuda"),
    (r"Expected all tensors to be on the same device|is not on the expected device", "outcome/devices"),
    (r"Boolean value of Tensor with more than one value is ambiguous", "outcome/ambiguous-truth"),
    (r"elements of input should be between 0 and 1", "outcome/not-probabilities"),
    (r"size of tensor a \(\d+\) must match the size of tensor b|[Tt]arget size \(torch", "outcome/broadcast"),
    (r"Can't call numpy\(\) on Tensor that requires grad|can't convert cuda", "outcome/numpy"),
)


def advice(error: Raised) -> str | None:
    """The message id for a well-known error, None for any other."""
    return next((hint for pattern, hint in _ADVICE if re.search(pattern, error.message)), None)


def said(error: Raised) -> str:
    """The exception as it reads in a sentence: without torch's own hints, and no full stop at the end."""
    message = error.message.partition(" Hint: ")[0].rstrip(". \n")
    return f"{error.exception}: {message}" if message else error.exception


def where(error: Raised) -> str:
    """`net.py:12` of the innermost frame of the submission, or an empty string."""
    return f"{error.frames[-1].file}:{error.frames[-1].line}" if error.frames else ""


def unwritten(error: Raised) -> dict[str, str] | None:
    """What the message about a stub that is still one needs; None where the error is another."""
    if not error.not_implemented:
        return None
    frame = error.frames[-1]
    return {"where": where(error), "file": frame.file, "function": frame.function}


def told(error: Raised, called: tuple[str, str]) -> dict[str, str]:
    """What messages about an exception need; `called` is the file and the call where no line of the submission is."""
    place, code = (where(error), error.frames[-1].code) if error.frames else called
    return {"exception": said(error), "where": place, "code": code}
