//! What owners let guests see and download, as JSON names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Corner, DownloadSize, Metadata, TimeSource, Visibility, WallChoice};

/// An enum for JSON that converts to and from an enum with the same values.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident of $of:ident { $($value:ident),* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name {
            $($value),*
        }

        impl From<$of> for $name {
            fn from(value: $of) -> Self {
                match value {
                    $($of::$value => Self::$value),*
                }
            }
        }

        impl From<$name> for $of {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$value => Self::$value),*
                }
            }
        }
    };
}

pub(crate) use names;

names! {
    /// Which photos a guest sees.
    VisibilityName of Visibility { All, Matches }
}

names! {
    /// What guests may download.
    DownloadName of DownloadSize { Original, Reduced, Nothing }
}

names! {
    /// What downloaded originals say about themselves.
    MetadataName of Metadata { Copyright, All, Nothing }
}

names! {
    /// Where the time of a photo comes from: the camera as it took it, what made it a file, an editor, the last change
    /// of the file, the file's name, the file itself, or nothing, so that it is when the photo was received.
    TimeSourceName of TimeSource { Taken, Digitized, Xmp, Changed, FileName, File, Arrival }
}

names! {
    /// The corner of a watermark.
    CornerName of Corner { TopLeft, TopRight, BottomLeft, BottomRight }
}

names! {
    /// The owner's choice of a photo for the live wall.
    WallName of WallChoice { Pinned, Skipped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_the_database_use_the_same_names() {
        let name = |name: serde_json::Result<serde_json::Value>| name.unwrap().as_str().unwrap().to_owned();
        for value in Visibility::ALL {
            assert_eq!(name(serde_json::to_value(VisibilityName::from(*value))), value.as_str());
        }
        for value in DownloadSize::ALL {
            assert_eq!(name(serde_json::to_value(DownloadName::from(*value))), value.as_str());
        }
        for value in Metadata::ALL {
            assert_eq!(name(serde_json::to_value(MetadataName::from(*value))), value.as_str());
        }
        for value in TimeSource::ALL {
            assert_eq!(name(serde_json::to_value(TimeSourceName::from(*value))), value.as_str());
        }
        for value in Corner::ALL {
            assert_eq!(name(serde_json::to_value(CornerName::from(*value))), value.as_str());
        }
        for value in WallChoice::ALL {
            assert_eq!(name(serde_json::to_value(WallName::from(*value))), value.as_str());
        }
    }
}
