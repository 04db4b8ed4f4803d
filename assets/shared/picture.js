// Pictures are made small on the phone, before the Wi-Fi sees them.

const LONG_SIDE = 1280;

/** A JPEG of at most 1280 pixels, upright; the file itself where this browser cannot make one. */
export async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const blob = await toJpeg(picture, picture.width, picture.height);
    picture.close();
    return blob ?? file;
  } catch {
    return file;
  }
}

/** Of anything that a canvas can draw. */
export function toJpeg(source, width, height) {
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
}
