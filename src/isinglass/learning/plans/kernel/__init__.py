"""The compiled kernel: whole networks trained by one thread each, in numba, within the second-level cache.

| file | what |
|---|---|
| `program`, `reading` | a machine as a list of operations (no numba) |
| `tiles`, `products` | vector code for matrix products and transposes |
| `elementary`, `special`, `trigonometry` | functions of one number |
| `activations`, `layers`, `masks`, `classes`, `losses` | forwards and backwards, operation by operation |
| `passes` | the interpreter of a program |
| `updates` | optimizers, penalties, clipping |
| `member` | many steps of many members; evaluation |
| `doors` | compilation, kept on disk |

There is one compiled version for each dtype; everything else is decided while it runs.
"""
