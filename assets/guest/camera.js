// The live preview: the phone's front camera in the page, with an oval that shows where the face belongs.

import { html } from '../vendor/lit-html/lit-html.js';
import { text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { toJpeg } from '../shared/picture.js';

/** A hand that shakes, and a blink, are over within milliseconds. */
const [FRAMES, PAUSE] = [3, 80];

export class Camera {
  /** Asks for the camera; fails if the guest or the browser refuses. */
  static async open(listener) {
    const wish = { video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 960 } }, audio: false };
    return new Camera(await navigator.mediaDevices.getUserMedia(wish), listener);
  }

  constructor(stream, listener) {
    this.stream = stream;
    this.listener = listener;
    this.video = document.createElement('video');
    Object.assign(this.video, { muted: true, playsInline: true, autoplay: true, srcObject: stream });
    this.video.setAttribute('aria-label', text('selfie.preview'));
    this.ended = false;
    this.leave = () => this.cancel();
    addEventListener('pagehide', this.leave);
  }

  start() {
    this.video.play().catch(() => {});
    document.querySelector('.shutter')?.focus({ preventScroll: true });
    this.video.scrollIntoView({ block: 'nearest' });
  }

  stop() {
    this.ended = true;
    removeEventListener('pagehide', this.leave);
    for (const track of this.stream.getTracks()) track.stop();
  }

  cancel() {
    this.stop();
    this.listener.closed();
  }

  async take() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || this.taking) return;
    this.taking = true;
    const frames = [];
    for (let at = 0; at < FRAMES; at += 1) {
      frames.push(await toJpeg(this.video, videoWidth, videoHeight));
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    // Of one scene, the sharpest frame makes the largest JPEG.
    const picture = frames.reduce((best, frame) => (frame.size > best.size ? frame : best));
    // The guest left the view meanwhile.
    if (this.ended) return;
    this.stop();
    this.listener.taken(picture);
  }

  view() {
    return html`
      <section class="column">
        <h2 class="said" tabindex="-1">${text('selfie.title')}</h2>
        <div class="finder">${this.video}<div class="guide" aria-hidden="true"></div>
          <p class="tip">${text('selfie.oval')}</p></div>
        <div class="shoot">
          <button class="button quiet compact" type="button" @click=${() => this.cancel()}>
            ${text('selfie.cancel')}</button>
          <button class="shutter" type="button" aria-label=${text('selfie.shoot')} @click=${() => this.take()}>
            ${icon('camera')}</button>
        </div>
      </section>`;
  }
}
