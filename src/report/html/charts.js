// The charts. Each is made anew when the theme changes, from the colours of the style sheet.
const drawn = new Map();  // canvas id → Chart
const makers = [];        // functions that draw one chart each

const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const washed = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, '0');
const isNarrow = () => innerWidth < 700;

/** A row's name on several lines, so that it leaves room for the figures. */
function nameLines(row) {
  const name = text(row, 'task') + (row.original && !text(row, 'task').includes('original') ? ' (original)' : '');
  const width = isNarrow() ? 16 : 34;
  const lines = [''];
  for (const word of name.split(' ')) {
    if (lines.at(-1) && (lines.at(-1) + ' ' + word).length > width) lines.push('');
    lines[lines.length - 1] = (lines.at(-1) + ' ' + word).trim();
  }
  return lines;
}

function draw(id, config) {
  drawn.get(id)?.destroy();
  drawn.set(id, new Chart(byId(id), config));
}

function drawCharts() {
  Chart.defaults.color = color('soft');
  Chart.defaults.borderColor = color('line');
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = isNarrow() ? 12 : 14;
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.devicePixelRatio = Math.max(2, devicePixelRatio);  // sharp on paper too
  Chart.defaults.plugins.tooltip.displayColors = false;
  Chart.defaults.plugins.tooltip.padding = 12;
  Chart.defaults.plugins.legend.labels.usePointStyle = true;
  for (const make of makers) make();
}

/** Room for `lines` rows of a horizontal chart. */
function setHeight(id, lines) {
  byId(id).parentElement.style.height = `${lines * (isNarrow() ? 62 : 54) + 110}px`;
}

/** Round figures on a logarithmic axis, few enough to be read: 1, 2, 3, 5 of each power of ten, or 1 alone. */
function setRoundTicks(axis) {
  if (axis.type !== 'logarithmic') return;
  const decades = Math.log10(axis.max / axis.min);
  const leading = decades > 2.5 || isNarrow() && decades > 1.2 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 3, 5];
  axis.ticks = [];
  for (let power = Math.floor(Math.log10(axis.min)); power <= Math.ceil(Math.log10(axis.max)); ++power)
    for (const digit of leading) {
      const value = digit * 10 ** power;
      if (value >= axis.min && value <= axis.max) axis.ticks.push({value});
    }
}

const title = words => ({display: true, text: words});

// --- speed against fidelity ---

const kEqual = 200;  // dB, how run.json writes outputs that are equal

const placed = data.rows.filter(row => Number.isFinite(number(row, 'speed_up')) && Number.isFinite(number(row, 'sqnr')));

/** Where equal outputs stand on the axis: above all others, on a round figure. */
const equalAt = (() => {
  const others = placed.map(row => number(row, 'sqnr')).filter(value => value < kEqual);
  return others.length ? Math.ceil((Math.max(...others) + 12) / 20) * 20 : 20;
})();

const heightOf = row => number(row, 'sqnr') >= kEqual ? equalAt : number(row, 'sqnr');

/** The largest mark, in pixels: where there are many, small ones hide less. */
const largestRadius = Math.max(6, Math.min(15, 15 * Math.sqrt(60 / Math.max(1, placed.length))));

const largestOf = new Map(['size', 'memory'].map(key => [key, Math.max(...placed.map(row => number(row, key) ?? 0))]));

function radiusOf(row) {
  const key = byId('mark-size').value;
  const value = number(row, key);
  const largest = largestOf.get(key);
  return value && largest ? Math.max(3.5, largestRadius * Math.sqrt(value / largest)) : 3.5;
}

/** The edge of what is within its limit: from the right, whatever is more faithful than all that is faster. */
function frontLine() {
  const line = [];
  for (const row of placed.filter(each => each.outcome === 'ok').sort((a, b) => number(b, 'speed_up') - number(a, 'speed_up')))
    if (!line.length || heightOf(row) > line.at(-1).y) line.push({x: number(row, 'speed_up'), y: heightOf(row)});
  return line.reverse();
}

const groups = [
  {label: 'deploy', color: 'accent', style: 'circle', has: row => row.recommended},
  {label: 'original', color: 'ink', style: 'rectRot', has: row => row.original},
  {label: 'Pareto front', color: 'accent', style: 'circle', has: row => row.front},
  {label: 'within its limit', color: 'soft', style: 'circle', has: row => row.outcome === 'ok'},
  {label: 'suspect', color: 'doubt', style: 'triangle', has: row => row.outcome === 'suspect'},
  {label: 'outside its limit', color: 'wrong', style: 'crossRot', has: () => true},
];

