// The sections around the charts and the table, the theme, and printing.

function tile(name, value, remark) {
  return value ? el('div', {}, el('dt', {}, name), el('dd', {}, value, remark ? el('small', {}, remark) : null)) : null;
}

/** The recommended variant's figures, each with the original's. */
function showTiles() {
  if (!recommended) return;
  const beside = (name, key, unit) => {
    const before = original && original !== recommended ? text(original, key) : '';
    const value = text(recommended, key);
    return tile(name, value && value + unit, before && `original: ${before}${unit}`);
  };
  const fidelity = text(recommended, 'sqnr');
  const largest = text(recommended, 'max_error');
  byId('tiles').replaceChildren(...[
    beside('Median latency', 'median', ' ms'),
    beside('Throughput', 'throughput', ' /s'),
    tile('Fidelity', fidelity === 'equal' ? 'equal' : fidelity && fidelity + ' dB', largest && `largest error ${largest}`),
    beside('Peak memory', 'memory', ' MB'),
    beside('Size of the files', 'size', ' MB'),
    beside('First inference', 'first', ' ms'),
  ].filter(Boolean));
  byId('tiles').hidden = false;
}

function showVerdict() {
  const interval = recommended && recommended !== original ? intervalText(recommended) : '';
  if (interval) byId('interval').textContent = `${interval} × with 95 % confidence, from ${data.final_rounds} interleaved rounds`;
  byId('interval').hidden = !interval;
  showTiles();
  const split = line => {
    const at = line.indexOf(': ');
    return el('li', {}, el('b', {}, line.slice(0, at + 1)), line.slice(at + 1));
  };
  byId('picks').replaceChildren(...data.picks.map(split));
  byId('picks').hidden = data.picks.length === 0;
  byId('warnings').replaceChildren(...data.warnings.map(line => el('li', {}, line)));
  byId('warnings').hidden = data.warnings.length === 0;
}

function outputTable(rows, isNamed) {
  const columns = isNamed ? data.output_columns : data.output_columns.slice(1);
  const lines = rows.flatMap(row => row.outputs.map(cells => isNamed ? [text(row, 'task'), ...cells] : cells));
  return plainTable(columns.map(column => [column.header === 'task' ? 'variant' : column.header, column.is_number]), lines, 'Agreement per output');
}

function showOutputs() {
  const compared = data.rows.filter(row => row.outputs.length);
  if (!compared.length) return;
  const chosen = byId('outputs-of');
  chosen.append(el('option', {value: 'front'}, 'front-runners'),
    ...compared.map(row => el('option', {value: row.id}, text(row, 'task'))));
  const show = () => {
    const rows = chosen.value === 'front' ? frontRunners.filter(row => row.outputs.length && !row.original)
      : compared.filter(row => row.id === chosen.value);
    byId('outputs-table').replaceChildren(outputTable(rows.length ? rows : compared.slice(0, 1), true));
  };
  chosen.addEventListener('input', show);
  show();
  byId('outputs').hidden = false;
}

function showShapes() {
  if (!data.shapes.rows.length) return;
  byId('shapes-table').replaceChildren(plainTable(data.shapes.headers, data.shapes.rows, 'At other shapes'));
  byId('shapes').hidden = false;
}

function showFacts() {
  byId('facts-list').replaceChildren(...data.facts.map(section =>
    el('section', {}, el('h3', {}, section.title), pairs(section.facts))));
  byId('facts').hidden = false;
  byId('made').textContent = `Made by Auto Acceleration ${data.tool_version} from run.json. This page asks for nothing from any network.`;
}

function showContents() {
  const sections = [...document.querySelectorAll('main > section')].filter(section => !section.hidden && section.querySelector('h2'));
  byId('contents').replaceChildren(...sections.map(section => el('a', {href: '#' + section.id}, section.querySelector('h2').textContent)));
  byId('contents').hidden = false;
}

/** The choice is kept where the viewer lets a page keep anything. */
const kept = {
  read() {
    try { return localStorage.getItem('autoaccel-theme'); } catch { return null; }
  },
  write(theme) {
    try { localStorage.setItem('autoaccel-theme', theme); } catch { /* then it lasts as long as the page */ }
  },
};

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').setAttribute('aria-pressed', String(theme === 'dark'));
  drawCharts();
}

function startTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const system = () => dark.matches ? 'dark' : 'light';
  setTheme(kept.read() ?? system());
  dark.addEventListener('change', () => { if (!kept.read()) setTheme(system()); });
  byId('theme').addEventListener('click', () => {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    kept.write(next);
    setTheme(next);
  });
  byId('theme').hidden = false;
}

/** Paper is white, and has nothing to open. */
function startPrinting() {
  let theme = 'light';
  let closed = [];
  addEventListener('beforeprint', () => {
    theme = document.documentElement.dataset.theme;
    closed = [...document.querySelectorAll('main details:not([open])')];
    for (const each of closed) each.open = true;
    setTheme('light');
  });
  addEventListener('afterprint', () => {
    for (const each of closed) each.open = false;
    setTheme(theme);
  });
}

showVerdict();
startTable();
showOutputs();
showShapes();
showFacts();
startCharts();
startTheme();
startPrinting();
showContents();
