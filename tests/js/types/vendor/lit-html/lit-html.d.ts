/** What a template tag gives: to be rendered, or put into another template. */
export interface TemplateResult { readonly strings: TemplateStringsArray }
export type Renderable = unknown;
export function html(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult;
export function svg(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult;
export function render(value: unknown, container: Element): unknown;
export const nothing: unique symbol;
export const noChange: unique symbol;
