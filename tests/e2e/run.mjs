// Plays the scenarios of *.e2e.mjs: all, or those whose file or name contains one of the given words. Prints one line
// each, with what the scenario returned.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { World, closeBrowser, registered } from './lib.mjs';

const words = process.argv.slice(2);
const folder = import.meta.dirname;
const files = (await readdir(folder)).filter((name) => name.endsWith('.e2e.mjs')).sort();
let failed = 0;
let played = 0;

for (const file of files) {
  await import(join(folder, file));
  for (const { name, play } of registered()) {
    const title = `${file.replace('.e2e.mjs', '')}: ${name}`;
    // `photos: ` is a file, and `studio_photos: ` is another one.
    const named = (word) => (word.endsWith(': ') ? title.startsWith(word) : title.includes(word));
    if (words.length && !words.some(named)) continue;
    const [world, start] = [new World(), Date.now()];
    let [problem, said] = [];
    try {
      said = await play(world);
    } catch (error) {
      problem = error;
    }
    await world.end(!problem).catch((error) => { problem ??= error; });
    played += 1;
    failed += problem ? 1 : 0;
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(`${problem ? 'FAIL' : 'ok  '} ${title} (${seconds} s)${said ? `: ${said}` : ''}`);
    if (problem) console.log(String(problem.stack ?? problem).replace(/^/gm, '     '));
  }
}
await closeBrowser();
if (!played) console.log('no scenario has such a name');
process.exit(failed || !played ? 1 : 0);
