"""Vector code that numba does not write by itself: register tiles of a matrix product, tile transposes, bits.

LLVM's automatic vectoriser reaches 5 % of a core's peak on small matrix products, because it stores every partial
sum. These intrinsics emit LLVM vectors, whose partial sums stay in registers; the same code serves AVX-512, AVX2
and NEON, float32 and float64. Nothing here knows of networks.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import extending, types
from numba.core import cgutils

intrinsic: Any = extending.intrinsic


def _vector_bytes() -> int:
    features = binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


VECTOR = _vector_bytes()
"""Bytes in a vector register."""
ROWS, COLUMNS = (6, (2, 1)) if VECTOR == 32 else (4, (4, 2, 1))
"""A tile is ROWS x COLUMNS vectors of partial sums: 16 of the 32 registers of AVX-512 and NEON, 12 of 16 of AVX2."""
ZERO, BIAS, ADD = 0, 1, 2
"""What a product starts from: nothing, a value a row, what is there already."""


def lanes(dtype: Any) -> int:
    """Numbers of a dtype in a vector register; every stride in the kernel is a multiple of it."""
    return VECTOR // np.dtype(dtype).itemsize


@intrinsic
def at(typingctx: Any, array: Any, offset: Any) -> Any:
    """The address of `array[offset]` (contiguous array)."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        base = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.gep(base.data, [args[1]])

    return types.CPointer(array.dtype)(array, types.intp), emit


@intrinsic
def like(typingctx: Any, model: Any, value: Any) -> Any:
    """`value` in the number type of `model`, so that float32 stays float32."""
    target = model.dtype if isinstance(model, types.Array) else model

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.cast(builder, args[1], signature.args[1], target)

    return target(model, value), emit


@intrinsic
def width_of(typingctx: Any, array: Any) -> Any:
    """Lanes of an array's dtype, a constant for the compiler."""
    count = VECTOR * 8 // array.dtype.bitwidth

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.get_constant(types.intp, count)

    return types.intp(array), emit


