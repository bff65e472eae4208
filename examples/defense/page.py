# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The report's page: one file that opens offline, sorts and filters its tables, and fits a phone."""

from string import Template

STYLE = """
body { font: 15px/1.45 sans-serif; margin: 0 auto; max-width: 90em; padding: 1em }
h1 { font-size: 1.5em; line-height: 1.2 } h2 { margin-top: 2em; font-size: 1.2em }
.table { overflow-x: auto; max-width: 100%; -webkit-overflow-scrolling: touch }
table { border-collapse: collapse; font-size: 13px }
td, th { border: 1px solid #ccc; padding: 4px 7px; text-align: left; vertical-align: top }
td { white-space: nowrap } td a { color: inherit; font-weight: 600; padding: 2px }
th { font-weight: 500; background: #f6f8fa } tbody th { position: sticky; left: 0; min-width: 7em }
thead th { cursor: pointer; user-select: none } thead th::after { content: " \\2195"; color: #999 }
thead th[aria-sort=ascending]::after { content: " \\2191"; color: #000 }
thead th[aria-sort=descending]::after { content: " \\2193"; color: #000 }
input[type=search] { font: inherit; padding: 6px 8px; margin: .5em 0; width: 22em; max-width: 100%;
  box-sizing: border-box }
small { color: #444 } .bad { color: #b00; font-weight: bold } pre { overflow-x: auto; font-size: 12px }
.row { display: flex; gap: 8px; flex-wrap: wrap } figure { margin: 4px; width: 224px; font-size: 12px }
svg { max-width: 100%; height: auto }
@media (max-width: 600px) {
  body { padding: .6em } table { font-size: 12px } tbody th { max-width: 9em; overflow-wrap: anywhere }
  figure { width: calc(50% - 12px) } figure img { width: 100% }
}
"""

SCRIPT = """
for (const box of document.querySelectorAll('.table')) {
  const table = box.querySelector('table'), body = table.tBodies[0];
  const search = document.createElement('input');
  search.type = 'search';
  search.placeholder = 'filter rows by words';
  search.setAttribute('aria-label', search.placeholder);
  box.before(search);
  search.addEventListener('input', () => {
    const words = search.value.toLowerCase().split(/\\s+/);
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
    }
  });
  const value = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return '';
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      heads.forEach(other => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((first, second) => {
        const [a, b] = [value(first, column), value(second, column)];
        // What has no value comes last.
        if (a === '' || b === '') return (a === '') - (b === '');
        const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(b);
        return down ? -order : order;
      });
      body.append(...rows);
    };
    head.addEventListener('click', sort);
    head.addEventListener('keydown', event => { if (event.key === 'Enter') sort(); });
  });
}
"""

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>featuredistill: evaluation</title>
<style>$style</style>
</head>
<body>
<h1>What featuredistill does to a network's accuracy</h1>
<p>$summary</p>$failures
<p>Attacks start from pictures that the network alone gets right: accuracy under attack is the share that
stays right. One pass: the consumer filters what the attacker made. Two passes: the trusted source settles
pictures, the attacker changes these, the consumer filters again. <b>Static</b> attacks are made on the
network alone; <b>adaptive</b> ones know the filter, its table and this code. Nothing in the filter is
random, so expectation over transformations would add nothing to BPDA.</p>
<p>A click on a heading sorts; a number leads to pictures that it was counted on.</p>
<h2>Cost</h2>$costs
<h2>One pass, static attacks</h2>$one
<h2>One pass, adaptive attacks</h2>
<p>One pass is not robust against an attacker who knows of it.</p>$adaptive
<h2>Two passes</h2>
<p>They assume a trusted source, and a transport that keeps samples.</p>$two
<h2>Clean drop against attacked accuracy</h2>$plot
<h2>Examples</h2>
<p>For two passes the same perturbation is put on the settled picture.</p>$examples
<h2>To repeat this</h2><pre>$about</pre>
<script>$script</script>
</body>
</html>
""")
