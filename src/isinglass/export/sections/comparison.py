"""The network beside conventional methods, for all targets and for each alone."""

from isinglass.export.sections.section import Section, always
from isinglass.figures.comparison import comparison

METHODS = """\
<div class="scroll" tabindex="0" role="region" aria-label="Comparison of methods">
<table class="wide methods">
<caption><span>All methods on the same unseen rows, fitted on the same training rows. Small print: 95 % bootstrap interval. Underlined: best of the column.</span></caption>
<thead><tr><th scope="col">Method</th>
{% for measure in report.measures %}
<th scope="col" class="n">{{ measure.label }}{{ parts.unit(measure.unit) }}<small>{{ "lower is better" if measure.better == "low" else "higher is better" if measure.better == "high" else "should be " ~ number(measure.nominal) }}</small></th>
{% endfor %}
<th scope="col" class="n">Time</th></tr></thead>
<tbody>
{% for method in methods %}
<tr{{ ' class="own"' | safe if method.network }}><th scope="row">{{ method.name }}</th>
{% if method.failed %}
<td colspan="{{ report.measures | length }}">failed: {{ method.failed }}</td>
{% endif %}
{% for measure in report.measures if not method.failed %}
{% set value, interval = cell(method, measure) %}
<td class="n">{% if method.name in best[measure.name] %}<span class="best">{{ value }}</span>{% else %}{{ value }}{% endif %}{% if interval %}<small>{{ interval }}</small>{% endif %}</td>
{% endfor %}
<td class="n">{{ duration(method.seconds) }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if report.combined_words %}
<p class="note">{{ report.combined_words }}</p>
{% endif %}
"""

TARGETS = """\
{% for part in report.targets %}
<div class="scroll" tabindex="0" role="region" aria-label="Comparison of methods for {{ part.name }}">
<table class="wide methods">
<caption><span>{{ part.name }} alone, in its own unit; the methods as above. Underlined: best of the column.</span></caption>
<thead><tr><th scope="col">Method</th>
{% for measure in part.measures %}
<th scope="col" class="n">{{ measure.label }}{{ parts.unit(measure.unit) }}</th>
{% endfor %}</tr></thead>
<tbody>
{% for method in ordered(part) if not method.failed %}
<tr{{ ' class="own"' | safe if method.network }}><th scope="row">{{ method.name }}</th>
{% for measure in part.measures %}
{% set value, interval = cell_of(part, method, measure) %}
<td class="n">{% if method.name in best_of(part, measure) %}<span class="best">{{ value }}</span>{% else %}{{ value }}{% endif %}{% if interval %}<small>{{ interval }}</small>{% endif %}</td>
{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endfor %}
"""

DECIDED = "{% if report.decided %}<p>{{ report.decided }}</p>{% endif %}\n"

COMPARISON = Section(
    "Against conventional methods", comparison, body=METHODS + "\n" + TARGETS + "\n" + DECIDED, shown=always
)
