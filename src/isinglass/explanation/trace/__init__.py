"""Every number of a forward and a backward pass: `trace(function, *inputs)` gives a `Trace`."""

from isinglass.explanation.trace.display import Trace as Trace
from isinglass.explanation.trace.graph import Call as Call
from isinglass.explanation.trace.graph import Edge as Edge
from isinglass.explanation.trace.graph import Node as Node
from isinglass.explanation.trace.numbers import Numbers as Numbers
from isinglass.explanation.trace.options import TraceOptions as TraceOptions
from isinglass.explanation.trace.passes.updates import Step as Step
from isinglass.explanation.trace.passes.updates import sgd as sgd
from isinglass.explanation.trace.tracing import trace as trace