function pointsOf(group) {
  const own = placed.filter(row => groups.find(each => each.has(row)) === group);
  return own.map(row => ({x: number(row, 'speed_up'), y: heightOf(row), row}));
}

/** What a mark says: its name, then its figures. */
function linesOf(row) {
  if (number(row, 'speed_up') === null) return [`${row.outcome_text}: ${row.reason}`];
  const interval = intervalText(row);
  const fidelity = {'': 'outputs not compared', equal: 'outputs equal'}[text(row, 'sqnr')] ?? text(row, 'sqnr') + ' dB';
  const sizes = [['size', ' MB of files'], ['memory', ' MB of memory']].filter(([key]) => text(row, key)).map(([key, unit]) => text(row, key) + unit);
  return [`${text(row, 'speed_up')} as fast${interval ? ` (${interval})` : ''}, ${fidelity}`, sizes.join(', '),
    row.outcome === 'ok' ? '' : `${row.outcome_text}: ${row.reason}`].filter(Boolean);
}

/** The 95 % interval of the speed-up through each mark that has one, and the names of the two that matter most. */
const marks = {
  id: 'marks',
  afterDatasetsDraw(chart) {
    const {ctx, scales: {x, y}} = chart;
    ctx.save();
    ctx.font = `600 ${Chart.defaults.font.size}px ${Chart.defaults.font.family}`;
    ctx.textBaseline = 'middle';
    for (const row of placed) {
      const [low, high] = [number(row, 'speed_up_low'), number(row, 'speed_up_high')];
      const height = y.getPixelForValue(heightOf(row));
      if (low !== null && high !== null && low !== high) {
        ctx.strokeStyle = washed(color('ink'), .65);
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        ctx.moveTo(x.getPixelForValue(low), height);
        ctx.lineTo(x.getPixelForValue(high), height);
        for (const end of [low, high]) {
          ctx.moveTo(x.getPixelForValue(end), height - 4);
          ctx.lineTo(x.getPixelForValue(end), height + 4);
        }
        ctx.stroke();
      }
      if (!row.recommended && !row.original) continue;
      const name = row.recommended ? text(row, 'task') : 'original';
      const at = x.getPixelForValue(number(row, 'speed_up'));
      const isLeft = at + radiusOf(row) + 14 + ctx.measureText(name).width > chart.chartArea.right;
      ctx.fillStyle = row.recommended ? color('accent') : color('ink');
      ctx.textAlign = isLeft ? 'right' : 'left';
      const isTop = height < chart.chartArea.top + 30;  // then below the mark
      ctx.fillText(name, at + (isLeft ? -1 : 1) * (radiusOf(row) + 8), height + (isTop ? 1 : -1) * (radiusOf(row) + 8));
    }
    ctx.restore();
  },
};

function drawPareto() {
  const datasets = groups.map(group => {
    const points = pointsOf(group);
    const isStrong = ['deploy', 'original', 'outside its limit'].includes(group.label);
    return {
      label: group.label, data: points, pointStyle: group.style, radius: points.map(point => radiusOf(point.row)),
      hoverRadius: points.map(point => radiusOf(point.row) + 2), borderColor: color(group.color), borderWidth: isStrong ? 2 : 1,
      backgroundColor: washed(color(group.color), group.label === 'deploy' ? .85 : group.label === 'suspect' ? .12 : .3),
    };
  }).filter(set => set.data.length);
  datasets.push({label: 'front', data: frontLine(), type: 'line', stepped: 'after', pointRadius: 0, hitRadius: 0, borderWidth: 1.5,
    borderColor: washed(color('accent'), .6), pointHitRadius: 0, order: 9});
  const fast = Math.max(1, ...placed.map(row => number(row, 'speed_up_high') ?? number(row, 'speed_up')));
  const slow = Math.min(1, ...placed.map(row => number(row, 'speed_up')));
  draw('pareto-chart', {
    type: 'scatter', data: {datasets}, plugins: [marks],
    options: {
      interaction: {mode: 'nearest', intersect: true},
      layout: {padding: {top: 18, right: 18}},
      scales: {
        x: {title: title('times as fast as the original'), afterBuildTicks: setRoundTicks, type: fast > 15 * slow ? 'logarithmic' : 'linear', max: fast * 1.06,
          min: fast > 15 * slow ? slow * .9 : 0, ticks: {includeBounds: false, callback: value => Number(value.toPrecision(3)) + ' ×'}},
        y: {title: title('SQNR, dB'), max: equalAt, ticks: {stepSize: equalAt > 60 ? 20 : 10, callback: value => value === equalAt ? 'equal' : value}},
      },
      plugins: {
        legend: {position: 'bottom', labels: {filter: item => item.text !== 'front', padding: 18}},
        tooltip: {filter: item => item.raw.row !== undefined, callbacks: {title: items => items.map(item => text(item.raw.row, 'task')), label: item => linesOf(item.raw.row)}},
      },
      clip: false,
    },
  });
}

