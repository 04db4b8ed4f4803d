// A password that is easy to read aloud: two groups of four, without look-alike letters.

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** About 39 bits: enough for some weeks behind rate limits. */
export function newPassword() {
  // Rejects the highest bytes, so that every letter is equally likely.
  const most = 256 - (256 % LETTERS.length);
  const letters = [];
  while (letters.length < 8) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < most) letters.push(LETTERS[byte % LETTERS.length]);
  }
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}
