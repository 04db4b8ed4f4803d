// A plot of something that goes up and down over the last day, with the same numbers as a table.

import { html, svg } from '../../vendor/lit-html/lit-html.js';
import { number, text, time } from '../../shared/text.js';
import { moment } from '../../shared/format.js';
import { steps } from './bins.js';

const WIDTH = 560;
const HEIGHT = 168;
const LEFT = 62;
const BOTTOM = 22;
const TOP = 8;
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** From one time on the axis to the next. */
const MARK = 6 * HOUR;

/** Runs of points that follow each other: there are gaps where the server did not run. */
function runs(points, slot) {
  /** @type {[number, number][][]} */
  const found = [];
  let last = 0;
  for (const [start, value] of points) {
    const at = Date.parse(start);
    const run = at - last <= slot * 1500 ? found.at(-1) : undefined;
    if (run) run.push([at, value]);
    else found.push([[at, value]]);
    last = at;
  }
  return found;
}

function area(run, slot, x, y) {
  const end = run.at(-1)[0] + slot * 1000;
  const line = run.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  line.push(`${x(end).toFixed(1)},${y(run.at(-1)[1]).toFixed(1)}`);
  const ground = y(0).toFixed(1);
  return svg`<polygon class="level" points="${x(run[0][0]).toFixed(1)},${ground} ${line.join(' ')}
    ${x(end).toFixed(1)},${ground}"></polygon><polyline class="level" points=${line.join(' ')}></polyline>`;
}

const table = (title, name, points, format) => html`<details><summary>${text('studio.plot.table')}</summary>
  <div class="table" tabindex="0" role="region" aria-label=${title}>
    <table><thead><tr><th scope="col">${text('studio.plot.time')}</th><th scope="col">${name}</th></tr></thead>
    <tbody>${points.map(([start, value]) => html`<tr><th scope="row">${moment(start)}</th>
      <td>${format(value)}</td></tr>`)}</tbody></table></div></details>`;

/**
 * `points` are `[start, n]`, oldest first, one for each slot of `slot` seconds; the axis ends at `now`.
 * @param {{title: string, name: string, points: [string, number][], slot: number, now: string, most?: number,
 *   format?: (value: number) => string}} given
 */
export function levels({ title, name, points, slot, now, most: least = 1, format = number }) {
  if (!points.length) {
    return html`<figure class="card plot"><figcaption><h3>${title}</h3></figcaption>
      <p class="faint">${text('studio.plot.nothing')}</p></figure>`;
  }
  const values = points.map(([, value]) => value);
  const most = Math.max(least, ...values);
  const rules = steps(most);
  const top = rules.at(-1) ?? most;
  const end = Date.parse(now);
  const x = (at) => LEFT + (WIDTH - LEFT) * Math.min(1, Math.max(0, 1 - (end - at) / DAY));
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const marks = [3, 2, 1].map((back) => Math.floor(end / HOUR) * HOUR - back * MARK);
  const summary = text('studio.day.summary', { last: format(values.at(-1) ?? 0), least: format(Math.min(...values)),
    most: format(Math.max(...values)) });
  return html`<figure class="card plot"><figcaption><h3>${title}</h3></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}. ${summary}">
      <title>${title}. ${summary}</title>
      ${rules.map((value) => svg`<g class="rule"><line x1=${LEFT} x2=${WIDTH} y1=${y(value)} y2=${y(value)}></line>
        <text x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${format(value)}</text></g>`)}
      ${runs(points, slot).map((run) => area(run, slot, x, y))}
      ${marks.map((at) => svg`<text x=${x(at)} y=${HEIGHT - 4} text-anchor="middle">${
        time(new Date(at).toISOString())}</text>`)}</svg>
    ${table(title, name, points, format)}</figure>`;
}
