// Form fields: text with a label, and a choice with an explanation of each answer.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';

const wrongMark = (form, name) => (form.wrong === name ? 'true' : nothing);

/**
 * One line of text.
 * @param {StudioForm} form
 * @param {string} name
 * @param {string} label
 * @param {FormField} [field]
 */
export function textField(form, name, label, field = {}) {
  const { type = 'text', hint = '', required = false, min, max, placeholder } = field;
  return html`<div class="field"><label>${label}
    <input name=${name} type=${type} .value=${form.values[name] ?? ''} ?required=${required}
      minlength=${min ?? nothing} maxlength=${max ?? nothing} placeholder=${placeholder ?? nothing}
      autocomplete="off" aria-invalid=${wrongMark(form, name)}
      aria-describedby=${hint ? `hint-${name}` : nothing}></label>
    ${hint ? html`<span class="hint" id="hint-${name}">${hint}</span>` : nothing}</div>`;
}

/**
 * Several lines of text.
 * @param {StudioForm} form
 * @param {string} name
 * @param {string} label
 * @param {FormField} [field]
 */
export const areaField = (form, name, label, { hint = '', max } = {}) => html`<div class="field"><label>${label}
  <textarea name=${name} rows="3" maxlength=${max ?? nothing} .value=${form.values[name] ?? ''}
    aria-invalid=${wrongMark(form, name)} aria-describedby=${hint ? `hint-${name}` : nothing}></textarea></label>
  ${hint ? html`<span class="hint" id="hint-${name}">${hint}</span>` : nothing}</div>`;

/** One of many names. */
export const listField = (form, name, label, names, hint) => html`<div class="field"><label>${label}
  <select name=${name} aria-describedby="hint-${name}">
    ${names.map((one) => html`<option ?selected=${one === form.values[name]}>${one}</option>`)}</select></label>
  <span class="hint" id="hint-${name}">${hint}</span></div>`;

/** A choice among answers, each with an explanation. */
export const choice = (form, name, legend, answers) => html`<fieldset class="choice">
  <legend>${legend}</legend>
  ${answers.map(({ value, label, hint }) => html`<label>
    <input type="radio" name=${name} value=${value} .checked=${form.values[name] === value}
      aria-labelledby="${name}-${value}" aria-describedby=${hint ? `${name}-${value}-hint` : nothing}>
    <span><strong id="${name}-${value}">${label}</strong>
      ${hint ? html`<span class="hint" id="${name}-${value}-hint">${hint}</span>` : nothing}</span></label>`)}
</fieldset>`;

/** Copies an input's value into the form. */
export function take(form, event) {
  const { name, value } = event.target;
  if (!name || !(name in form.values)) return false;
  form.values[name] = value;
  if (form.wrong === name) form.wrong = '';
  return true;
}
