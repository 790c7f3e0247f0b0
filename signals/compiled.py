"""Loops compiled to machine code, for the few places where numpy's whole-array steps cost too much.

Importing this costs a fifth of a second and 70 MB, so it is imported only where a structure is
large enough to need it. What was compiled is cached beside the source, or in the user's cache.
"""

import functools
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.extending import intrinsic

_KNOWN: Final = "0.68."
"""Releases of numba whose inner ways `_Kept` relies on; others load as they do by themselves."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function that works on arrays and numbers; it runs without Python's lock.

    Compiled anew in every process where no folder can be written to keep the result.
    """
    made: Any = numba.njit(nogil=True)(function)
    try:
        made.enable_caching()
        if numba.__version__.startswith(_KNOWN):
            made._cache = _Kept(function)  # type: ignore[no-untyped-call]  # noqa: SLF001
    except RuntimeError:  # numba found no folder for its cache
        pass
    return cast("F", made)


class _Kept(FunctionCache):
    """What numba keeps of a compiled function, loaded without what only compiling needs.

    numba first readies all that it can compile: a quarter of the processor time of a hashing
    worker's start, and 18 MB. What was compiled before needs nothing of it but where its memory
    comes from, and compiling readies all by itself. (So does numba's pull request 9806.)

    A function is compiled with whatever it calls, so it is compiled anew when any of that changes,
    too: numba itself looks at the function's own file alone.
    """

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _sources())  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load what was compiled for these types, or give None."""
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


@functools.cache
def _sources() -> int:
    """Give a number that changes with any file here that has something to compile."""
    number = 0
    for file in sorted(Path(__file__).parent.glob("*.py")):
        body = file.read_bytes()
        if any(sign in body for sign in (b"@compiled", b"numba", b"llvmlite")):
            number = zlib.crc32(body, number)
    return number


@intrinsic
def _bit_count(_context: Any, _word: Any) -> Any:
    def generate(_typing: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def _prefetch(_context: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        held = context.make_array(kind)(context, builder, arguments[0])
        place = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
            context, builder, kind, held, [arguments[1]], wraparound=False
        )
        byte_at = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        wanted = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte_at, number, number, number]),
            "llvm.prefetch.p0",
        )
        reading, kept, data = number(0), number(3), number(1)
        builder.call(wanted, [builder.bitcast(place, byte_at), reading, kept, data])
        return context.get_dummy_value()

    return types.void(array, index), generate


prefetch: Final[Callable[[Any, Any], None]] = cast("Callable[[Any, Any], None]", _prefetch)
"""Ask for an element of an array to be brought near, without waiting for it."""

bit_count: Final[Callable[[Any], Any]] = cast("Callable[[Any], Any]", _bit_count)
"""Count the bits set in a 64-bit word: one instruction of the processor."""
