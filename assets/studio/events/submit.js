// Submits a form, one request at a time, and shows which field was rejected.

import { text } from '../../shared/text.js';
import { failure } from '../core/notices.js';
import { drawn, redraw } from '../../shared/redraw.js';

/** The sentence for each field that the server may reject. */
const WRONG = {
  name: 'studio.form.wrong.name',
  date: 'studio.form.wrong.date',
  password: 'studio.form.wrong.password',
  photographer: 'studio.form.wrong.photographer',
  photographer_link: 'studio.form.wrong.photographer_link',
  delete_at: 'studio.form.wrong.end',
  faces_delete_at: 'studio.form.wrong.faces_end',
};
/** The form's name of a field that the API names differently. */
const FIELD = { delete_at: 'end', faces_delete_at: 'faces_end' };

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
