"""Where the numbers come from: openings of the test part, recipe, provenance, citation."""

from isinglass.export.sections.section import Section, always

OPENINGS = """\
{% if report.ledger %}
<p>Every look at the unseen rows is counted: who looks often enough finds a good number by chance.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger">
<table>
<caption><span>{{ report.ledger | length }} {{ "opening" if report.ledger | length == 1 else "openings" }} so far.</span></caption>
<thead><tr><th scope="col" class="n">No.</th><th scope="col">When</th><th scope="col">What for</th><th scope="col">Result</th></tr></thead>
<tbody>
{% for opening in report.ledger %}
<tr><td class="n">{{ loop.index }}</td><td><time datetime="{{ opening.date }}">{{ opening.date }}</time></td><td>{{ opening.purpose }}</td><td>{{ opening.result or "–" }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% else %}
<p>The test part has not been opened.</p>
{% endif %}
"""

ASKED = """\
<p>Everything that was asked for, with every default filled in. Saved as a file it repeats the study.</p>
<pre class="recipe" tabindex="0" aria-label="Recipe"><code>{{ toml(report.recipe) }}</code></pre>
"""

FACTS = """\
<dl class="facts">
{% for name, value in report.provenance.items() if name != "data" %}
<dt>{{ name }}</dt><dd>{{ value }}</dd>
{% endfor %}
<dt>data</dt><dd>SHA-256 {{ report.data.fingerprint }}</dd>
</dl>
"""

CITATION = """\
<p>{{ sentence }}</p>
<pre><code>{{ bibtex }}</code></pre>
"""

LEDGER = Section("Openings of the test part", body=OPENINGS, shown=always)
RECIPE = Section("Recipe", body=ASKED, shown=always)
PROVENANCE = Section("Provenance", body=FACTS, shown=always)
CITE = Section("How to cite", body=CITATION, shown=always)
