"""The rows, and who saw which of them."""

from isinglass.export.sections.section import Section, always
from isinglass.figures.splits import splits

COLUMNS = """\
<p>{{ report.data.name }}: {% if report.pictures %}{{ number(report.data.rows) }} images, {{ report.pictures.words }}{% else %}{{ number(report.data.rows) }} rows, {{ report.data.columns | selectattr("role", "equalto", "input") | list | length }} input columns{% endif %}{% if report.data.source and report.data.source != report.data.name %}, from {{ report.data.source }}{% endif %}{% if report.data.licence %}. Licence: {{ report.data.licence }}{% endif %}.</p>
{% for note in report.data.notes %}
<p class="note">{{ note }}</p>
{% endfor %}
<div class="scroll" tabindex="0" role="region" aria-label="Columns of the data">
<table class="wide">
<caption><span>Columns as they came. Percentiles are of the known values.</span></caption>
<thead><tr><th scope="col">Column</th><th scope="col">Role</th><th scope="col">Kind</th><th scope="col">Unit</th><th scope="col" class="n">Missing</th><th scope="col" class="n">5 %</th><th scope="col" class="n">Median</th><th scope="col" class="n">95 %</th><th scope="col">Distribution</th></tr></thead>
<tbody>
{% for column in report.data.columns %}
<tr{{ ' class="own"' | safe if column.role == "target" }}><th scope="row">{{ column.name }}</th><td>{{ column.role }}</td><td>{{ column.kind }}</td><td>{{ column.unit or "–" }}</td><td class="n">{{ number(column.missing) if column.missing else "–" }}</td>
{% if column.categories %}
<td colspan="3" class="cats">{{ column.categories[:4] | join(", ") }}{% if column.categories | length > 4 %} and {{ column.categories | length - 4 }} more{% endif %}</td>
{% else %}
<td class="n">{{ percentile(column, column.low) }}</td><td class="n">{{ percentile(column, column.middle) }}</td><td class="n">{{ percentile(column, column.high) }}</td>
{% endif %}
<td>{{ parts.spark(column) }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
"""

DIVISION = """\
<p>Kind of split: {{ report.splits.kind }}{% if report.splits.group_name %} by {{ report.splits.group_name }}{% endif %}. {% if report.splits.scheme == "sealed" %}The test part was sealed before anything was fitted.{% else %}Every row is predicted by networks that never saw its fold; all folds were trained at once.{% endif %} Scaling and imputation are fitted on each network's own training rows.</p>
{% for note in report.splits.notes %}
<p class="note">{{ note }}</p>
{% endfor %}
"""

DATA = Section("Data", body=COLUMNS, shown=always)
SPLITS = Section("Who saw what", splits, body=DIVISION, shown=always)
