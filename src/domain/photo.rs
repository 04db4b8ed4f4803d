//! A photo of an event.

use std::fmt;
use std::str::FromStr;

use super::{Capture, Destination, EventId, PhotoId, SourceId, Timestamp, WallChoice};

/// Width and height in pixels, upright (after EXIF orientation).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixelSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl PixelSize {
    /// How many pixels there are.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The size at `1 / divisor`: each begun pixel counts.
    #[must_use]
    pub fn reduced(self, divisor: u32) -> Self {
        Self { width: self.width.div_ceil(divisor), height: self.height.div_ceil(divisor) }
    }

    /// The largest of 2, 4 and 8 by which the picture can be reduced so that its long side keeps `long_side` pixels.
    #[must_use]
    pub fn divisor(self, long_side: u32) -> Option<u32> {
        [8, 4, 2].into_iter().find(|divisor| self.width.max(self.height) / divisor >= long_side)
    }
}

/// A SHA-256 hash. The hash of its file identifies a photo within its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", base16ct::HexDisplay(&self.0))
    }
}

/// Supported image formats, detected by the first bytes of a file, never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// HEVC in a HEIF file (ISO/IEC 23008-12): photos of phones, and `.HIF` of cameras.
    Heic,
    /// A camera's raw data with a JPEG in it, of which only the JPEG is read: CR2, CR3, NEF, ARW, RAF, ORF, RW2, DNG.
    Raw,
}

impl ImageFormat {
    const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Heic, Self::Raw];

    /// File name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Heic => "heic",
            Self::Raw => "raw",
        }
    }

    /// By the ending of a file name, in lower case, without the dot.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "jpeg" => Some(Self::Jpeg),
            "heif" | "hif" => Some(Self::Heic),
            "cr2" | "cr3" | "nef" | "nrw" | "arw" | "raf" | "orf" | "rw2" | "dng" | "pef" | "srw" => {
                Some(Self::Raw)
            }
            other => other.parse().ok(),
        }
    }

    /// Whether every browser and phone shows it. Guests get a JPEG in place of other formats.
    #[must_use]
    pub fn is_shown_everywhere(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::WebP)
    }

    /// MIME type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
            Self::Raw => "application/octet-stream",
        }
    }
}

impl FromStr for ImageFormat {
    type Err = ();

    /// From [`ImageFormat::extension`].
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.extension() == text).ok_or(())
    }
}

/// Indexing state of a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoState {
    /// Stored, but not indexed yet.
    Pending,
    /// Its faces are searchable.
    Indexed,
    /// Could not be indexed, for this reason. The file is kept.
    Failed(String),
}

/// A photo at intake, before it is indexed.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// Public number.
    pub id: PhotoId,
    /// Where it goes, and from whom it comes.
    pub destination: Destination,
    /// File name as received, without folders.
    pub file_name: String,
    /// Content hash.
    pub digest: Digest,
    /// File size in bytes.
    pub size_bytes: u64,
    /// Image format.
    pub format: ImageFormat,
    /// When the file was written last, if it comes from a folder.
    pub written_at: Option<Timestamp>,
}

/// A raw file that belongs to a photo: both are one capture. Only the owner gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// The number of its blob, which was its own as long as it was a photo.
    pub id: PhotoId,
    /// File name as received, without folders.
    pub file_name: String,
}

/// A photo of an event.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own, as a column does")]
pub struct Photo {
    /// Public number.
    pub id: PhotoId,
    /// The number of the file that is shown, which its blobs have; another than `id` where it is a later version.
    pub file_id: PhotoId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// File name as received, without folders.
    pub file_name: String,
    /// Content hash.
    pub digest: Digest,
    /// Image format.
    pub format: ImageFormat,
    /// Upright size; `None` until indexed.
    pub size: Option<PixelSize>,
    /// Size of its preview; `None` until indexed, and for photos of versions that did not record it.
    pub preview_size: Option<PixelSize>,
    /// Camera metadata; empty until indexed.
    pub capture: Capture,
    /// Whether something was wrong with its file that decoding could overlook.
    pub is_damaged: bool,
    /// The camera's raw file of the same capture.
    pub companion: Option<Companion>,
    /// Indexing state.
    pub state: PhotoState,
    /// Whether the owner has hidden it from guests.
    pub hidden: bool,
    /// Whether it is hidden because it waits for the owner's approval.
    pub held: bool,
    /// Whether guests may see it, as the database decides.
    pub visible: bool,
    /// The owner's choice for the wall.
    pub wall: Option<WallChoice>,
    /// Sort key, see [`Capture::moment`].
    pub moment: Timestamp,
    /// The source that brought it; `None`: the owner.
    pub source_id: Option<SourceId>,
    /// Who took it; `None`: the event's photographer.
    pub credit: Option<String>,
    /// The session of the guest who sent it.
    pub sender: Option<Digest>,
    /// Time of receipt.
    pub created_at: Timestamp,
}
