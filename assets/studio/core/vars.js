// Gives an element CSS custom properties: inline style attributes are forbidden here, the object model is not.

import { noChange } from '../../vendor/lit-html/lit-html.js';
import { Directive, directive } from '../../vendor/lit-html/directive.js';

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
