'use strict';
// What the page is made of, and how it is read. Every text comes from the run and goes into the page as text only.
const data = JSON.parse(document.getElementById('data').textContent);
const columnAt = new Map(data.columns.map((column, index) => [column.key, index]));
const byId = id => document.getElementById(id);

/** An element with attributes and children; a child that is a text becomes a text node, so no name can be markup. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

const cellOf = (row, key) => row.cells[columnAt.get(key)];

/** The number in a row's column; null where the run does not have it. */
function number(row, key) {
  const cell = cellOf(row, key);
  return Array.isArray(cell) ? cell[0] : null;
}

/** A cell as people read it: numbers come as [value, text]. */
function shown(cell) {
  return cell === null || cell === undefined ? '' : Array.isArray(cell) ? cell[1] : cell;
}
const text = (row, key) => shown(cellOf(row, key));

/** The 95 % interval of a row's speed-up as a text; empty where it is not known. */
function intervalText(row) {
  const low = number(row, 'speed_up_low');
  const high = number(row, 'speed_up_high');
  return low === null || high === null ? '' : `${low.toFixed(2)}–${high.toFixed(2)}`;
}

const frontRunners = data.front_runners.map(index => data.rows[index]);
const recommended = data.rows.find(row => row.recommended);
const original = data.rows.find(row => row.original);

/** `12.1`, `0.345`: a few digits, for figures that charts add up by themselves. */
function digits(value) {
  if (!Number.isFinite(value)) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A plain table. headers: [text, is a number]; rows: arrays of cells; the first cell of a row is its heading. */
function plainTable(headers, rows, caption) {
  const head = headers.map(([title, isNumber]) => el('th', {scope: 'col', class: isNumber ? 'number' : ''}, title));
  const body = rows.map(cells => el('tr', {}, ...cells.map((cell, index) => {
    const isNumber = headers[index][1];
    return index === 0 ? el('th', {scope: 'row'}, shown(cell)) : el('td', {class: isNumber ? 'number' : 'text'}, shown(cell));
  })));
  return el('table', {}, el('caption', {class: 'spoken'}, caption), el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...body));
}

function pairs(list) {
  return el('dl', {class: 'pairs'}, ...list.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
