// Sending a form: once at a time, with what was wrong beside the field it was wrong with.

import { drawn, redraw } from '../core/redraw.js';
import { text } from '../../shared/text.js';
import { failure } from '../core/notices.js';

/** A sentence for each field that the server may refuse. */
const WRONG = {
  name: 'studio.form.wrong.name',
  date: 'studio.form.wrong.date',
  password: 'studio.form.wrong.password',
  photographer: 'studio.form.wrong.photographer',
  photographer_link: 'studio.form.wrong.photographer_link',
  delete_at: 'studio.form.wrong.end',
};
/** What the form calls a field that the server calls otherwise. */
const FIELD = { delete_at: 'end' };

/** A submit handler that runs `send` and shows why it failed. */
export const submitting = (form, send) => async (event) => {
  event.preventDefault();
  const { target } = event;
  Object.assign(form, { busy: true, problem: '', wrong: '' });
  redraw();
  try {
    await send();
  } catch (error) {
    form.wrong = FIELD[error.field] ?? error.field ?? '';
    form.problem = WRONG[error.field] ? text(WRONG[error.field]) : failure(error);
  }
  form.busy = false;
  await drawn();
  if (form.wrong) target.elements[form.wrong]?.focus();
};
