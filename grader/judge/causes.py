"""The table *cause → advice* for exceptions.

It holds by what an exception is known, and the message that names the mistake behind it.

What decides is the exception, its text, the line it comes from and the clues of the process that raised; never what
the grader was looking at. The first row that fits counts, so that a particular cause stands before a general one. Where
none fits the student is told the exception and the line, and nothing else: wrong advice is worse than none.

`test_advice.py` has each of them raised for real, so that a release of Python or torch which words one anew is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from ..protocol.raised import Clues, Raised

_OF_TENSORS = (
    "view reshape flatten size shape dim to float long item backward detach mean sum max argmax squeeze unsqueeze"
)
_TENSOR_METHOD = rf"has no attribute '({'|'.join(_OF_TENSORS.split())})'"
_NOT = "must be Tensor, not "
_MISSING_MODULE = "ModuleNotFoundError"
_SAVED = r"\.(pt|pth|ckpt|pkl|pickle|bin|safetensors|h5|npy|npz|onnx)'"
_CONNECTS = r"socket|connect|urlopen|urlretrieve|requests|download|sendto|bind\(|getaddrinfo"

_WRITES = r"""open\(.*['"][wax]b?\+?['"]|\bsave|mkdir|makedirs|to_csv|\.dump\("""


@dataclass(frozen=True)
class Cause:
    """A row of the table. A pattern is left out where it does not matter; named groups in `message` fill placeholders.

    Args:
        hint: id of the message.
        message: to be found in the exception's text.
        exception: the exception's whole name.
        code: to be found in the innermost line of the submission.
        origin: to be found at the beginning of the name of the module that raised.
        clues: those that must be known.
        meant: to be found in the name that was meant.
        own_line: whether a line of the submission is running at that moment; None where it does not matter.
        data: further placeholders of the message.
    """

    hint: str
    message: str = ""
    exception: str = ""
    code: str = ""
    origin: str = ""
    clues: tuple[str, ...] = ()
    meant: str = ""
    own_line: bool | None = None
    data: Mapping[str, str] = field(default_factory=dict)

    def found_in(self, error: Raised) -> dict[str, str] | None:
        """Return the message's data if this cause fits. None where this is not the cause of `error`."""
        code = error.frames[-1].code if error.frames else ""
        text = re.search(self.message, error.message)
        fits = (
            text is not None
            and (not self.exception or re.fullmatch(self.exception, error.exception))
            and (not self.code or re.search(self.code, code))
            and (not self.origin or re.match(self.origin, error.clues.origin))
            and all(getattr(error.clues, clue) for clue in self.clues)
            and re.search(self.meant, error.clues.meant)
            and self.own_line in (None, bool(error.frames))
        )
        if text is None or not fits:
            return None
        known = {one.name: getattr(error.clues, one.name) for one in fields(Clues) if one.name != "origin"}
        return {name: value for name, value in known.items() if value} | text.groupdict() | dict(self.data)


_STATEMENTS = {
    "import torch": "torch",
    "import torchvision": "torchvision",
    "from torch import nn": "nn",
    "import torch.nn.functional as F": "F",
    "from torch import optim": "optim",
    "from torch import Tensor": "Tensor",
    "from torch.utils.data import DataLoader": "DataLoader",
    "from torchvision import datasets": "datasets",
    "from torchvision import transforms": "transforms",
    "import numpy as np": "np",
    "import matplotlib.pyplot as plt": "plt",
    "from tqdm import tqdm": "tqdm",
    "from copy import deepcopy": "deepcopy",
    "from functools import partial": "partial",
    **{f"import {name}": name for name in "copy functools itertools json math numpy os random sys time".split()},
    **{f"from typing import {name}": name for name in "Any Callable Dict List Optional Tuple Union".split()},
}
_OPTIMIZERS = r"SGD|ASGD|N?R?Adam\w*|Ada\w+|RMSprop|Rprop|LBFGS|Muon"
_ARGUMENTS = "model|train_loader|criterion|optimizer|n_epochs|device"

_OTHER_LANGUAGE = r"\w(\+\+|--)(\)|;|$)|&&|\|\||[!=]==|^(let|var|const) \w|^(\} ?)?else if\b"
_KERAS = "fit|compile|predict|evaluate|summary|add|train_on_batch"

_SYNTAX = tuple(
    Cause(f"structure/{hint}", message, exception, code)
    for hint, message, exception, code in (
        ("syntax-conflict", "", "SyntaxError|IndentationError", r"^(<{7}|={7}|>{7})( |$)"),
        ("indentation", "", "IndentationError|TabError", ""),
        ("syntax-magic", "", "SyntaxError", r"^[%!]"),
        ("syntax-chat", "", "SyntaxError", "^```"),
        ("syntax-newer", r"cannot include (a backslash|'#')|multiple exception types must be", "SyntaxError", ""),
        ("syntax-newer", "", "SyntaxError", r"""[fF](['"])[^{]*\{[^{}]*\1[^{}]*\1[^{}]*\}"""),
        ("syntax-newer", r"invalid syntax|expected '\('|expected ':'", "SyntaxError", r"^(def|class) \w+\["),
        ("syntax-newer", "invalid syntax", "SyntaxError", r"^type \w+(\[.*\])? *=|\b[tT]['\"]"),
        ("syntax-print", "Missing parentheses in call to", "SyntaxError", ""),
        ("syntax-other-language", "invalid syntax|expected ':'", "SyntaxError", _OTHER_LANGUAGE),
        ("syntax-colon", "expected ':'", "SyntaxError", ""),
        ("syntax-escape", "unicodeescape", "SyntaxError", ""),
        ("syntax-encoding", "Non-UTF-8|codec can't decode|null bytes|encoding problem", "SyntaxError", ""),
        ("syntax-bracket", "never closed|does not match opening|unmatched|f-string: expecting '}'", "SyntaxError", ""),
        ("syntax-quote", "unterminated", "SyntaxError", ""),
        ("syntax-equals", "Maybe you meant '=='", "SyntaxError", ""),
        ("syntax-comma", "Perhaps you forgot a comma", "SyntaxError", ""),
        ("syntax-character", "invalid (non-printable )?character", "SyntaxError", ""),
        ("syntax-character", "invalid decimal literal", "SyntaxError", r"\d[eE]?[–—−]"),
        ("syntax-point", "leading zeros in decimal", "SyntaxError", r"\d,0\d"),
        ("syntax-outside", "outside function|outside loop|not properly in loop", "SyntaxError", ""),
        ("syntax-arguments", "positional argument follows keyword", "SyntaxError", ""),
        ("syntax-error", "", "SyntaxError", ""),
    )
)

_RULES = (
    Cause("outcome/asks", "EOF when reading a line|reading from stdin", "EOFError|OSError"),
    Cause("outcome/asks", exception="EOFError|OSError|RuntimeError", code=r"\binput\("),
    Cause("outcome/exits", exception="SystemExit"),
    Cause("outcome/data-set", r"Dataset not found|Error downloading .*(ubyte|mnist)"),
    Cause("outcome/data-set", exception="URLError|gaierror|HTTPError", code=r"MNIST\("),
    Cause("outcome/data-set", exception="PermissionError|OSError|FileNotFoundError", code=r"MNIST\("),
    Cause("outcome/network", exception="URLError|gaierror|herror|HTTPError|SSLError|ConnectTimeout|RemoteDisconnected"),
    Cause("outcome/network", exception=r"Connection\w*Error|MaxRetryError|NewConnectionError|NameResolutionError"),
    Cause("outcome/network", r"Network is unreachable|[Nn]ame resolution|Name or service not known|Error downloading"),
    Cause("outcome/network", r"^(?!.*: ').*Errno (1|13)\]", "PermissionError", origin=r"_?socket|ssl|http|url|asyncio"),
    Cause("outcome/network", r"^(?!.*: ').*Errno (1|13)\]", "PermissionError", code=_CONNECTS),
    Cause("outcome/network", exception="PermissionError|FileNotFoundError", origin="socket"),
    Cause(
        "outcome/workers",
        exception=r"\w*OSError|\w*EOFError|\w*(Permission|NotFound|Connection|Pipe)Error",
        origin=r"(torch\.)?multiprocessing",
    ),
    Cause("outcome/not-permitted", exception="PermissionError|OSError|FileNotFoundError", origin="subprocess"),
    Cause("outcome/file-refused", exception="FileNotFoundError", code=_WRITES),
    Cause("outcome/file-refused", exception="FileNotFoundError", origin="logging"),
    Cause("outcome/file-refused", "Parent directory .* does not exist|open file failed with strerror", "RuntimeError"),
    Cause("outcome/weights-file", _SAVED, "FileNotFoundError"),
    Cause("outcome/own-file", exception="FileNotFoundError|NotADirectoryError"),
    Cause("outcome/file-refused", r"Errno (1|13|30)\].*: '", "PermissionError|OSError"),
    Cause("outcome/disk-full", r"Errno (27|28|122)\]"),
    Cause("outcome/workers", r"DataLoader worker \(pid|shared memory|unable to mmap|can't start new thread|ancdata"),
    Cause("outcome/workers", r"Errno (11|24)\]|daemonic processes are not allowed"),
    Cause("outcome/not-permitted", exception="PermissionError"),
    Cause("outcome/weights-only", "Weights only load failed|Weights only", "UnpicklingError"),
    Cause("outcome/memory-error", exception=r"MemoryError|OutOfMemoryError|_ArrayMemoryError"),
    Cause("outcome/memory-error", "can't allocate memory|not enough memory|CUDA out of memory"),
    Cause("outcome/compile", "InvalidCxxCompiler|No working C.. compiler|CppCompileError|working triton"),
)

_IMPORTS = (
    Cause("outcome/colab", r"No module named '(?P<name>google\.colab|google|kaggle_datasets)", _MISSING_MODULE),
    Cause("outcome/submodule", r"No module named '(torch|torchvision|numpy)\.", _MISSING_MODULE),
    Cause("structure/package-missing", exception=_MISSING_MODULE),
    Cause("outcome/circular-import", "partially initialized module"),
    Cause("outcome/relative-import", "attempted relative import"),
    Cause("outcome/attribute-misspelt", r"import name '(?P<name>\w+)'", "ImportError", clues=("meant",)),
    Cause("outcome/import-name", r"import name '(?P<name>\w+)' from '(?P<kind>[\w.]+)'", "ImportError"),
)

_NAMES = (
    Cause(
        "outcome/name-letters",
        r"(name|attribute) '(?P<name>\w*[\u0400-\u04ff]\w*)'",
        "NameError|AttributeError|ImportError",
        meant=r"^[\x00-\x7f]+$",
    ),
    Cause(
        "outcome/name-other-letters",
        r"(name|attribute) '(?P<name>(?=\w*[A-Za-z])\w*[\u0400-\u04ff]\w*)'",
        "NameError|AttributeError|ImportError",
        meant=r"^[^A-Za-z]+$",
    ),
    Cause("outcome/name-twin", clues=("twin", "meant")),
    *(
        Cause("outcome/name-import", f"name '(?P<name>{name})' is not defined", "NameError", data={"statement": text})
        for text, name in _STATEMENTS.items()
    ),
    *(
        Cause(f"outcome/{hint}", f"name '(?P<name>{name})' is not defined", "NameError", clues=clues)
        for hint, name, clues in (
            ("self-unknown", "self", ()),
            ("name-self", r"\w+", ("meant", "owner")),
            ("name-elsewhere", r"\w+", ("home",)),
            ("name-argument", _ARGUMENTS, ()),
            ("name-notebook", "display|get_ipython", ()),
            ("name-misspelt", r"\w+", ("meant",)),
            ("name-unknown", r"\w+", ()),
        )
    ),
    Cause("outcome/unbound-local", r"local variable '(?P<name>\w+)'", "UnboundLocalError"),
    Cause("outcome/unbound-local", r"free variable '(?P<name>\w+)'", "NameError"),
)

_CLASSES = (
    Cause("outcome/super-init-named", r"before Module\.__init__\(\) call", "AttributeError", clues=("uncalled",)),
    Cause("outcome/super-init", r"before Module\.__init__\(\) call|descriptor '__init__' of 'super'"),
    Cause("outcome/super-init", r"'super' object has no attribute '_*(init|int|inti|initt|init_)_*'", "AttributeError"),
    Cause("outcome/method-misspelt", exception="AttributeError|NotImplementedError", clues=("method",)),
    Cause("outcome/module-list", r"Module \[(?P<kind>ModuleList|ModuleDict|ParameterList)\] is missing"),
    Cause("outcome/forward-missing", r"Module \[(?P<kind>\w+)\] is missing the required \"forward\""),
    Cause("outcome/train-overridden", r"(?<!Module)\.(?P<function>train|eval)\(\) (takes|got|missing)", "TypeError"),
    Cause(
        "outcome/self-missing", r"(?<!<locals>)\.(?P<function>\w+)\(\) takes 0 positional .* 1 was given", "TypeError"
    ),
    Cause("outcome/forward-arguments", r"\.forward\(\) takes 1 positional argument but 2 were", "TypeError"),
    Cause("outcome/class-not-object", r"\.\w+\(\) missing 1 required positional argument: 'self'", "TypeError"),
)

_VALUES = (
    Cause("outcome/none", "NoneType", "TypeError|AttributeError"),
    Cause(
        "outcome/brackets-missing", "builtin_function_or_method|'(method|function)'|not (method|function)$", "TypeError"
    ),
    Cause("outcome/brackets-missing", "^'(builtin_function_or_method|method|function)' object has", "AttributeError"),
    Cause("outcome/loader", r"Loader\w*' object (is not (subscriptable|an iterator)|has no attribute '_*next)"),
    Cause("outcome/criterion-backward", rf"'\w*(Loss|Criterion)\w*' object {_TENSOR_METHOD}", "AttributeError"),
    Cause("outcome/module-called", "'module' object is not callable", "TypeError"),
    Cause(
        "outcome/object-for-function",
        "'(?P<kind>[\\w.]+)' object is not callable",
        "TypeError",
        origin=r"[\w.]*worker\.calling$",
        own_line=False,
    ),
    Cause("outcome/optimizer-called", rf"'(?P<kind>{_OPTIMIZERS})' object is not callable", "TypeError"),
    Cause("outcome/method-hidden", "object is not callable", "TypeError", clues=("owner", "method")),
    Cause("outcome/not-callable", r"'(?P<kind>[\w.]+)' object is not callable", "TypeError"),
    Cause("outcome/class-not-object", rf"{_NOT}type$|torch\.nn\.\S*\.[A-Z]\w* is not a Module subclass", "TypeError"),
    Cause("outcome/sequential-list", "is not a Module subclass", "TypeError"),
    Cause("outcome/tuple-not-tensor", rf"'(?P<kind>tuple|list|torch\.return_types\.\w+)' object {_TENSOR_METHOD}"),
    Cause("outcome/tuple-not-tensor", rf"{_NOT}(?P<kind>tuple|list|torch\.return_types\.\w+)"),
    Cause("outcome/count-not-tensor", r"'int' object has no attribute '(to|size|shape|view|reshape|flatten)'"),
    Cause("outcome/number-not-tensor", rf"'(?P<kind>float|int)' object {_TENSOR_METHOD}"),
    Cause("outcome/array-not-tensor", "^order must be str, not int$", "TypeError"),
    Cause("outcome/array-not-tensor", rf"'numpy\.ndarray' object {_TENSOR_METHOD}|{_NOT}numpy\.ndarray"),
    Cause("outcome/layer-not-called", rf"{_NOT}(?P<kind>[A-Z]\w+)$", "TypeError"),
    Cause("outcome/not-a-tensor", rf"{_NOT}(?P<kind>[\w.]+)", "TypeError"),
    Cause(
        "outcome/not-a-tensor", r"expected Tensor as element \d+ in argument \d+, but got (?P<kind>\w+)", "TypeError"
    ),
    Cause("outcome/generator", "'generator' object is not subscriptable|'generator' has no len", "TypeError"),
    Cause("outcome/range", "'(int|float)' object is not iterable", "TypeError"),
    Cause("outcome/module-iterated", r"'(?P<kind>[A-Z]\w*)' object is not iterable", "TypeError"),
    Cause(
        "outcome/object-for-number",
        r"'(?P<kind>(?!NoneType)[A-Z]\w+)' object cannot be interpreted as an integer",
        "TypeError",
        r"\brange\(",
    ),
    Cause(
        "outcome/whole-number",
        "cannot be interpreted as an integer|must be tuple of ints, ?but (got|found .*)",
        "TypeError",
    ),
    Cause("outcome/whole-number", "indices must be integers or slices, not float|slice indices must be", "TypeError"),
    Cause(
        "outcome/text-and-number",
        r"can only concatenate|can't multiply sequence by|^unsupported .*'(str|list)'",
        "TypeError",
    ),
    Cause("outcome/text-and-number", r"not supported between instances of .*'(str|list)'", "TypeError"),
    Cause("outcome/unpack", "values to unpack|cannot unpack non-iterable", "ValueError|TypeError"),
    Cause("outcome/init-missing", r"no attribute '(?P<name>\w+)'", "AttributeError", clues=("owner", "expected")),
    Cause(
        "outcome/attribute-misspelt",
        r"^(?!module 'numpy').*no attribute '(?P<name>\w+)'",
        "AttributeError",
        clues=("meant",),
    ),
    Cause("outcome/keras", rf"^'[A-Z]\w*' object has no attribute '(?P<name>{_KERAS})'", "AttributeError"),
    Cause("outcome/keras", r"(?P<name>compile)\(\) got an unexpected keyword argument '(optimizer|loss|metrics)'"),
    Cause("outcome/attribute-misspelt", r"^'list' object .*'(?P<name>push|add)'", data={"meant": "append"}),
    Cause("outcome/attribute-unassigned", r"no attribute '(?P<name>\w+)'", "AttributeError", clues=("owner",)),
    Cause(
        "outcome/layer-not-called", rf"^'(?P<kind>[A-Z]\w+)' object {_TENSOR_METHOD}", "AttributeError", origin="torch"
    ),
    Cause("outcome/module-attribute", r"module '(?P<kind>torch[\w.]*)' has no attribute '(?P<name>\w+)'"),
    Cause("outcome/optimizer-parameters", "optimizer can only optimize Tensors|params argument given to the optimizer"),
    Cause(
        "outcome/object-for-function",
        r"^(?P<kind>\w+)\.forward\(\) missing",
        "TypeError",
        clues=("owner", "method"),
        own_line=False,
    ),
    Cause(
        "outcome/signature",
        "positional argument|keyword(-only)? argument|takes no arguments",
        "TypeError",
        own_line=False,
    ),
    Cause("outcome/train-called", r"^train\(\) missing", "TypeError", r"^train\("),
    Cause("outcome/arguments", "positional argument|keyword(-only)? argument|takes no arguments", "TypeError"),
)

_ENDINGS = (
    Cause("outcome/loss-not-created", "Boolean value of Tensor", origin=r"torch\.nn\._reduction"),
    Cause("outcome/dropout-p", "Boolean value of Tensor", origin=r"torch\.nn\.modules\.dropout"),
    Cause("outcome/schedule-steps", r"Tried to step \d+ times\. The specified number of total steps"),
    Cause(
        "outcome/argmax-batch",
        r"size of tensor a \(\d+\) must match the size of tensor b",
        "RuntimeError",
        r"max\((\w+, *)?((dim|axis) *= *)?0\b",
    ),
    Cause("outcome/recursion", exception="RecursionError"),
    Cause("outcome/zero-division", exception="ZeroDivisionError"),
    Cause("outcome/stop-iteration", exception="StopIteration"),
    Cause("outcome/stop-iteration", "generator raised StopIteration", "RuntimeError"),
    Cause("outcome/list-assignment", "list assignment index out of range", "IndexError"),
    Cause("outcome/index", r"(list|tuple) index out of range|out of bounds for (dimension|axis) 0 ", "IndexError"),
)

_TORCH = tuple(
    Cause(f"outcome/{hint}", message, "[A-Z]\\w*Error")
    for hint, message in (
        ("in-place", r"modified by an inplace operation"),
        ("leaf-in-place", r"a leaf Variable that requires grad"),
        ("no-grad", r"does not require grad"),
        ("backward-twice", r"backward through the graph a second time"),
        ("layer-sizes", r"mat1 and mat2 shapes cannot be multiplied|running_mean should contain"),
        ("layer-sizes", r"Given normalized_shape"),
        ("view", r"view size is not compatible"),
        ("reshape", r"shape '\[.*\]' is invalid for input of size"),
        ("batch-norm-alone", r"Expected more than 1 value per channel when training"),
        ("label-out-of-range", r"Target -?\d+ is out of bounds|index -?\d+ is out of bounds for dimension 1"),
        ("label-out-of-range", r"Class values must be"),
        ("labels-not-whole", r"scalar type Long|LongTensor|to be Long|dtype int32/int64 for index"),
        ("labels-not-whole", r"tensors used as indices must be long"),
        ("mean-of-whole", r"mean\(\): could not infer output dtype"),
        ("dtype", r"not implemented for '(Int|Long)'|same dtype|Found dtype|Integral inputs|cast to the desired"),
        ("dtype", r"Expected floating point type for target"),
        ("no-cuda", r"No CUDA GPUs|not compiled with CUDA|CUDA is not available|NVIDIA driver"),
        ("devices", r"Expected all tensors to be on the same device|is not on the expected device"),
        ("devices", r"Input type \(torch\.cuda|weight type \(torch\.cuda"),
        ("dtype", r"Input type \(.*should be the same"),
        ("ambiguous-truth", r"Boolean value of Tensor with more than one value is ambiguous"),
        ("not-probabilities", r"elements of input should be between 0 and 1"),
        ("target-shape", r"multi-target not supported|Expected target size \["),
        ("broadcast", r"size of tensor a \(\d+\) must match the size of tensor b|[Tt]arget size \(torch"),
        ("numpy", r"Can't call numpy\(\) on Tensor that requires grad|can't convert cuda"),
        ("zero-dim", r"0-d(im)? tensor"),
        ("many-to-one", r"cannot be converted to Scalar|only one element tensors can be converted"),
        ("loss-not-scalar", r"grad can be implicitly created only for scalar outputs"),
        ("dimension", r"Dimension out of range|too many indices for tensor|need to be at least 1D"),
        ("batch-squeezed", r"size mismatch \(got input: \[\d+\], target: \[1\]\)"),
        ("batch-sizes", r"Expected input batch_size \(\d+\) to match target batch_size"),
        ("layer-dimensions", r"expected (\dD( or )?)+ input \(got|Expected \dD .*input to (conv|max_pool|avg_pool)"),
        ("channels", r"to have \d+ channels, but got \d+ channels"),
        ("image-too-small", r"greater than actual input size|Output size is too small"),
        ("unequal-batches", r"Sizes of tensors must match|stack expects each tensor to be equal size"),
        ("dropout-p", r"dropout probability has to be between 0 and 1"),
        ("no-parameters", r"optimizer got an empty parameter list"),
        ("parameter-twice", r"appear in more than one parameter group"),
        ("non-leaf", r"can't optimize a non-leaf Tensor"),
        ("state-dict", r"in loading state_dict"),
    )
)

CAUSES: tuple[Cause, ...] = (*_SYNTAX, *_RULES, *_IMPORTS, *_NAMES, *_CLASSES, *_VALUES, *_ENDINGS, *_TORCH)
"""Every known cause; the first that fits counts."""