/** The arrow keys walk over the marks from slow to fast, and what each says is spoken. */
function walkOverMarks(event) {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const chart = drawn.get('pareto-chart');
  const points = chart.data.datasets.flatMap((set, datasetIndex) => set.data.map((point, index) => ({datasetIndex, index, point})))
    .filter(each => each.point.row).sort((a, b) => a.point.x - b.point.x);
  walkOverMarks.at = ((walkOverMarks.at ?? (step > 0 ? -1 : 0)) + step + points.length) % points.length;
  const {datasetIndex, index, point} = points[walkOverMarks.at];
  const position = chart.getDatasetMeta(datasetIndex).data[index].getCenterPoint();
  chart.setActiveElements([{datasetIndex, index}]);
  chart.tooltip.setActiveElements([{datasetIndex, index}], position);
  chart.update('none');
  byId('pareto-point').textContent = [text(point.row, 'task'), ...linesOf(point.row)].join(', ');
}

function startPareto() {
  if (!placed.length) return;
  const canvas = byId('pareto-chart');
  const front = data.rows.filter(row => row.front).map(row => text(row, 'task'));
  canvas.setAttribute('aria-label', `Scatter of ${placed.length} variants, speed-up against fidelity. ` +
    (front.length ? `On the Pareto front: ${front.join('; ')}. ` : '') + 'The table “Every variant” has the figures.');
  canvas.addEventListener('keydown', walkOverMarks);
  byId('mark-size').addEventListener('input', () => {
    byId('mark-name').textContent = byId('mark-size').selectedOptions[0].textContent;
    drawPareto();
  });
  byId('full-fidelity').textContent = String(data.full_fidelity_db);
  const left = data.rows.length - placed.length;
  byId('pareto-note').textContent = left ? `${left} of ${data.rows.length} variants have no place here: they did not run, or were not compared.` : '';
  byId('pareto').hidden = false;
  makers.push(drawPareto);
}

// --- latency ---

/** The same scatter of the dots each time: a dot's height in its strip says nothing. */
const jitter = index => ((index * 0.618034) % 1 - .5) * .5;

const strips = data.latency;

/** Median, p90 and p99 as bars through a strip. */
const quantileBars = {
  id: 'quantileBars',
  afterDatasetsDraw(chart) {
    const {ctx, scales: {x, y}} = chart;
    ctx.save();
    ctx.strokeStyle = color('ink');
    strips.forEach((strip, line) => {
      for (const [key, half, width] of [['median', .36, 3], ['p90', .26, 1.5], ['p99', .26, 1.5]]) {
        if (strip[key] === null) continue;
        ctx.lineWidth = width;
        ctx.beginPath();
        ctx.moveTo(x.getPixelForValue(strip[key]), y.getPixelForValue(line - half));
        ctx.lineTo(x.getPixelForValue(strip[key]), y.getPixelForValue(line + half));
        ctx.stroke();
      }
    });
    ctx.restore();
  },
};

function drawLatency() {
  setHeight('latency-chart', strips.length);
  const all = strips.flatMap(strip => strip.samples);
  const isWide = Math.max(...all) > 6 * Math.min(...all);
  const datasets = strips.map((strip, line) => {
    const row = data.rows[strip.row];
    const hue = row.recommended ? 'accent' : row.outcome === 'ok' ? 'soft' : 'doubt';
    return {data: strip.samples.map((value, index) => ({x: value, y: line + jitter(index)})), radius: 2.2, hoverRadius: 4, borderWidth: 0,
      backgroundColor: washed(color(hue), .45)};
  });
  draw('latency-chart', {
    type: 'scatter', data: {datasets}, plugins: [quantileBars],
    options: {
      scales: {
        x: {type: isWide ? 'logarithmic' : 'linear', afterBuildTicks: setRoundTicks, title: title(isWide ? 'milliseconds, logarithmic' : 'milliseconds'),
          min: isWide ? Math.min(...all) * .9 : undefined, ticks: {includeBounds: false, maxTicksLimit: isNarrow() ? 6 : 12, callback: value => String(Number(value.toPrecision(3)))}},
        y: {reverse: true, min: -.6, max: strips.length - .4, grid: {display: false}, afterBuildTicks: axis => { axis.ticks = strips.map((_, value) => ({value})); },
          ticks: {autoSkip: false, callback: value => nameLines(data.rows[strips[value].row])}},
      },
      plugins: {legend: {display: false}, tooltip: {callbacks: {
        title: items => text(data.rows[strips[items[0].datasetIndex].row], 'task'), label: item => `${digits(item.raw.x)} ms`}}},
    },
  });
}

