// The table of every variant: sorting, filtering, and what a row opens to.
const usualColumns = ['task', 'rank', 'outcome', 'speed_up', 'median', 'p99', 'throughput', 'sqnr', 'max_error', 'size',
  'memory'];
const table = {order: data.rows.slice(), key: 'rank', descending: false, columns: [], lines: new Map(), body: null};

/** The task stands first as the row's heading; the bounds of the speed-up and the reason stand with what they belong to. */
function chosenColumns() {
  const keys = byId('all-columns').checked ? data.columns.map(column => column.key) : usualColumns;
  const apart = keys.filter(key => !['speed_up_low', 'speed_up_high', 'reason'].includes(key));
  return apart.map(key => data.columns[columnAt.get(key)]);
}

function outcomeClass(row) {
  if (row.outcome === 'ok') return row.outcome_text.includes('noisy') ? 'noisy' : 'ok';
  return ['suspect', 'disagreed', 'skipped'].includes(row.outcome) ? row.outcome : 'failed';
}

function rowClass(row) {
  if (row.recommended) return 'recommended';
  if (number(row, 'rank') === null) return 'absent';
  return row.outcome === 'ok' ? '' : 'doubtful';
}

function headingCell(row) {
  const button = el('button', {type: 'button', class: 'open', 'aria-expanded': 'false', onclick: () => toggle(row, button)}, text(row, 'task'));
  const tags = [];
  if (row.recommended) tags.push('★ deploy');
  if (row.original) tags.push('original');
  if (row.front) tags.push('◆');
  const spoken = row.front ? el('span', {class: 'spoken'}, 'on the Pareto front') : null;
  return el('th', {scope: 'row'}, button, ...tags.map(tag => el('span', {class: 'tag', 'aria-hidden': tag === '◆' ? 'true' : null}, tag)), spoken);
}

function bodyCell(row, column) {
  const value = shown(row.cells[columnAt.get(column.key)]);
  if (column.key === 'outcome') {
    const reason = row.reason ? el('span', {class: 'reason', title: row.reason}, row.reason) : null;
    return el('td', {class: 'outcome'}, el('span', {class: 'badge ' + outcomeClass(row)}, row.outcome_text), reason);
  }
  if (column.key === 'speed_up') {
    const interval = intervalText(row);
    return el('td', {class: 'number'}, value, interval ? el('span', {class: 'range'}, interval) : null);
  }
  return el('td', {class: column.is_number ? 'number' : 'text'}, value);
}

function lineOf(row) {
  let line = table.lines.get(row);
  if (!line) {
    const cells = table.columns.map(column => column.key === 'task' ? headingCell(row) : bodyCell(row, column));
    line = {row: el('tr', {class: rowClass(row)}, ...cells), detail: null};
    table.lines.set(row, line);
  }
  return line;
}

function toggle(row, button) {
  const line = lineOf(row);
  if (line.detail) {
    line.detail.remove();
    line.detail = null;
  } else {
    line.detail = el('tr', {class: 'detail'}, el('td', {colspan: table.columns.length}, detailOf(row)));
    line.row.after(line.detail);
  }
  button.setAttribute('aria-expanded', String(line.detail !== null));
}

function commandLine(title, command) {
  const copy = el('button', {type: 'button', class: 'quiet', onclick: async () => {
    try {
      await navigator.clipboard.writeText(command);
      copy.textContent = 'Copied';
    } catch {  // no clipboard for this page: the command stands selected instead
      getSelection().selectAllChildren(code);
      copy.textContent = 'Selected';
    }
  }}, 'Copy');
  const code = el('code', {}, command);
  return el('div', {class: 'wide'}, el('h3', {}, title), el('div', {class: 'command'}, el('pre', {}, code), copy));
}

