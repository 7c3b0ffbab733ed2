"""A trace for Graphviz: `dot -Tsvg trace.dot`. The text needs no Graphviz to be made."""

from __future__ import annotations

import json

from isinglass.explanation.trace.graph import Graph
from isinglass.explanation.trace.views.labels import made, product, short

SHAPES = {"input": "oval", "parameter": "note", "buffer": "note", "constant": "plaintext"}


def dot(trace: Graph) -> str:
    """The graph in the DOT language: nodes with value and gradient, edges with what flows back."""
    lines = ["digraph trace {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif", fontsize=11];']
    lines.append('  edge [fontname="sans-serif", fontsize=9];')
    for node in trace.nodes:
        label = "\n".join([node.name, made(node), f"value {short(node.value)}", f"gradient {short(node.gradient)}"])
        form = f", shape={SHAPES[node.kind]}" if node.kind in SHAPES else ""
        lines.append(f"  n{node.id} [label={json.dumps(label, ensure_ascii=False)}{form}];")
    for edge in trace.edges:
        label = product(edge, trace.node(edge.target).gradient)
        lines.append(f"  n{edge.source} -> n{edge.target} [label={json.dumps(label, ensure_ascii=False)}];")
    return "\n".join([*lines, "}"]) + "\n"