function startLatency() {
  if (!strips.length) return;
  const keys = ['median', 'p90', 'p95', 'p99', 'p999', 'max'];
  const rows = strips.map(strip => [text(data.rows[strip.row], 'task'), String(strip.count),
    ...keys.map(key => strip[key] === null ? '–' : digits(strip[key])), strip.half_width]);
  byId('latency-table').append(plainTable([['variant'], ['requests', true], ['median, ms', true], ['p90, ms', true], ['p95, ms', true],
    ['p99, ms', true], ['p99.9, ms', true], ['largest, ms', true], ['± of the median', true]], rows, 'Percentiles of the latency'));
  byId('latency-chart').setAttribute('aria-label', 'Strips of request latencies: ' +
    strips.map(strip => `${text(data.rows[strip.row], 'task')}, median ${digits(strip.median ?? NaN) || 'unknown'} ms`).join('; '));
  if (strips.some(strip => strip.count > strip.samples.length))
    byId('latency-note').textContent = `Of more than ${data.most_samples} requests as many are drawn, evenly spaced in rank, the fastest and the slowest among them; percentiles come from all.`;
  byId('latency').hidden = false;
  makers.push(drawLatency);
}

// --- horizontal bars ---

function drawBars(id, rows, parts, unit) {
  setHeight(id, rows.length);
  draw(id, {
    type: 'bar',
    data: {labels: rows.map(row => nameLines(row)),
      datasets: parts.map(part => ({label: part.label, data: rows.map(part.value), backgroundColor: part.color(), borderWidth: 0, maxBarThickness: 24}))},
    options: {
      indexAxis: 'y', interaction: {mode: 'index', axis: 'y', intersect: false},
      scales: {x: {stacked: true, title: title(unit)}, y: {stacked: true, grid: {display: false}, ticks: {autoSkip: false}}},
      plugins: {legend: {position: 'bottom', labels: {padding: 18, pointStyle: 'rect'}},
        tooltip: {callbacks: {title: items => text(rows[items[0].dataIndex], 'task'), label: item => item.raw ? `${item.dataset.label}: ${digits(item.raw)}` : null}}},
    },
  });
}

const kindColors = {f32: 'soft', f16: 'doubt', bf16: 'accent', i8: 'ink', integer_weights: 'wrong'};

