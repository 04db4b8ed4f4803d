// The photographer's uploads: into an event, with the studio's session, skipping what is there.

import { host, serve } from '../../shared/uploads/host.js';
import { pump } from '../../shared/uploads/queue.js';
import { uploadsPath } from '../core/server.js';
import { endSession, onSignIn, restore, session } from '../core/session.js';
import { alreadySent, keepSent } from './sent.js';
import { takeUnfinished } from './unfinished.js';

serve({
  path: uploadsPath,
  isIn: () => session.state === 'in',
  async renew({ status }) {
    if (status === 401) endSession();
    else await restore();
    return host.isIn();
  },
  known: alreadySent,
  begun: takeUnfinished,
  sent: keepSent,
});
onSignIn(pump);
