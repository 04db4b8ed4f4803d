//! Domain types as columns: the one place that says how each is stored.

use std::net::IpAddr;

use super::row::{FromRow, Row};
use super::value::{FromSql, ToSql, Value};
use crate::domain::{
    BookmarkId, CameraBody, CameraTime, ClockOffset, Corner, Digest, DownloadSize, DriveMatchId,
    DriveSearchId, DriveStatus, Embedding, ErasureKind, ErasureReason, EventId, FaceBox, FaceId, Fault,
    ImageFormat, Login, MarkKind, Metadata, PersonId, PhotoId, SelfieId, SessionId, ShareCode, SourceId,
    SourceKind, SourceOrigin, SourceTrouble, TallyKind, TimeSource, TimeZone, Timestamp, UploadId, UserId,
    Visibility, WallChoice,
};
use crate::store::{BlobKey, StoreError, StoreResult};

/// A model pack's row in the database; names the index of its vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackId(pub(super) i64);

/// Types with a conversion in each direction.
macro_rules! columns {
    ($($type:ty, $name:literal, $to:expr, $from:expr;)*) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> Value<'_> {
                let to: fn(&$type) -> Value<'_> = $to;
                to(self)
            }
        }

        impl FromSql for $type {
            const NAME: &'static str = $name;

            fn from_sql(value: Value<'_>) -> Option<Self> {
                let from: fn(Value<'_>) -> Option<$type> = $from;
                from(value)
            }
        }
    )*};
}

/// Ids as their numbers.
macro_rules! ids {
    ($($id:ty, $name:literal;)*) => {
        columns! {$(
            $id, $name,
            |id| Value::Integer(id.as_i64()),
            |value| i64::from_sql(value).and_then(<$id>::from_i64);
        )*}
    };
}

ids! {
    BookmarkId, "favourite id";
    DriveMatchId, "id of a Drive match";
    DriveSearchId, "id of a Drive search";
    EventId, "event id";
    FaceId, "face id";
    PersonId, "person id";
    PhotoId, "photo id";
    SelfieId, "selfie id";
    SessionId, "session id";
    SourceId, "source id";
    UploadId, "upload id";
    UserId, "user id";
}

/// Types with a text form that never changes.
macro_rules! texts {
    ($($type:ty, $name:literal, $text:ident;)*) => {
        columns! {$(
            $type, $name,
            |value| Value::Text(value.$text().into()),
            |value| String::from_sql(value)?.parse().ok();
        )*}
    };
}

texts! {
    Corner, "corner", as_str;
    DownloadSize, "download size", as_str;
    DriveStatus, "status of a Drive search", as_str;
    ErasureKind, "kind of erasure", as_str;
    ErasureReason, "reason of an erasure", as_str;
    Fault, "fault of a file", as_str;
    ImageFormat, "picture format", extension;
    Login, "login", as_str;
    MarkKind, "guest mark", as_str;
    Metadata, "metadata", as_str;
    ShareCode, "share code", as_str;
    SourceKind, "kind of source", as_str;
    SourceTrouble, "trouble of a source", as_str;
    TallyKind, "kind of tally", as_str;
    SourceOrigin, "origin of a source", as_str;
    TimeSource, "source of a time", as_str;
    Visibility, "visibility", as_str;
    WallChoice, "place on the wall", as_str;
}

columns! {
    // Its path below the data folder.
    BlobKey, "blob",
        |key| Value::Text(key.to_string().into()),
        |value| String::from_sql(value)?.parse().ok();
    PackId, "pack id",
        |id| Value::Integer(id.0),
        |value| i64::from_sql(value).map(PackId);
    IpAddr, "address",
        |ip| Value::Text(ip.to_string().into()),
        |value| String::from_sql(value)?.parse().ok();
    // Milliseconds since 1970, UTC.
    Timestamp, "time",
        |time| Value::Integer(time.unix_ms()),
        |value| i64::from_sql(value).map(Timestamp::from_unix_ms);
    TimeZone, "time zone",
        |zone| Value::Text(zone.name().into()),
        |value| String::from_sql(value).map(|name| TimeZone::named(&name).unwrap_or_else(TimeZone::of_computer));
    CameraTime, "camera time",
        |time| Value::Text(time.as_str().into()),
        |value| String::from_sql(value).map(CameraTime::from_stored);
    CameraBody, "camera body",
        |body| Value::Text(body.as_str().into()),
        |value| String::from_sql(value).map(CameraBody::from_stored);
    ClockOffset, "clock offset",
        |offset| Value::Integer(offset.ms()),
        |value| i64::from_sql(value).and_then(ClockOffset::from_ms);
    Digest, "digest",
        |digest| Value::Blob(digest.0.as_slice().into()),
        |value| Vec::from_sql(value)?.try_into().ok().map(Digest);
    // 16-bit floats, little-endian: the authoritative form.
    Embedding, "embedding",
        |embedding| Value::Blob(embedding.to_f16_bytes().into()),
        |value| match value {
            Value::Blob(bytes) => Embedding::from_f16_bytes(&bytes).ok(),
            _ => None,
        };
}

/// From the columns `x`, `y`, `w`, `h`.
impl FromRow for FaceBox {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self { x: row.get("x")?, y: row.get("y")?, w: row.get("w")?, h: row.get("h")? })
    }
}

/// The embedding rounded to the stored precision, so that comparisons give the same result before and after storing.
///
/// # Errors
/// If rounding makes it zero, which cannot happen at unit length.
pub fn as_recorded(embedding: &Embedding) -> StoreResult<Embedding> {
    Embedding::from_f16_bytes(&embedding.to_f16_bytes())
        .map_err(|_| StoreError::Corrupt { what: Embedding::NAME })
}
