//! A photo of an event, as the rest of the program sees it.

use std::fmt;
use std::str::FromStr;

use super::{Capture, EventId, PhotoId, Timestamp, WallPlace};

/// Width and height in pixels, upright (after EXIF orientation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// SHA-256 of a file's bytes: the identity of a photo within its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", base16ct::HexDisplay(&self.0))
    }
}

/// The kinds of picture that FotoTa reads, known by their first bytes, never by their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// WebP (RFC 9649).
    WebP,
}

impl ImageFormat {
    /// Usual file name ending, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// MIME type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

impl FromStr for ImageFormat {
    type Err = ();

    /// From [`ImageFormat::extension`].
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Jpeg, Self::Png, Self::WebP].into_iter().find(|format| format.extension() == text).ok_or(())
    }
}

/// How far a photo has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoState {
    /// Its bytes are safe; its faces are not known yet.
    Pending,
    /// Its faces are searchable.
    Indexed,
    /// It could not be indexed, for this reason; its bytes are kept.
    Failed(String),
}

/// What intake knows of a photo before it is indexed.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// Public number.
    pub id: PhotoId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// The photographer's name for it, without folders.
    pub file_name: String,
    /// Content hash.
    pub digest: Digest,
    /// File size in bytes.
    pub size_bytes: u64,
    /// Kind of picture.
    pub format: ImageFormat,
}

/// A photo of an event.
#[derive(Clone, Debug)]
pub struct Photo {
    /// Public number.
    pub id: PhotoId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// The photographer's name for it, without folders.
    pub file_name: String,
    /// Content hash.
    pub digest: Digest,
    /// Kind of picture.
    pub format: ImageFormat,
    /// Upright size; `None` until indexed.
    pub size: Option<PixelSize>,
    /// What the camera noted; nothing until indexed.
    pub capture: Capture,
    /// How far it has come.
    pub state: PhotoState,
    /// Whether the owner alone sees it.
    pub hidden: bool,
    /// What the owner decided about it on the live wall.
    pub wall: Option<WallPlace>,
    /// By the camera's clock, read as if it were UTC, or where there is none when it was received: photos are sorted
    /// by it.
    pub moment: Timestamp,
    /// When it was received.
    pub created_at: Timestamp,
}

impl Photo {
    /// Whether others than the owner may see it, as far as the photo is concerned.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.state == PhotoState::Indexed && !self.hidden
    }
}
