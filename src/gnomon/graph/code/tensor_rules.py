"""What functions and methods of PyTorch and `keras.ops` give, as far as shapes go: for each a rule, or none.

A rule is there only where the result follows from shapes and literals alone. Sources: the references of PyTorch 2 and Keras 3.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from gnomon.graph.code.tensor_args import Given, dtype_of, shape_of
from gnomon.graph.code.tensors import (
    FREE,
    Batch,
    Length,
    Shape,
    Tensor,
    UnsureError,
    broadcast,
    joined,
    multiplied,
    place,
    promoted,
    reduced,
    reshaped,
    sliced,
    spread,
)
from gnomon.graph.spec import Dtype

_MOST_PARTS: Final = 64
_DTYPES: Final[tuple[Dtype, ...]] = ("float32", "int64", "bool")


Rule = Callable[[Given], Any]
_DIM: Final = ("dim", "axis")
_KEEP: Final = ("keepdim", "keepdims")


def placewise(values: Sequence[Any], dtype: Dtype | None = None) -> Tensor:
    """Return what is computed of tensors and numbers place by place."""
    return Tensor(broadcast([shape_of(each) for each in values]), dtype or _promoted(values))


def _promoted(values: Sequence[Any]) -> Dtype:
    """Return the type of a result: a number changes that of a tensor only where it is of a wider kind."""
    return promoted([dtype_of(each) for each in values])


def _same(given: Given) -> Tensor:
    return given.tensor()


def _clamped(given: Given) -> Tensor:
    """Tell of what keeps its places between others, which may be tensors with more of them."""
    values = [
        given.tensor(),
        *given.args[1:],
        *(value for name, value in given.words.items() if name not in ("input", "x")),
    ]
    return Tensor(broadcast([shape_of(each) for each in values if each is not None]), given.tensor().dtype)


def _float(given: Given) -> Tensor:
    x = given.tensor()
    return Tensor(x.shape, "float32") if x.dtype != "text" else _no()


def _of(dtype: Dtype) -> Rule:
    return lambda given: Tensor(given.tensor().shape, dtype)


def _two(dtype: Dtype | None = None) -> Rule:
    def rule(given: Given) -> Tensor:
        return placewise([given.get(0, "input", "x", "x1"), given.get(1, "other", "y", "x2", "exponent")], dtype)

    return rule


def _where(given: Given) -> Tensor:
    values = [given.get(0, "condition"), given.get(1, "input", "x1"), given.get(2, "other", "x2")]
    return placewise(values, _promoted(values[1:]))


def _reduce(dtype: Dtype | None = None) -> Rule:
    def rule(given: Given) -> Tensor:
        x = given.tensor()
        if not set(given.words) <= {"input", "x", *_DIM, *_KEEP, "correction", "unbiased"}:
            raise UnsureError
        found = reduced(x.shape, given.axes(1, *_DIM), keep=given.flag(2, *_KEEP))
        return Tensor(found, dtype or ("int64" if x.dtype == "bool" else x.dtype))

    return rule


def _deviation(given: Given) -> Tensor:
    """Tell of `std` and `var`, whose second argument by position may be another thing."""
    if len(given.args) > 1 and isinstance(given.args[1], bool):
        raise UnsureError
    return Tensor(reduced(given.tensor().shape, given.axes(1, *_DIM), keep=given.flag(9, *_KEEP)), "float32")


def _extreme(given: Given) -> Any:
    """Tell of `max` and `min` of PyTorch: of two tensors, of all numbers, or along an axis with the places."""
    x, second = given.tensor(), given.get(1, *_DIM, "other", default=None)
    if isinstance(second, Tensor):
        return placewise([x, second])
    if second is None:
        return Tensor((), x.dtype)
    found = reduced(x.shape, [given.whole(1, *_DIM)], keep=given.flag(2, *_KEEP))
    return (Tensor(found, x.dtype), Tensor(found, "int64"))


def _reshape(given: Given) -> Tensor:
    x = given.tensor()
    return Tensor(reshaped(x.shape, given.lengths(1, "shape", "size", "newshape")), x.dtype)


def _flatten(given: Given) -> Tensor:
    x = given.tensor()
    first = place(given.whole(1, "start_dim", default=0), len(x.shape))
    last = place(given.whole(2, "end_dim", default=-1), len(x.shape))
    inner = x.shape[first : last + 1]
    known = FREE if FREE in inner and not any(isinstance(each, Batch) for each in inner) else None
    middle = known if known is not None else reshaped(inner, (-1,))[0]
    return Tensor((*x.shape[:first], middle, *x.shape[last + 1 :]), x.dtype)


def _unflatten(given: Given) -> Tensor:
    x, sizes = given.tensor(), given.get(2, "sizes", "unflattened_size")
    at = place(given.whole(1, "dim"), len(x.shape))
    return Tensor((*x.shape[:at], *reshaped((x.shape[at],), tuple(sizes)), *x.shape[at + 1 :]), x.dtype)


def _permute(given: Given) -> Tensor:
    x, axes = given.tensor(), given.lengths(1, "dims", "axes")
    places = [place(each, len(x.shape)) for each in axes if isinstance(each, int)]
    if sorted(places) != list(range(len(x.shape))):
        raise UnsureError
    return Tensor(tuple(x.shape[each] for each in places), x.dtype)


def _transpose(given: Given) -> Tensor:
    x = given.tensor()
    a = place(given.whole(1, "dim0", "axis0", "axis1"), len(x.shape))
    b = place(given.whole(2, "dim1", "axis2"), len(x.shape))
    found = list(x.shape)
    found[a], found[b] = found[b], found[a]
    return Tensor(tuple(found), x.dtype)


def _keras_transpose(given: Given) -> Tensor:
    x = given.tensor()
    axes = given.get(1, "axes", default=None)
    return _permute(Given([x, list(axes) if axes is not None else list(range(len(x.shape)))[::-1]]))


def _squeeze(given: Given) -> Tensor:
    x, axes = given.tensor(), given.axes(1, *_DIM)
    if axes is None:
        if any(not isinstance(each, int) for each in x.shape):
            raise UnsureError  # one sample, or one place: then there would be fewer axes
        return Tensor(tuple(each for each in x.shape if each != 1), x.dtype)
    gone = {place(each, len(x.shape)) for each in axes}
    if any(not isinstance(x.shape[each], int) for each in gone):
        raise UnsureError
    return Tensor(tuple(each for i, each in enumerate(x.shape) if i not in gone or each != 1), x.dtype)


def _unsqueeze(given: Given) -> Tensor:
    x = given.tensor()
    at = place(given.whole(1, *_DIM), len(x.shape) + 1)
    return Tensor((*x.shape[:at], 1, *x.shape[at:]), x.dtype)


def _expand(given: Given) -> Tensor:
    x, sizes = given.tensor(), given.lengths(1, "size", "shape")
    if len(sizes) < len(x.shape):
        raise UnsureError
    padded: Shape = (*(1,) * (len(sizes) - len(x.shape)), *x.shape)
    wanted = tuple(before if size == -1 else size for before, size in zip(padded, sizes, strict=True))
    if broadcast([padded, wanted]) != wanted:
        raise UnsureError
    return Tensor(wanted, x.dtype)


def _repeat(given: Given) -> Tensor:
    x = given.tensor()
    return Tensor(spread(x.shape, given.lengths(1, "repeats", "dims")), x.dtype)


def _tensors(given: Given) -> list[Tensor]:
    found = given.get(0, "tensors", "xs", "x", "arrays")
    if not isinstance(found, (tuple, list)) or not found or not all(isinstance(each, Tensor) for each in found):
        raise UnsureError
    return list(found)


def _cat(default: int) -> Rule:
    def rule(given: Given) -> Tensor:
        parts = _tensors(given)
        return Tensor(
            joined([each.shape for each in parts], given.whole(1, *_DIM, default=default)),
            promoted(each.dtype for each in parts),
        )

    return rule


def _stack(given: Given) -> Tensor:
    parts, axis = _tensors(given), given.whole(1, *_DIM, default=0)
    return Tensor(
        joined([_unsqueeze(Given([each, axis])).shape for each in parts], axis), promoted(each.dtype for each in parts)
    )


def _cut(x: Tensor, axis: int, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    if len(sizes) > _MOST_PARTS:
        raise UnsureError
    return tuple(Tensor((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype) for size in sizes)


def _along(x: Tensor, axis: int) -> tuple[int, int]:
    """Return the place of an axis and its length, which must be known."""
    at = place(axis, len(x.shape))
    length = x.shape[at]
    if not isinstance(length, int):
        raise UnsureError
    return at, length


def _chunk(given: Given) -> tuple[Tensor, ...]:
    x, parts = given.tensor(), given.whole(1, "chunks")
    at, length = _along(x, given.whole(2, "dim", default=0))
    size = -(-length // parts) if parts > 0 else _no()
    return (
        _cut(x, at, [min(size, length - i) for i in range(0, length, size)]) if length <= size * _MOST_PARTS else _no()
    )


def _split(given: Given) -> tuple[Tensor, ...]:
    x, sizes = given.tensor(), given.get(1, "split_size_or_sections", "split_size")
    at, length = _along(x, given.whole(2, "dim", default=0))
    if type(sizes) is int and sizes > 0 and length <= sizes * _MOST_PARTS:
        return _cut(x, at, [min(sizes, length - i) for i in range(0, length, sizes)])
    if isinstance(sizes, (tuple, list)) and all(type(each) is int for each in sizes) and sum(sizes) == length:
        return _cut(x, at, list(sizes))
    raise UnsureError


def _keras_split(given: Given) -> tuple[Tensor, ...]:
    x, parts = given.tensor(), given.whole(1, "indices_or_sections")
    at, length = _along(x, given.whole(2, "axis", default=0))
    if parts < 1 or length % parts:
        raise UnsureError
    return _cut(x, at, [length // parts] * parts)


def _unbind(given: Given) -> tuple[Tensor, ...]:
    x = given.tensor()
    at, length = _along(x, given.whole(1, *_DIM, default=0))
    if length > _MOST_PARTS:
        raise UnsureError
    return (Tensor((*x.shape[:at], *x.shape[at + 1 :]), x.dtype),) * length


def _matmul(given: Given) -> Tensor:
    a, b = given.tensor(0, "input", "x1"), given.tensor(1, "other", "mat2", "x2")
    return Tensor(multiplied(a.shape, b.shape), promoted([a.dtype, b.dtype]))


def _pad(given: Given) -> Tensor:
    """Tell of `F.pad`: two numbers for each axis, the last axis first."""
    x, sizes = given.tensor(), given.get(1, "pad")
    if not isinstance(sizes, (tuple, list)) or len(sizes) % 2 or len(sizes) > 2 * len(x.shape):
        raise UnsureError
    found = list(x.shape)
    for i in range(0, len(sizes), 2):
        at, more = len(found) - 1 - i // 2, (sizes[i], sizes[i + 1])
        length = found[at]
        if not all(type(each) is int for each in more) or (any(more) and not isinstance(length, int)):
            raise UnsureError
        found[at] = length + sum(more) if isinstance(length, int) else length
    return Tensor(tuple(found), x.dtype)


def _size(given: Given) -> Any:
    x, axis = given.tensor(), given.get(1, "dim", default=None)
    return x.shape if axis is None else x.shape[place(given.whole(1, "dim"), len(x.shape))]


def _filled(given: Given) -> Tensor:
    """Tell of `torch.zeros` and the like."""
    return Tensor(tuple(given.lengths(0, "size", "shape")), _typed(given.words.get("dtype", "float32")))


def _typed(name: Any) -> Dtype:
    found = next((each for each in _DTYPES if each == name), None)
    return found if found is not None else _no()


def _arange(given: Given) -> Tensor:
    ends = [given.whole(i) for i in range(len(given.args))]
    if not ends or len(ends) > 3 or 0 in ends[2:]:
        raise UnsureError
    return Tensor((len(range(*ends)),), _typed(given.words.get("dtype", "int64")))


def _linspace(given: Given) -> Tensor:
    return Tensor((given.whole(2, "steps", "num"),), "float32")


def _listed(given: Given) -> Tensor:
    """Tell of `torch.tensor([[1.0, 2.0]])`."""
    shape, value = [], given.get(0, "data", "x")
    while isinstance(value, list) and value:
        if any(isinstance(each, list) and len(each) != len(value[0]) for each in value if isinstance(value[0], list)):
            raise UnsureError
        shape.append(len(value))
        value = value[0]
    if isinstance(value, Tensor):
        return value if not shape else _no()
    return Tensor(tuple(shape), _typed(given.words.get("dtype", dtype_of(value))))


def _einsum(given: Given) -> Tensor:
    """Tell of `einsum("bij,bjk->bik", a, b)`."""
    text, parts = given.get(0), given.args[1:]
    takes, arrow, gives = text.replace(" ", "").partition("->") if isinstance(text, str) else ("", "", "")
    letters = takes.split(",")
    if not arrow or "." in text or len(letters) != len(parts) or not all(isinstance(each, Tensor) for each in parts):
        raise UnsureError
    known: dict[str, Length] = {}
    for names, part in zip(letters, parts, strict=True):
        if len(names) != len(part.shape):
            raise UnsureError
        for name, length in zip(names, part.shape, strict=True):
            known[name] = broadcast([(known[name],), (length,)])[0] if name in known else length
    if not set(gives) <= known.keys():
        raise UnsureError
    return Tensor(tuple(known[each] for each in gives), promoted(each.dtype for each in parts))


def _one_hot(given: Given) -> Tensor:
    x, count = given.tensor(), given.whole(1, "num_classes")
    if count < 1:
        raise UnsureError
    return Tensor((*x.shape, count), "int64")


def _select(given: Given) -> Tensor:
    x, at = given.tensor(), place(given.whole(1, "dim"), len(given.tensor().shape))
    return Tensor((*x.shape[:at], *x.shape[at + 1 :]), x.dtype)


def _narrow(given: Given) -> Tensor:
    x, at = given.tensor(), place(given.whole(1, "dim"), len(given.tensor().shape))
    return Tensor((*x.shape[:at], given.whole(3, "length"), *x.shape[at + 1 :]), x.dtype)


def _cast(given: Given) -> Tensor:
    """Tell of `x.to(torch.float32)` and `ops.cast(x, "float32")`; a device changes nothing."""
    x, wanted = given.tensor(), given.get(1, "dtype", default=None)
    if isinstance(wanted, Tensor):
        return Tensor(x.shape, wanted.dtype)
    return Tensor(x.shape, _typed(wanted))


def _no() -> Any:
    raise UnsureError


_SAME: Final = (
    "abs neg negative relu relu6 round floor ceil trunc sign square detach contiguous clone"
    " nan_to_num cumsum cumprod flip roll zeros_like ones_like full_like empty_like dropout tril triu identity"
    " stop_gradient copy requires_grad_ alpha_dropout feature_dropout type_as cpu cuda"
)
_FLOAT: Final = (
    "sin cos tan asin acos atan arcsin arccos arctan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p"
    " sqrt rsqrt sigmoid erf reciprocal softmax log_softmax gelu silu swish selu elu mish softplus softsign hardswish"
    " hard_swish hard_silu hardsigmoid hard_sigmoid hardtanh hard_tanh leaky_relu logsigmoid log_sigmoid tanhshrink celu rand_like randn_like normalize"
    " float layer_norm group_norm instance_norm batch_norm"
)
_LOGIC: Final = "isnan isinf isfinite logical_not"
_COMPARE: Final = (
    "eq ne lt le gt ge equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor"
)
_BOTH: Final = "add sub subtract mul multiply pow power maximum minimum fmod remainder mod floor_divide"
_SUMS: Final = "sum prod amax amin"

_SHARED: Final[dict[str, Rule]] = {
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max", "masked_fill"), _clamped),
    **dict.fromkeys(_FLOAT.split(), _float),
    **dict.fromkeys(_LOGIC.split(), _of("bool")),
    **dict.fromkeys(_COMPARE.split(), _two("bool")),
    **dict.fromkeys(_BOTH.split(), _two()),
    **dict.fromkeys(("div", "divide", "true_divide", "atan2", "arctan2", "hypot"), _two("float32")),
    **dict.fromkeys(_SUMS.split(), _reduce()),
    **dict.fromkeys(("mean", "logsumexp"), _reduce("float32")),
    **dict.fromkeys(("all", "any"), _reduce("bool")),
    **dict.fromkeys(("argmax", "argmin"), _reduce("int64")),
    **dict.fromkeys(("std", "var"), _deviation),
    "where": _where,
    "reshape": _reshape,
    "squeeze": _squeeze,
    "stack": _stack,
    "matmul": _matmul,
    "long": _of("int64"),
    "int": _of("int64"),
    "bool": _of("bool"),
}
"""Rules of what both frameworks call the same."""

TORCH: Final[dict[str, Rule]] = {
    **_SHARED,
    **dict.fromkeys(("max", "min"), _extreme),
    **dict.fromkeys(("zeros", "ones", "rand", "randn", "empty"), _filled),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat(0)),
    **dict.fromkeys(("permute",), _permute),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    **dict.fromkeys(("bmm", "mm"), _matmul),
    **dict.fromkeys(("size",), _size),
    "view": _reshape,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "unsqueeze": _unsqueeze,
    "expand": _expand,
    "repeat": _repeat,
    "tile": _repeat,
    "chunk": _chunk,
    "split": _split,
    "unbind": _unbind,
    "pad": _pad,
    "one_hot": _one_hot,
    "select": _select,
    "narrow": _narrow,
    "to": _cast,
    "arange": _arange,
    "linspace": _linspace,
    "tensor": _listed,
    "as_tensor": _listed,
    "einsum": _einsum,
    "dim": lambda given: len(given.tensor().shape),
}
"""Rules of `torch.NAME`, `F.NAME` and methods of tensors."""

KERAS: Final[dict[str, Rule]] = {
    **{name: rule for name, rule in _SHARED.items() if name not in ("float", "long", "int", "bool", "type_as", "cpu")},
    **dict.fromkeys(("max", "min"), _reduce()),
    **dict.fromkeys(("zeros", "ones"), _filled),
    "concatenate": _cat(0),
    "transpose": _keras_transpose,
    "swapaxes": _transpose,
    "expand_dims": _unsqueeze,
    "broadcast_to": _expand,
    "tile": _repeat,
    "split": _keras_split,
    "unstack": _unbind,
    "cast": _cast,
    "arange": _arange,
    "linspace": _linspace,
    "convert_to_tensor": _listed,
    "einsum": _einsum,
    "shape": lambda given: given.tensor().shape,
    "ndim": lambda given: len(given.tensor().shape),
}
"""Rules of `keras.ops.NAME`."""


def indexed(x: Tensor, index: Any) -> Tensor:
    """Return what `x[index]` is, of numbers, slices, `None` and `...`.

    Raises:
        UnsureError: It picks by a tensor, or some of the samples.

    Example:
        >>> indexed(Tensor((Batch(), 16, 8)), (slice(None), -1)).shape
        (Batch(times=1), 8)
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    taken = sum(each is not None and each is not Ellipsis for each in parts)
    if taken > len(x.shape) or sum(each is Ellipsis for each in parts) > 1:
        raise UnsureError
    fill = [slice(None)] * (len(x.shape) - taken)
    at = next((i for i, each in enumerate(parts) if each is Ellipsis), None)
    parts = [*parts, *fill] if at is None else [*parts[:at], *fill, *parts[at + 1 :]]
    found: list[Length] = []
    lengths = iter(x.shape)
    for part in parts:
        if part is None:
            found.append(1)
        elif isinstance(part, slice):
            found.append(sliced(next(lengths), part))
        elif type(part) is int:
            length = next(lengths)
            if isinstance(length, Batch) or (isinstance(length, int) and not -length <= part < length):
                raise UnsureError
        else:
            raise UnsureError
    return Tensor(tuple(found), x.dtype)
