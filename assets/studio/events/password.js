// A password that can be read aloud over music: two groups of four, no letter that looks like another.

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** About 39 bits: enough for a few weeks behind a server that slows guessing down. */
export function newPassword() {
  // The last bytes are left out, so that every letter is as likely.
  const most = 256 - (256 % LETTERS.length);
  const letters = [];
  while (letters.length < 8) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < most) letters.push(LETTERS[byte % LETTERS.length]);
  }
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}
