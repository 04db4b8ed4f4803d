//! What Google answers instead of what was asked for, as errors by what can be done about them.

use std::time::Duration;

use serde::Deserialize;

use crate::outbound::http::{HeaderMap, StatusCode};
use crate::outbound::{OutboundError, is_temporary};

/// Why Drive did not give what was asked for. No text of these holds the server's key.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// It does not exist, is in the bin, or is not shared with everybody.
    #[error("it does not exist at Google Drive, or is not shared with everybody who has the link")]
    NotReachable,
    /// A link to something else.
    #[error("the link does not lead to a folder")]
    NotAFolder,
    /// More pictures, or more folders, than may be searched.
    #[error("the folder is too large: no more than {max_files} pictures can be searched")]
    TooMany {
        /// As configured.
        max_files: u32,
    },
    /// A picture over the limit.
    #[error("the file is larger than the limit of {} MB", max_bytes / 1_000_000)]
    TooLarge {
        /// As configured.
        max_bytes: u64,
    },
    /// Nothing more today.
    #[error("Google's quota for today is used up")]
    Quota,
    /// Too many people downloaded this file today.
    #[error("Google's download quota for this file is used up")]
    DownloadQuota,
    /// Another attempt may succeed.
    #[error("Google Drive asks to wait")]
    Temporary {
        /// How long, where Drive says so.
        retry_after: Option<Duration>,
    },
    /// Not for us.
    #[error("Google Drive refuses it (status {status})")]
    Denied {
        /// HTTP status.
        status: u16,
    },
    /// The server's key is wrong, or not allowed to use Drive; for whoever runs the server.
    #[error("Google does not accept this server's key")]
    KeyRefused,
    /// No answer at all.
    #[error("Google Drive cannot be reached")]
    Outbound(#[from] OutboundError),
    /// An answer that is none.
    #[error("Google Drive's answer cannot be understood")]
    Malformed(#[from] serde_json::Error),
}

impl DriveError {
    /// How long to wait before another attempt may succeed, at least; `None` where none will.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Temporary { retry_after } => Some(retry_after.unwrap_or_default()),
            Self::Outbound(OutboundError::Unreachable(_) | OutboundError::Body(_)) => Some(Duration::ZERO),
            _ => None,
        }
    }
}

/// The body of an error, in the form of Google's older APIs with additions of the newer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    errors: Vec<Reason>,
    details: Vec<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

/// The error that an answer other than a success stands for.
pub(super) fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> DriveError {
    let Details { errors, details } = serde_json::from_slice::<Body>(body).unwrap_or_default().error;
    let temporary = || DriveError::Temporary { retry_after: retry_after(headers) };
    for Reason { reason } in errors.iter().chain(&details) {
        match reason.as_str() {
            "rateLimitExceeded" | "userRateLimitExceeded" | "backendError" => return temporary(),
            "downloadQuotaExceeded" => return DriveError::DownloadQuota,
            "dailyLimitExceeded" | "dailyLimitExceededUnreg" | "quotaExceeded" => return DriveError::Quota,
            "keyInvalid"
            | "keyExpired"
            | "accessNotConfigured"
            | "ipRefererBlocked"
            | "API_KEY_INVALID"
            | "API_KEY_EXPIRED"
            | "API_KEY_SERVICE_BLOCKED"
            | "API_KEY_IP_ADDRESS_BLOCKED"
            | "API_KEY_HTTP_REFERRER_BLOCKED"
            | "SERVICE_DISABLED" => {
                return DriveError::KeyRefused;
            }
            _ => {}
        }
    }
    match status {
        _ if is_temporary(status) => temporary(),
        StatusCode::NOT_FOUND => DriveError::NotReachable,
        _ => DriveError::Denied { status: status.as_u16() },
    }
}

/// Seconds alone: Google gives no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> DriveError {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        from_answer(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    fn with_reason(status: u16, reason: &str) -> DriveError {
        error(
            status,
            &format!(
                r#"{{"error": {{"code": {status}, "message": "no", "errors": [
                    {{"domain": "usageLimits", "reason": "{reason}", "message": "no"}}]}}}}"#
            ),
        )
    }

    #[test]
    fn reasons_decide_before_the_status() {
        for reason in ["rateLimitExceeded", "userRateLimitExceeded"] {
            assert_eq!(with_reason(403, reason).retry_after(), Some(Duration::from_secs(7)), "{reason}");
        }
        for reason in ["dailyLimitExceeded", "quotaExceeded"] {
            assert!(matches!(with_reason(403, reason), DriveError::Quota), "{reason}");
            assert!(matches!(with_reason(429, reason), DriveError::Quota), "{reason}");
        }
        assert!(matches!(with_reason(403, "downloadQuotaExceeded"), DriveError::DownloadQuota));
        for reason in ["keyInvalid", "accessNotConfigured"] {
            assert!(matches!(with_reason(403, reason), DriveError::KeyRefused), "{reason}");
        }
        assert!(matches!(with_reason(400, "keyInvalid"), DriveError::KeyRefused));
        let newer = r#"{"error": {"code": 400, "errors": [{"reason": "badRequest"}], "status": "INVALID_ARGUMENT",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}}"#;
        assert!(matches!(error(400, newer), DriveError::KeyRefused));
    }

    #[test]
    fn without_a_known_reason_the_status_decides() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(error(status, "<html>").retry_after(), Some(Duration::from_secs(7)), "{status}");
        }
        assert!(matches!(with_reason(404, "notFound"), DriveError::NotReachable));
        assert!(matches!(
            with_reason(403, "insufficientFilePermissions"),
            DriveError::Denied { status: 403 }
        ));
        for status in [302, 400, 401, 410] {
            assert!(matches!(error(status, "{}"), DriveError::Denied { .. }), "{status}");
        }
    }
}
