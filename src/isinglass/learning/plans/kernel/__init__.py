"""The compiled kernel: whole networks trained by one thread each, in numba, within the second-level cache.

| file | what |
|---|---|
| `program`, `lowering` | a machine as a list of operations (no numba) |
| `arithmetic` | functions of one number; vector code for matrix products and transposes |
| `activations`, `layers`, `waves`, `masks`, `classes`, `losses` | forwards and backwards, operation by operation |
| `interpreter` | runs a program |
| `updates` | optimizers, penalties, clipping |
| `member` | many steps of many members; evaluation |
| `entry_points` | compilation, kept on disk |

There is one compiled version for each dtype; everything else is decided while it runs.
"""
