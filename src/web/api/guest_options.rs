//! What owners let guests see and take, as programs say it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Corner, DownloadSize, Visibility, WallPlace};

/// An enum of the domain with a name for each of its values.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident of $of:ident { $($value:ident),* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(in crate::web) enum $name {
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

names! {
    /// Which photos a guest sees.
    VisibilityName of Visibility { All, Matches }
}

names! {
    /// What guests may download.
    DownloadName of DownloadSize { Original, Reduced, Nothing }
}

names! {
    /// Where a watermark stands.
    CornerName of Corner { TopLeft, TopRight, BottomLeft, BottomRight }
}

names! {
    /// Where a photo stands on the live wall.
    WallName of WallPlace { Pinned, Skipped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_the_database_say_the_same() {
        let said = |name: serde_json::Result<serde_json::Value>| name.unwrap().as_str().unwrap().to_owned();
        for value in Visibility::ALL {
            assert_eq!(said(serde_json::to_value(VisibilityName::from(*value))), value.as_str());
        }
        for value in DownloadSize::ALL {
            assert_eq!(said(serde_json::to_value(DownloadName::from(*value))), value.as_str());
        }
        for value in Corner::ALL {
            assert_eq!(said(serde_json::to_value(CornerName::from(*value))), value.as_str());
        }
        for value in WallPlace::ALL {
            assert_eq!(said(serde_json::to_value(WallName::from(*value))), value.as_str());
        }
    }
}
