// What networks and troubles of the guests' address are called.

import { text } from '../../shared/text.js';

/** @param {string} kind */
export function kindOf(kind) {
  switch (kind) {
    case 'wifi': return text('studio.address.kind.wifi');
    case 'hotspot': return text('studio.address.kind.hotspot');
    case 'cable': return text('studio.address.kind.cable');
    case 'tether': return text('studio.address.kind.tether');
    case 'vpn': return text('studio.address.kind.vpn');
    case 'container': return text('studio.address.kind.container');
    case 'virtual_machine': return text('studio.address.kind.virtual_machine');
    case 'loopback': return text('studio.address.kind.loopback');
    case 'link_local': return text('studio.address.kind.link_local');
    default: return text('studio.address.kind.other');
  }
}

/** @param {string} by */
export function chosenBy(by) {
  switch (by) {
    case 'public_url': return text('studio.address.by.public_url');
    case 'configuration': return text('studio.address.by.configuration');
    case 'bind': return text('studio.address.by.bind');
    case 'studio': return text('studio.address.by.studio');
    default: return text('studio.address.by.automatic');
  }
}

/** What is wrong with the address, in sentences. */
export function troubles({ trouble, gone }) {
  const sentences = gone ? [text('studio.address.gone', { address: gone })] : [];
  switch (trouble) {
    case 'local_only': return [...sentences, text('studio.warning.local_only')];
    case 'link_local': return [...sentences, text('studio.warning.link_local')];
    case 'no_guests': return [...sentences, text('studio.warning.no_guests')];
    case 'tether': return [...sentences, text('studio.warning.tether')];
    default: return sentences;
  }
}
