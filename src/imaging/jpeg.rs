//! Whether a JPEG file is whole. Decoders fill what a truncated file lacks with grey; FotoTa says so instead.

/// True when the file reaches its end-of-image marker (ITU-T T.81, annex B). Walks the segments, so that the end of
/// an embedded thumbnail is not taken for it.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    const START_OF_SCAN: u8 = 0xDA;
    // Start of image.
    let mut position = 2;
    loop {
        // Fill bytes may stand before a marker.
        while bytes.get(position) == Some(&0xFF) && bytes.get(position + 1) == Some(&0xFF) {
            position += 1;
        }
        let Some(&[0xFF, marker]) = bytes.get(position..position + 2) else { return false };
        position += 2;
        if marker == END_OF_IMAGE {
            return true;
        }
        // Restart markers and TEM have no length.
        if matches!(marker, 0x01 | 0xD0..=0xD7) {
            continue;
        }
        let Some(&[high, low]) = bytes.get(position..position + 2) else { return false };
        position += usize::from(u16::from_be_bytes([high, low])).max(2);
        if marker == START_OF_SCAN {
            let Some(data) = bytes.get(position..) else { return false };
            // In the data, 0xFF is followed by 0x00, a restart marker, or more 0xFF.
            let next = data
                .windows(2)
                .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF));
            let Some(next) = next else { return false };
            position += next;
        }
    }
}
