export interface ElementPart { readonly element: HTMLElement }
export class Directive {
  render(...values: unknown[]): unknown;
  update(part: ElementPart, values: unknown[]): unknown;
}
export function directive(type: new () => Directive): (...values: any[]) => unknown;
