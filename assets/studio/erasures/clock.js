// Asks whether the computer's clock is right, after it has jumped.

import { moment } from '../../shared/format.js';
import { text } from '../../shared/text.js';
import { confirm } from '../core/dialogs.js';
import { refreshHealth } from '../core/health.js';
import { attempt, notify } from '../core/notices.js';
import { readClock, sayRight } from './requests.js';

export const confirmClock = () => attempt(async () => {
  const { shown, believed } = await readClock();
  const isRight = await confirm({
    title: text('studio.clock.check'),
    body: text('studio.clock.body', { shown: moment(shown), believed: moment(believed) }),
    action: text('studio.clock.right'),
    danger: true,
  });
  if (!isRight) return;
  await sayRight(shown);
  notify(text('studio.clock.done'));
  await refreshHealth();
});
