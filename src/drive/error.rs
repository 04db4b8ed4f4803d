//! Error responses of Google, classified by what can be done about them.

use std::time::Duration;

use serde::Deserialize;

use crate::outbound::http::{HeaderMap, StatusCode};
use crate::outbound::{OutboundError, is_temporary};

/// Why a request to Drive failed. No message contains the server's key.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// It does not exist, is in the bin, or is not shared publicly.
    #[error("it does not exist in Google Drive, or is not shared with anyone who has the link")]
    NotReachable,
    /// Not a folder.
    #[error("the link does not lead to a folder")]
    NotAFolder,
    /// Too many pictures or subfolders.
    #[error("the folder is too large: at most {max_files} pictures can be searched")]
    TooMany {
        /// The configured limit.
        max_files: u32,
    },
    /// The file exceeds the size limit.
    #[error("the file is larger than the limit of {} MB", max_bytes / 1_000_000)]
    TooLarge {
        /// The configured limit.
        max_bytes: u64,
    },
    /// Daily quota of the server's key.
    #[error("Google's quota for today is used up")]
    Quota,
    /// Daily quota of a file, over all who download it.
    #[error("Google's download quota for this file is used up")]
    DownloadQuota,
    /// A later attempt may succeed.
    #[error("Google Drive asks to try again later")]
    Temporary {
        /// The pause that Drive asks for, if any.
        retry_after: Option<Duration>,
    },
    /// Access denied.
    #[error("Google Drive denies access (status {status})")]
    Denied {
        /// HTTP status.
        status: u16,
    },
    /// The server's key is invalid, or not enabled for Drive. The operator of the server must fix it.
    #[error("Google rejects this server's key")]
    KeyRefused,
    /// No response.
    #[error("Google Drive cannot be reached")]
    Outbound(#[from] OutboundError),
    /// A malformed response.
    #[error("the response of Google Drive cannot be parsed")]
    Malformed(#[from] serde_json::Error),
}

impl DriveError {
    /// Minimum pause before another attempt; `None` if the error is permanent.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Temporary { retry_after } => Some(retry_after.unwrap_or_default()),
            Self::Outbound(OutboundError::Unreachable(_) | OutboundError::Body(_)) => Some(Duration::ZERO),
            _ => None,
        }
    }
}

/// An error response, in the format of Google's older APIs with fields of the newer ones.
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

/// Classifies an error response.
pub(super) fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> DriveError {
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

/// In seconds: Google sends no dates.
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
        from_response(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
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