function detailOf(row) {
  const parts = [];
  const add = (title, content, isWide) => parts.push(el('div', {class: isWide ? 'wide' : ''}, el('h3', {}, title), content));
  if (row.reason) add('Reason', el('p', {}, row.reason), true);
  add('Variant', pairs([['id', row.id], ['recipe', row.recipe], ['runtime', row.runtime], ['inputs, outputs', row.io],
    ...Object.entries(row.settings)]));
  if (row.cost.length) add('Cost', pairs(row.cost));
  if (row.conditions.length) add('Measured under', pairs(row.conditions));
  if (row.placement) add('What ran', el('p', {}, row.placement), true);
  for (const warning of row.placement_warnings) add('Placement', el('p', {}, warning), true);
  if (row.notes.length) add('Notes', el('ul', {}, ...row.notes.map(note => el('li', {}, note))), true);
  if (row.outputs.length) add('Agreement per output', el('div', {class: 'scroll'}, outputTable([row], false)), true);
  if (row.details) add('Message', el('pre', {}, row.details), true);
  if (row.repeat_command) parts.push(commandLine('Try it alone', row.repeat_command));
  if (row.only_command) parts.push(commandLine('Measure it beside the original', row.only_command));
  return el('div', {class: 'detail-grid'}, ...parts);
}

/** What is not known stands last, whatever the direction. */
function compareRows(a, b) {
  const column = data.columns[columnAt.get(table.key)];
  const [x, y] = column.is_number ? [number(a, table.key), number(b, table.key)] : [text(a, table.key), text(b, table.key)];
  const isMissing = value => value === null || value === '';
  if (isMissing(x) || isMissing(y)) return isMissing(x) - isMissing(y);
  const order = column.is_number ? x - y : x.localeCompare(y, 'en', {numeric: true});
  return table.descending ? -order : order;
}

/** The first press of a figure that is better when larger puts the largest on top. */
function sortBy(key) {
  const startsLarge = ['speed_up', 'throughput', 'sqnr', 'cosine'].includes(key);
  table.descending = table.key === key ? !table.descending : startsLarge;
  table.key = key;
  showRows();
}

function isWanted(row) {
  const words = byId('filter-text').value.toLowerCase().split(/\s+/).filter(Boolean);
  const outcome = byId('filter-outcome').value;
  const runtime = byId('filter-runtime').value;
  if (outcome && row.outcome_text !== outcome) return false;
  if (runtime && row.runtime !== runtime) return false;
  if (byId('filter-front').checked && !row.front) return false;
  return words.every(word => row.searched.includes(word));
}

function showRows() {
  for (const heading of table.headings) {
    if (heading.dataset.key === table.key) heading.setAttribute('aria-sort', table.descending ? 'descending' : 'ascending');
    else heading.removeAttribute('aria-sort');
  }
  table.order.sort(compareRows);
  const wanted = table.order.filter(isWanted);
  const lines = wanted.map(lineOf).flatMap(line => line.detail ? [line.row, line.detail] : [line.row]);
  if (!wanted.length) lines.push(el('tr', {}, el('td', {class: 'empty', colspan: table.columns.length}, 'No variant is like that.')));
  table.body.replaceChildren(...lines);
  byId('shown').textContent = `${wanted.length} of ${data.rows.length} variants`;
}

/** The name, and the unit below it. */
function headingOf(column) {
  if (column.key === 'task') return ['variant'];
  const [, name, unit] = column.header.match(/^(.*?)(?: \((.*)\))?$/);
  return unit ? [name, el('span', {class: 'unit'}, ` ${unit}`)] : [name];
}

function buildTable() {
  table.columns = chosenColumns();
  table.lines.clear();
  table.headings = table.columns.map(column => el('th', {scope: 'col', class: column.is_number ? 'number' : '', 'data-key': column.key, title: column.meaning},
    el('button', {type: 'button', onclick: () => sortBy(column.key)}, ...headingOf(column))));
  table.body = el('tbody');
  byId('variants-table').replaceChildren(el('table', {},
    el('caption', {class: 'spoken'}, 'Every variant; the headings sort'), el('thead', {}, el('tr', {}, ...table.headings)), table.body));
  showRows();
}

function startTable() {
  for (const row of data.rows)
    row.searched = [row.id, text(row, 'task'), row.outcome_text, row.reason, row.placement].join(' ').toLowerCase();
  const fill = (id, values) => byId(id).append(...[...new Set(values)].sort().map(value => el('option', {value}, value)));
  fill('filter-outcome', data.rows.map(row => row.outcome_text));
  fill('filter-runtime', data.rows.map(row => row.runtime));
  for (const id of ['filter-text', 'filter-outcome', 'filter-runtime', 'filter-front']) byId(id).addEventListener('input', showRows);
  byId('all-columns').addEventListener('input', buildTable);
  byId('filters').hidden = data.rows.length === 0;
  buildTable();
}
