"""Which TensorFlow **operations** a graph from a stranger may hold: those that only compute.

A list of what is allowed, not of what is forbidden: an operation that touches files, the network,
other processes or Python, one that TensorFlow will have tomorrow, and one of a library that
somebody loaded are all refused. So are loops and lists of tensors: no text tells how long they run
and how much they hold, and networks of pictures do without. No TensorFlow is imported here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...errors import NetworkError

_PLUMBING = """
Assert Bitcast Cast CheckNumerics Const ConjugateTranspose DeepCopy EnsureShape Identity IdentityN
NoOp Placeholder PlaceholderV2 PlaceholderWithDefault PreventGradient Rank Shape ShapeN Size
Snapshot StopGradient
"""
_CONTROL = """
Case If Merge PartitionedCall StatefulPartitionedCall StatelessCase StatelessIf Switch
"""
_VARIABLES = """
Assign AssignAdd AssignAddVariableOp AssignSub AssignSubVariableOp AssignVariableOp
DestroyResourceOp DisableCopyOnRead IsVariableInitialized ReadVariableOp RefIdentity RefMerge
RefSwitch ResourceGather ResourceGatherNd VarHandleOp VarIsInitializedOp Variable VariableV2
VariableShape
"""
_SHAPING = """
BatchToSpace BatchToSpaceND BroadcastArgs BroadcastTo Concat ConcatOffset ConcatV2 CropAndResize
DepthToSpace DiagPart Empty ExpandDims ExtractGlimpse ExtractGlimpseV2 ExtractImagePatches Fill
Gather GatherNd GatherV2 InvertPermutation LinSpace MatrixDiag MatrixDiagPart MirrorPad OneHot
OnesLike Pack Pad PadV2 ParallelConcat Range Reshape ResizeArea ResizeBicubic ResizeBilinear
ResizeNearestNeighbor ReverseV2 Reverse Roll ScatterNd Select SelectV2 Slice SpaceToBatch
SpaceToBatchND SpaceToDepth Split SplitV Squeeze StridedSlice TensorScatterAdd TensorScatterUpdate
TensorStridedSliceUpdate Tile Transpose Unpack Where ZerosLike ScaleAndTranslate
"""
_NUMBERS = """
Abs Acos Acosh Add AddN AddV2 All Angle Any ApproximateEqual ArgMax ArgMin Asin Asinh Atan Atan2
Atanh BatchMatMul BatchMatMulV2 BatchMatMulV3 BiasAdd BiasAddV1 Bucketize Ceil ClipByValue Cos Cosh
Cross Cumprod Cumsum Digamma Div DivNoNan Einsum Elu Equal Erf Erfc Erfinv Exp Expm1 Floor FloorDiv
FloorMod Greater GreaterEqual Igamma InTopK InTopKV2 Inv IsFinite IsInf IsNan L2Loss LeakyRelu Less
LessEqual Lgamma Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul Max Maximum Mean Min
Minimum Mod Mul MulNoNan Neg NotEqual Pow Prod RealDiv Reciprocal Relu Relu6 Rint Round Rsqrt
SegmentMax SegmentMean SegmentSum Selu Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Square
SquaredDifference Sub Sum Tan Tanh TopK TopKV2 TruncateDiv TruncateMod Unique UnsortedSegmentSum
Xdivy Xlogy Xlog1py
"""
_PICTURES = """
AdjustContrastv2 AdjustHue AdjustSaturation AvgPool BatchNormWithGlobalNormalization
CombinedNonMaxSuppression Conv2D Conv2DBackpropInput DepthwiseConv2dNative Dilation2D
FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel FusedBatchNorm
FusedBatchNormV2 FusedBatchNormV3 FusedPadConv2D FusedResizeAndPadConv2D HSVToRGB
ImageProjectiveTransformV2 ImageProjectiveTransformV3 LRN MaxPool MaxPoolV2 MaxPoolWithArgmax
NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5
RGBToHSV
"""
_CHANCE = """
Multinomial RandomStandardNormal RandomUniform RandomUniformInt StatelessRandomGetKeyCounter
StatelessRandomGetAlg StatelessRandomGetKeyCounterAlg StatelessRandomNormal StatelessRandomNormalV2
StatelessRandomUniform StatelessRandomUniformInt StatelessRandomUniformIntV2
StatelessRandomUniformV2 StatelessTruncatedNormal StatelessTruncatedNormalV2 TruncatedNormal
"""
COMPUTING = frozenset(
    (_PLUMBING + _CONTROL + _VARIABLES + _SHAPING + _NUMBERS + _PICTURES + _CHANCE).split()
)
"""Operations that take numbers and give numbers."""

VARIABLES = ("Variable", "VariableV2", "VarHandleOp")
"""Those that stand for a variable."""

SAVING = frozenset(
    "SaveV2 Save SaveSlices RestoreV2 Restore RestoreSlice MergeV2Checkpoints ShardedFilename "
    "ShardedFilespec StringJoin StaticRegexFullMatch Select".split()
)
"""Those with which a SavedModel reads and writes its own variables. They are never run here."""


def check_operations(graph: Any, name: str, *, besides: frozenset[str] = frozenset()) -> None:
    """Raise a `NetworkError` for an operation in a graph or its functions that does not compute.

    Parameters
    ----------
    graph : GraphDef
    name : the file's, for the message
    besides : what is allowed too
    """
    functions = {function.signature.name for function in graph.library.function}
    allowed = COMPUTING | besides | functions
    if shadowing := functions & (COMPUTING | SAVING):
        raise NetworkError(f"{name!r} calls a function of its own {min(shadowing)!r}.")
    _check(graph.node, allowed, name, "")
    for function in graph.library.function:
        _check(function.node_def, allowed, name, f" in the function {function.signature.name!r}")


def _check(nodes: Iterable[Any], allowed: frozenset[str], name: str, where: str) -> None:
    for node in nodes:
        if node.op not in allowed:
            raise NetworkError(
                f"{name!r} holds the operation {node.op!r} (node {node.name!r}{where}), which is "
                "none of those that networks of pictures compute with; the graph is not loaded.",
                "Others could read or write files, run code, or never end; cut this one off before "
                "the graph is saved.",
            )


def inputs_of(node: Any) -> list[str]:
    """The names of the nodes that a node takes or waits for."""
    return [name.lstrip("^").partition(":")[0] for name in node.input]


def sources_of(node: Any) -> Iterable[str]:
    """The names of the nodes whose values a node takes."""
    return (name.partition(":")[0] for name in node.input if not name.startswith("^"))


def in_order(graph: Any) -> list[Any]:
    """The nodes, each after those that it takes."""
    by_name = {node.name: node for node in graph.node}
    order: list[Any] = []
    state: dict[str, bool] = {}
    for first in graph.node:
        stack = [first]
        while stack:
            node = stack[-1]
            if node.name not in state:
                state[node.name] = False
                stack.extend(by_name[n] for n in inputs_of(node) if n in by_name and n not in state)
            else:
                stack.pop()
                if not state[node.name]:
                    state[node.name] = True
                    order.append(node)
    return order


def functions_called(node: Any, functions: Mapping[str, Any]) -> Iterator[str]:
    """The functions that a node calls, as its operation or through its attributes."""
    if node.op in functions:
        yield node.op
    for function in functions_named(node):
        if function.name in functions:
            yield function.name


def functions_named(node: Any) -> Iterator[Any]:
    """The functions that a node's attributes name, and those that those are given, at any depth."""
    holders = [node]
    while holders:
        for value in holders.pop().attr.values():
            functions = [named for named in (value.func, *value.list.func) if named.name]
            holders.extend(functions)
            yield from functions


def name_functions_apart(graph: Any) -> None:
    """Give a graph's functions names of their own: TensorFlow has one list of all in a process."""
    mark = hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest()[:12]
    names = {f.signature.name: f"{f.signature.name}_{mark}" for f in graph.library.function}
    for function in graph.library.function:
        function.signature.name = names[function.signature.name]
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            node.op = names.get(node.op, node.op)
            for function in functions_named(node) if names else ():
                function.name = names.get(function.name, function.name)
    del graph.library.gradient[:]
