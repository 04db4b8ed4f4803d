// Elements as the scripts know them: the shells hold these ids, and what a selector finds is an HTML element.

interface ShellElements {
  /** All pages. */
  boot: HTMLScriptElement;
  view: HTMLElement;
  problem: HTMLElement;
  /** Guests. */
  about: HTMLElement;
  tabs: HTMLElement;
  foot: HTMLElement;
  /** The account, the home page and the setup. */
  title: HTMLElement;
  events: HTMLElement;
  account: HTMLFormElement;
  done: HTMLElement;
  /** The studio and its printed sheets. */
  studio: HTMLElement;
  sheets: HTMLElement;
  print: HTMLButtonElement;
  message: HTMLElement;
  /** The wall. */
  wall: HTMLElement;
  hero: HTMLElement;
  strip: HTMLElement;
  name: HTMLElement;
  qr: HTMLImageElement;
  away: HTMLElement;
  full: HTMLButtonElement;
}

interface Document {
  getElementById<Id extends keyof ShellElements>(id: Id): ShellElements[Id];
}

interface ParentNode {
  querySelector(selectors: string): HTMLElement | null;
}
