// Signed URLs carry the server's own host name, which may differ from the one in the address bar.

/** The path and query of a URL: a request to it stays with the host that served the page. */
export function localPath(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
