// What the queue needs of its page: where files go, whose session it has, and what the page knows about files.

/** @type {UploadHost} */
export const host = {
  path: () => '',
  isIn: () => true,
  renew: async () => false,
  known: async () => new Set(),
  begun: () => null,
  sent: () => {},
  about: () => ({}),
};

/**
 * Makes the queue that of this page.
 * @param {Partial<UploadHost>} values
 */
export const serve = (values) => Object.assign(host, values);
