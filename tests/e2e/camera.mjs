// A camera that sends a photo by FTP, as the values of its set-up card say.

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';

/** Sends a file; fails with the server's answer if it is refused. */
export async function sendByFtp({ host, port, user, password }, path, name) {
  const control = connect(port, host);
  const lines = createInterface({ input: control })[Symbol.asyncIterator]();
  /** The next answer; lines of one that goes on have a dash behind the code. */
  async function answer(...expected) {
    for (;;) {
      const { value: line = 'the connection ended' } = await lines.next();
      if (/^\d{3}-/.test(line)) continue;
      if (!expected.some((code) => line.startsWith(String(code)))) throw new Error(line);
      return line;
    }
  }
  const say = (command, ...expected) => {
    control.write(`${command}\r\n`);
    return answer(...expected);
  };
  try {
    await answer(220);
    await say(`USER ${user}`, 331);
    await say(`PASS ${password}`, 230);
    await say('TYPE I', 200);
    const [, dataPort] = /\|(\d+)\|\)/.exec(await say('EPSV', 229));
    const data = connect(Number(dataPort), host);
    await once(data, 'connect');
    await say(`STOR ${name}`, 125, 150);
    await pipeline(createReadStream(path), data);
    await answer(226);
    await say('QUIT', 221);
  } finally {
    control.destroy();
  }
}