def _unary(name: str, text: str) -> Any:
    """An intrinsic for LLVM's function of one float, in vectors where the loop around it is one."""

    @intrinsic
    def function(typingctx: Any, x: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(args[0].type, [args[0].type])
            declared = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.f{x.bitwidth}")
            return builder.call(declared, args)

        return x(x), emit

    function.__doc__ = text
    return function


nearest = _unary("rint", "The nearest whole number, as a float; a half goes to the even one.")
root = _unary("sqrt", "The square root.")


@intrinsic
def with_sign(typingctx: Any, size: Any, sign: Any) -> Any:
    """|size| with the sign of another number."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(args[0].type, [args[0].type] * 2)
        declared = cgutils.get_or_insert_function(builder.module, kind, f"llvm.copysign.f{size.bitwidth}")
        return builder.call(declared, args)

    return size(size, size), emit


SHIFT = 12582912.0 + 127.0
"""1.5 * 2^23, where float32 has no fractions: adding it rounds, and leaves the whole number in the lowest bits; 127 is
what float32 adds to its exponents."""


@intrinsic
def power_of_two(typingctx: Any, shifted: Any) -> Any:
    """2^n for shifted = n + SHIFT in float32, n a whole number from -126 to 127: its lowest bits are the exponent."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(32)
        return builder.bitcast(builder.shl(builder.bitcast(args[0], word), word(23)), ir.FloatType())

    return types.float32(shifted), emit


ROOT_HALF = 0x3F3504F3
"""The bits of sqrt(1/2) in float32."""


@intrinsic
def exponent(typingctx: Any, x: Any) -> Any:
    """n of x = m 2^n with m in [sqrt(1/2), sqrt(2)), for a positive normal float32; returned as a float32."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(32)
        distance = builder.sub(builder.bitcast(args[0], word), word(ROOT_HALF))
        return builder.sitofp(builder.ashr(distance, word(23)), ir.FloatType())

    return types.float32(x), emit


@intrinsic
def mantissa(typingctx: Any, x: Any) -> Any:
    """m of `exponent`'s x = m 2^n."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(32)
        distance = builder.sub(builder.bitcast(args[0], word), word(ROOT_HALF))
        bits = builder.add(builder.and_(distance, word(0x007FFFFF)), word(ROOT_HALF))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(x), emit


def tile(rows: int, columns: int) -> Any:
    """An intrinsic that computes a tile C[rows, columns vectors] = start + sum_k A[., k] B[k, .].

    Its arguments: a, its row stride and k stride; b and its k stride; c and its row stride; bias; start (ZERO,
    BIAS, ADD); the number of k, at least 1. A may be transposed (any strides), B and C are contiguous along columns.
    """

    @intrinsic
    def product(typingctx, a, a_row, a_k, b, b_k, c, c_row, bias, start, count):
        step = types.intp

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _Tile(builder, a.dtype.bitwidth, rows, columns).emit(args)
            return context.get_dummy_value()

        return types.void(a, step, step, b, step, c, step, bias, step, step), emit

    return product


class _Tile:
    """Writes the code of one tile: start values, loop over k, stores."""

    def __init__(self, builder: Any, bitwidth: int, rows: int, columns: int) -> None:
        self.builder, self.size = builder, bitwidth // 8
        self.lanes = VECTOR // self.size
        self.scalar = ir.FloatType() if bitwidth == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.cells = [(m, n) for m in range(rows) for n in range(columns)]
        self.rows, self.columns = rows, columns

    def emit(self, args: Any) -> None:
        a, a_row, a_k, b, b_k, c, c_row, bias, start, count = args
        build = self.builder
        blocks = {name: build.function.append_basic_block(f"tile_{name}") for name in _BLOCKS}
        build.branch(blocks["choose"])
        build.position_at_end(blocks["choose"])
        switch = build.switch(start, blocks["start"])
        switch.add_case(start.type(BIAS), blocks["bias"])
        switch.add_case(start.type(ADD), blocks["add"])
        build.position_at_end(blocks["bias"])
        biases = [self.splat(self.element(bias, m)) for m in range(self.rows)]
        build.branch(blocks["start"])
        build.position_at_end(blocks["add"])
        sums = {cell: self.load(self.place(c, c_row, cell)) for cell in self.cells}
        build.branch(blocks["start"])
        build.position_at_end(blocks["start"])
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        first = {
            cell: self.phi((zero, blocks["choose"]), (biases[cell[0]], blocks["bias"]), (sums[cell], blocks["add"]))
            for cell in self.cells
        }
        build.branch(blocks["loop"])
        build.position_at_end(blocks["loop"])
        k = self.phi((count.type(0), blocks["start"]))
        partial = {cell: self.phi((first[cell], blocks["start"])) for cell in self.cells}
        total = self.accumulate(partial, build.gep(a, [build.mul(k, a_k)]), a_row, build.gep(b, [build.mul(k, b_k)]))
        following = build.add(k, count.type(1))
        k.add_incoming(following, blocks["loop"])
        for cell in self.cells:
            partial[cell].add_incoming(total[cell], blocks["loop"])
        build.cbranch(build.icmp_signed("<", following, count), blocks["loop"], blocks["done"])
        build.position_at_end(blocks["done"])
        for cell in self.cells:
            build.store(total[cell], self.place(c, c_row, cell), align=self.size)

    def accumulate(self, partial: dict, a: Any, a_row: Any, b: Any) -> dict:
        build = self.builder
        fma = _fma(build.module, self.vector, self.lanes, self.size)
        right = [self.load(self.cast(build.gep(b, [a_row.type(n * self.lanes)]))) for n in range(self.columns)]
        total = {}
        for m in range(self.rows):
            left = self.splat(build.load(build.gep(a, [build.mul(a_row, a_row.type(m))])))
            for n in range(self.columns):
                total[m, n] = build.call(fma, [left, right[n], partial[m, n]])
        return total

    def place(self, c: Any, c_row: Any, cell: tuple[int, int]) -> Any:
        build = self.builder
        offset = build.add(build.mul(c_row, c_row.type(cell[0])), c_row.type(cell[1] * self.lanes))
        return self.cast(build.gep(c, [offset]))

    def phi(self, *incoming: Any) -> Any:
        node = self.builder.phi(incoming[0][0].type)
        for value, block in incoming:
            node.add_incoming(value, block)
        return node

    def cast(self, pointer: Any) -> Any:
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def load(self, pointer: Any) -> Any:
        return self.builder.load(pointer, align=self.size)

    def element(self, pointer: Any, index: int) -> Any:
        return self.builder.load(self.builder.gep(pointer, [ir.IntType(64)(index)]))

    def splat(self, value: Any) -> Any:
        undefined = ir.Constant(self.vector, ir.Undefined)
        one = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        return self.builder.shuffle_vector(one, undefined, _mask([0] * self.lanes))


_BLOCKS = ("choose", "bias", "add", "start", "loop", "done")


def _fma(module: Any, vector: Any, count: int, size: int) -> Any:
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(module, kind, f"llvm.fma.v{count}f{size * 8}")


def _mask(indices: list[int]) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(indices)), indices)


@intrinsic
def transpose_tile(typingctx: Any, source: Any, source_row: Any, target: Any, target_row: Any) -> Any:
    """target[j, i] = source[i, j] for a square tile as wide as a vector; arguments: addresses, row strides."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        writer = _Tile(builder, source.dtype.bitwidth, VECTOR * 8 // source.dtype.bitwidth, 1)
        vectors = [writer.load(writer.place(args[0], args[1], cell)) for cell in writer.cells]
        for vector, cell in zip(_transposed(builder, vectors), writer.cells, strict=True):
            builder.store(vector, writer.place(args[2], args[3], cell), align=writer.size)
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), emit


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Exchange off-diagonal blocks of half, a quarter, ... of the width: log2(n) rounds of shuffles."""
    n = len(rows)
    half = n // 2
    while half:
        low = [i + n - half if i & half else i for i in range(n)]
        high = [i + n if i & half else i + half for i in range(n)]
        for i in (i for i in range(n) if not i & half):
            a, b = rows[i], rows[i + half]
            rows[i] = builder.shuffle_vector(a, b, _mask(low))
            rows[i + half] = builder.shuffle_vector(a, b, _mask(high))
        half //= 2
    return rows
