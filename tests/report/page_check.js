// What tests/report/browser_test.cc adds to a page: it uses it as a reader would and writes what it finds into #check.
'use strict';
const lines = [];
const same = (name, got, wanted) => lines.push(JSON.stringify(got) === JSON.stringify(wanted) ? `ok ${name}` : `FAILED ${name}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
const is = (name, holds) => same(name, Boolean(holds), true);
const frame = () => new Promise(resolve => setTimeout(resolve, 30));
const all = selector => [...document.querySelectorAll(selector)];
const page = JSON.parse(document.getElementById('data').textContent);
const tableRows = () => all('#variants-table tbody > tr:not(.detail)').filter(row => !row.querySelector('.empty'));
const heading = key => document.querySelector(`#variants-table th[data-key="${key}"]`);
const columnOf = key => all('#variants-table thead th').findIndex(each => each.dataset.key === key);
const figures = key => tableRows().map(row => parseFloat(row.children[columnOf(key)].textContent)).filter(Number.isFinite);
const isOrdered = (values, sign) => values.every((value, i) => i === 0 || sign * (value - values[i - 1]) >= 0);

function set(id, value) {
  const input = document.getElementById(id);
  if (input.type === 'checkbox') input.checked = value;
  else input.value = value;
  input.dispatchEvent(new Event('input', {bubbles: true}));
}

function checkSorting() {
  heading('median').querySelector('button').click();
  same('sorts upwards first', heading('median').getAttribute('aria-sort'), 'ascending');
  is('latency upwards', isOrdered(figures('median'), 1));
  heading('median').querySelector('button').click();
  same('then downwards', heading('median').getAttribute('aria-sort'), 'descending');
  is('latency downwards', isOrdered(figures('median'), -1));
  heading('speed_up').querySelector('button').click();
  is('fast first', isOrdered(figures('speed_up'), -1));
  same('one heading is sorted by', all('#variants-table th[aria-sort]').length, 1);
  const known = figures('speed_up').length;
  is('unknown last', tableRows().slice(known).every(row => row.children[columnOf('speed_up')].textContent === ''));
}

function checkFilters() {
  const skipped = page.rows.filter(row => row.outcome_text === 'skipped').length;
  set('filter-outcome', skipped ? 'skipped' : '');
  same('filter by outcome', tableRows().length, skipped || page.rows.length);
  same('says how many', document.getElementById('shown').textContent, `${skipped || page.rows.length} of ${page.rows.length} variants`);
  set('filter-outcome', '');
  set('filter-front', true);
  same('filter by front', tableRows().length, page.rows.filter(row => row.front).length);
  set('filter-front', false);
  set('filter-text', 'no variant has this text');
  same('nothing found', document.querySelector('#variants-table .empty').textContent, 'No variant is like that.');
  set('filter-text', page.rows[0].id.toUpperCase());
  is('found by its id', tableRows().length >= 1 && tableRows().length <= page.rows.length);
  set('filter-text', '');
  same('all again', tableRows().length, page.rows.length);
}

function checkDetail() {
  const button = document.querySelector('#variants-table button.open');
  button.click();
  same('a row opens', button.getAttribute('aria-expanded'), 'true');
  const detail = document.querySelector('tr.detail');
  const name = button.textContent;
  const row = page.rows.find(each => each.cells[0] === name && detail.textContent.includes(each.id));
  is('with its id', row);
  is('and the command', detail.textContent.includes(`--only ${row.id}`));
  button.click();
  same('and closes', all('tr.detail').length, 0);
}

function checkColumns() {
  const few = all('#variants-table thead th').length;
  set('all-columns', true);
  is('all figures', all('#variants-table thead th').length > few && all('#variants-table thead th').length === page.columns.length - 3);
  set('all-columns', false);
  is('row headings', tableRows().every(row => row.firstElementChild.scope === 'row'));
}

async function checkHover() {
  const canvas = document.getElementById('pareto-chart');
  const chart = Chart.getChart(canvas);
  const set = chart.data.datasets.findIndex(each => each.label === 'deploy');
  const {x, y} = chart.getDatasetMeta(set).data[0].getCenterPoint();
  const box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new MouseEvent('mousemove', {bubbles: true, clientX: box.left + x, clientY: box.top + y}));
  await frame();
  const best = page.rows.find(row => row.recommended);
  is('hover names the variant', chart.tooltip.opacity > 0 && chart.tooltip.title.includes(best.cells[0]));
  canvas.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
  is('arrow keys name a variant', page.rows.some(row => document.getElementById('pareto-point').textContent.startsWith(row.cells[0])));
}

async function checkTheme() {
  const before = getComputedStyle(document.body).backgroundColor;
  document.getElementById('theme').click();
  await frame();
  is('the other theme', getComputedStyle(document.body).backgroundColor !== before);
  same('is pressed', document.getElementById('theme').getAttribute('aria-pressed'), String(document.documentElement.dataset.theme === 'dark'));
  document.getElementById('theme').click();
}

function checkStructure() {
  same('one main heading', all('h1').length, 1);
  is('every chart has a text', all('section:not([hidden]) .chart:not([hidden]) canvas').every(canvas => canvas.getAttribute('aria-label')));
  is('every control has a label', all('input, select').every(control => control.labels.length === 1));
  is('every link of the contents leads somewhere', all('#contents a').every(link => document.querySelector(link.getAttribute('href'))));
  same('no element that a text made', all('main img, main script, main iframe, main b b, footer script').length, 0);
  same('no request', performance.getEntriesByType('resource').map(entry => entry.name), []);
  is('not wider than the window', document.documentElement.scrollWidth <= innerWidth);
}

addEventListener('load', async () => {
  try {
    same('a row for each record', tableRows().length, page.rows.length);
    if (page.rows.length > 1) checkSorting();
    if (page.rows.length) {
      checkFilters();
      checkDetail();
      checkColumns();
    }
    if (page.rows.some(row => row.recommended && row.cells[page.columns.findIndex(each => each.key === 'sqnr')])) await checkHover();
    await checkTheme();
    checkStructure();
    same('no error and no warning', problems, []);
  } catch (error) {
    lines.push(`FAILED ${error.stack}`);
  }
  const result = document.createElement('pre');
  result.id = 'check';
  result.textContent = [...lines, 'done', ''].join('\n');
  document.body.append(result);
});
