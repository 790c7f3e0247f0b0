"""Instructions for sixteen numbers at a time, for loops that the compiler does not find itself.

Each of the sixteen is computed as it would be alone, in the same order and with the same rounding.
A processor with shorter vectors takes them in two or four parts, which changes nothing.
"""

from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils

LANES: Final = 16
INDEX: Final = ir.IntType(64)
VECTOR: Final = ir.VectorType(ir.FloatType(), LANES)

NUMBERS: Final = ir.VectorType(ir.IntType(32), LANES)
LONG_NUMBERS: Final = ir.VectorType(ir.IntType(64), LANES)

_ALIGNMENT: Final = 4
"""Bytes: a vector may begin at any number."""


def index(number: int) -> Any:
    """Give a number to count with."""
    return ir.Constant(INDEX, number)


def loaded(builder: Any, array: Any, start: Any, kind: Any = VECTOR) -> Any:
    """Take sixteen numbers from one on."""
    return builder.load(_place(builder, array, start, kind), align=_ALIGNMENT)


def stored(builder: Any, vector: Any, array: Any, start: Any) -> None:
    """Put sixteen numbers down from one on."""
    builder.store(vector, _place(builder, array, start, vector.type), align=_ALIGNMENT)


def repeated(builder: Any, value: Any, lanes: int = LANES) -> Any:
    """Make so many of one number."""
    nothing = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(NUMBERS.element, 0))
    return builder.shuffle_vector(
        first, nothing, ir.Constant(ir.VectorType(NUMBERS.element, lanes), [0] * lanes)
    )


def bits_counted(builder: Any, numbers: Any) -> Any:
    """Count the bits set in each of sixteen numbers."""
    name = f"llvm.ctpop.v{LANES}i{numbers.type.element.width}"
    return called(builder, name, numbers.type, numbers)


def called(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    """Call what the compiler knows under a name, and make no code for it but its own."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, kind, name
    )
    return builder.call(function, arguments)


def as_bits(builder: Any, marks: Any) -> Any:
    """Make a number of sixteen answers, the first being its lowest bit."""
    return builder.zext(builder.bitcast(marks, ir.IntType(LANES)), INDEX)


def _place(builder: Any, array: Any, start: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(array, [start]), kind.as_pointer())