function startPrecision() {
  const rows = frontRunners.filter(row => row.placement || Object.keys(row.layers).length);
  if (!rows.length) return;
  const total = (row, kind) => Object.values(row.layers).reduce((sum, kinds) => sum + (kinds[kind] ?? 0), 0);
  const kinds = [...new Set(rows.flatMap(row => Object.values(row.layers).flatMap(Object.keys)))].sort();
  byId('precision-table').append(plainTable([['variant'], ['layers'], ['all nodes']], rows.map(row => [text(row, 'task'),
    Object.entries(row.layers).map(([layer, each]) => `${layer}: ` + Object.entries(each).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`).join(', ')).join('; ') || '–',
    row.placement || '–']), 'What ran in which precision'));
  byId('precision').hidden = false;
  const barred = rows.filter(row => Object.keys(row.layers).length);
  byId('precision-chart').parentElement.hidden = !barred.length;
  if (!barred.length) return;
  byId('precision-chart').setAttribute('aria-label', 'Bars of layers by precision; the table below has the same figures.');
  const parts = kinds.map(kind => ({label: kind.replace('_', ' '), value: row => total(row, kind), color: () => washed(color(kindColors[kind] ?? 'absent'), .75)}));
  makers.push(() => drawBars('precision-chart', barred, parts, 'layers'));
}

function startCold() {
  const rows = frontRunners.filter(row => row.cold);
  if (!rows.length) return;
  const milliseconds = value => digits(value * 1e3);
  byId('cold-table').append(plainTable([['variant'], ['load, ms', true], ['first inference, ms', true], ['together, ms', true], ['warm median, ms', true], ['convert, ms', true]],
    rows.map(row => [text(row, 'task'), milliseconds(row.cold.load), milliseconds(row.cold.first), milliseconds(row.cold.load + row.cold.first), text(row, 'median') || '–', milliseconds(row.cold.convert)]), 'Cold start'));
  byId('cold-chart').setAttribute('aria-label', 'Bars of the time to the first result: ' +
    rows.map(row => `${text(row, 'task')}, ${milliseconds(row.cold.load + row.cold.first)} ms`).join('; '));
  byId('cold').hidden = false;
  makers.push(() => drawBars('cold-chart', rows, [
    {label: 'load and compile', value: row => row.cold.load * 1e3, color: () => washed(color('accent'), .75)},
    {label: 'first inference', value: row => row.cold.first * 1e3, color: () => washed(color('doubt'), .75)},
  ], 'milliseconds'));
}

// --- the search ---

const steps = data.course.map(([index, seconds], trial) => ({row: data.rows[index], seconds, trial: trial + 1}));

/** Best so far, of those that are faithful. */
function bestSoFar() {
  let best = 0;
  return steps.map(step => {
    if (step.row.outcome === 'ok') best = Math.max(best, number(step.row, 'speed_up') ?? 0);
    return {x: step.trial, y: best || null};
  });
}

function drawSearch() {
  setHeight('search-chart', 6);
  const point = (label, hue, style, has) => ({label, pointStyle: style, radius: 5, hoverRadius: 7, borderColor: color(hue), backgroundColor: washed(color(hue), .35),
    data: steps.filter(step => has(step.row)).map(step => ({x: step.trial, y: number(step.row, 'speed_up') ?? 0, step}))});
  const datasets = [
    point('within its limit', 'accent', 'circle', row => row.outcome === 'ok'),
    point('suspect', 'doubt', 'triangle', row => row.outcome === 'suspect'),
    point('outside its limit', 'wrong', 'crossRot', row => row.outcome === 'disagreed'),
    point('failed', 'absent', 'crossRot', row => number(row, 'rank') === null),
  ].filter(set => set.data.length);
  const best = bestSoFar();
  if (best.some(point => point.y !== null)) datasets.push({label: 'best so far', type: 'line', stepped: 'before', data: best, pointRadius: 0, pointHitRadius: 0, borderWidth: 2, borderColor: washed(color('ink'), .6), pointStyle: 'line'});
  draw('search-chart', {
    type: 'scatter', data: {datasets},
    options: {
      scales: {x: {title: title('trial'), min: 0, suggestedMax: steps.length + 1, ticks: {precision: 0}}, y: {title: title('times as fast as the original'), min: 0}},
      plugins: {legend: {position: 'bottom', labels: {padding: 18}}, tooltip: {filter: item => item.raw.step !== undefined, callbacks: {
        title: items => items.map(item => text(item.raw.step.row, 'task')), label: item => [`trial ${item.raw.step.trial}, after ${digits(item.raw.step.seconds)} s`, ...linesOf(item.raw.step.row)]}}},
    },
  });
}

function startSearch() {
  if (!steps.length && !data.search_text) return;
  byId('search-caption').textContent = data.search_text;
  if (data.final.rows.length) byId('final-table').append(plainTable(data.final.headers, data.final.rows, 'The final'));
  byId('final').hidden = !data.final.rows.length;
  byId('search-chart').parentElement.hidden = !steps.length;
  byId('search').hidden = false;
  if (!steps.length) {
    byId('search-table').parentElement.hidden = true;
    return;
  }
  byId('search-table').append(plainTable([['variant'], ['trial', true], ['after, s', true], ['speed-up', true], ['outcome']],
    steps.map(step => [text(step.row, 'task'), String(step.trial), digits(step.seconds), text(step.row, 'speed_up'), step.row.outcome_text]), 'The trials in their order'));
  byId('search-chart').setAttribute('aria-label', `The speed-up of each of ${steps.length} trials in their order, and the best so far; the table below has the same figures.`);
  makers.push(drawSearch);
}

function startCharts() {
  startPareto();
  startLatency();
  startPrecision();
  startCold();
  startSearch();
}
