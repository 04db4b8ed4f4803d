// A bar chart of counts over time, with the same numbers as a table.

import { html, nothing, svg } from '../../vendor/lit-html/lit-html.js';
import { number, text, time } from '../../shared/text.js';
import { moment } from '../../shared/format.js';
import { bins, steps } from './bins.js';

const WIDTH = 560;
const HEIGHT = 168;
const LEFT = 34;
const BOTTOM = 22;
const TOP = 8;
const MARKS = 5;

function axis(most, y) {
  return steps(most).map((value) => svg`<g class="rule">
    <line x1=${LEFT} x2=${WIDTH} y1=${y(value)} y2=${y(value)}></line>
    <text x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${number(value)}</text></g>`);
}

function times(starts, x, step) {
  const every = Math.max(1, Math.ceil(starts.length / MARKS));
  return starts.map((start, at) => (at % every ? nothing
    : svg`<text x=${x(at) + step / 2} y=${HEIGHT - 4} text-anchor="middle">${time(start)}</text>`));
}

/** The bars of all lines, side by side. */
function bars(lines, x, y, step) {
  const width = Math.max(1.5, (step * 0.72) / lines.length);
  const gap = (step - width * lines.length) / 2;
  return lines.map(({ kind, counts }, line) => counts.map((count, at) => (count ? svg`<rect class=${kind}
    x=${x(at) + gap + line * width} y=${y(count)} width=${width} height=${y(0) - y(count)}
      rx=${Math.min(2, width / 3)}></rect>`
    : nothing)));
}

const table = (lines, starts, title) => html`<details><summary>${text('studio.plot.table')}</summary>
  <div class="table" tabindex="0" role="region" aria-label=${title}>
    <table><thead><tr><th scope="col">${text('studio.plot.time')}</th>
    ${lines.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
  <tbody>${starts.map((start, at) => (lines.some(({ counts }) => counts[at])
    ? html`<tr><th scope="row">${moment(start)}</th>
    ${lines.map(({ counts }) => html`<td>${number(counts[at])}</td>`)}</tr>`
      : nothing))}</tbody></table></div></details>`;

/** A plot of `lines`, each `{name, points: [[start, n], ...], kind}`, over the time of `all`; `slot` in seconds. */
export function plot({ title, lines: given, slot, all, heading = 2 }) {
  const { starts, lines, total } = bins(given, slot, all);
  const legend = lines.length > 1 ? html`<p class="legend">${lines.map(({ name, kind }) =>
    html`<span class=${kind}>${name}</span>`)}</p>` : nothing;
  const head = heading === 3 ? html`<h3>${title}</h3>` : html`<h2>${title}</h2>`;
  if (!total) {
    return html`<figure class="card plot"><figcaption>${head}</figcaption>
      <p class="faint">${text('studio.plot.nothing')}</p></figure>`;
  }
  const most = Math.max(1, ...lines.flatMap(({ counts }) => counts));
  const top = steps(most).at(-1) ?? most;
  const step = (WIDTH - LEFT) / starts.length;
  const x = (at) => LEFT + at * step;
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const sum = (counts) => counts.reduce((all, count) => all + count, 0);
  const summary = lines.map(({ name, counts }) => `${name}: ${number(sum(counts))}`).join(', ');
  return html`<figure class="card plot"><figcaption>${head}${legend}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}. ${summary}">
      <title>${title}. ${summary}</title>
      ${axis(most, y)}${bars(lines, x, y, step)}${times(starts, x, step)}</svg>
    ${table(lines, starts, title)}</figure>`;
}
