// Where cameras have their FTP settings, with the names that their makers give them.

export const MAKERS = [
  { name: 'Canon', steps: 'source.canon' },
  { name: 'Nikon', steps: 'source.nikon' },
  { name: 'Sony', steps: 'source.sony' },
  { name: 'Fujifilm', steps: 'source.fujifilm' },
  { name: null, steps: 'source.others' },
];

/** Which of FTP and FTPS to choose; `say(key)` gives the sentence. */
export function protocol({ tls, require_tls: required }, say) {
  if (required) return say('source.ftps');
  return tls ? say('source.either') : say('source.ftp');
}
