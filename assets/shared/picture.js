// Resizes pictures on the phone, before they go over the Wi-Fi.

const LONG_SIDE = 1280;

/** An upright JPEG of at most 1280 pixels; the file itself if the browser cannot decode it. */
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

/** A JPEG of anything that a canvas can draw. */
export function toJpeg(source, width, height) {
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
}
