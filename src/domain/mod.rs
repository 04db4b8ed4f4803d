//! Plain values shared by all other modules: no I/O, no async, no SQL, no HTTP.

mod audit;
mod camera_clock;
mod capture;
mod chosen_network;
mod clock;
mod drive;
mod embedding;
mod erasure;
mod event;
mod event_input;
mod face;
mod fault;
mod file_name;
mod id;
mod photo;
mod random;
mod reason;
mod retention_clock;
mod sharing;
mod source;
mod source_file;
mod time_zone;
mod upload;
mod user;

pub use audit::{AuditAction, AuditEntry, AuditVia, Audited};
pub use camera_clock::{Camera, CameraBody, ClockOffset, TimeCode};
pub use capture::{CameraTime, Capture, TimeSource};
pub use chosen_network::ChosenNetwork;
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use drive::{DriveCounts, DriveMatch, DriveSearch, DriveStatus};
pub use embedding::{Embedding, EmbeddingError};
pub use erasure::{ErasedCounts, Erasure, ErasureKind, ErasureReason};
pub use event::{Event, ShareCode, readable_code};
pub use event_input::{EventName, EventNameError, EventPassword, EventPasswordError};
pub use face::{Detection, Face, FaceBox, Landmarks, Point, Quality, QualityIssue};
pub use fault::Fault;
pub use file_name::{clean_name, natural_key, time_in_file_name};
pub use id::{
    BookmarkId, DriveMatchId, DriveSearchId, EventId, FaceId, ParseIdError, PersonId, PhotoId, SelfieId,
    SessionId, SourceId, UploadId, UserId,
};
pub use photo::{Companion, Digest, ImageFormat, NewPhoto, Photo, PhotoState, PixelSize};
pub use random::random_bytes;
pub use reason::reason_chain;
pub use retention_clock::{ClockReading, ClockTrust, RetentionClock};
pub use sharing::{Corner, DownloadSize, MarkKind, Metadata, TallyKind, Visibility, WallChoice, Watermark};
pub use source::{Destination, Source, SourceKind, SourceTrouble, Trouble};
pub use source_file::{FileOutcome, FileStamp, SourceFile, SourceOrigin};
pub use time_zone::TimeZone;
pub use upload::PendingUpload;
pub use user::{Bookmark, Login, ParseLoginError, Selfie, User, check_person_name};
