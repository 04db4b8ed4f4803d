// Sets CSS custom properties through the object model: the content security policy forbids style attributes.

import { Directive, directive } from '../vendor/lit-html/directive.js';
import { noChange } from '../vendor/lit-html/lit-html.js';

class Vars extends Directive {
  render() {
    return noChange;
  }

  update(part, [values]) {
    for (const [name, value] of Object.entries(values)) part.element.style.setProperty(name, value);
    return noChange;
  }
}

/** `<p ${vars({ '--share': '40%' })}>` */
export const vars = directive(Vars);
