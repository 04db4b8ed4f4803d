//! Every way in which a request can fail: a closed list of codes, each with its status, and a sentence for it in every
//! locale.

use axum::http::StatusCode;

use crate::search::SelfieRefusal;

/// Lists the codes once: name, code for programs, status, sentence.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $code:literal, $status:ident, $detail:literal;)*) => {
        /// For programs; never changes. [`ErrorCode::as_str`] is the key of its sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// Nobody can be searched for with this selfie.
            Selfie(SelfieRefusal),
        }

        impl ErrorCode {
            /// All of them.
            #[must_use]
            pub fn all() -> Vec<Self> {
                let selfies = SelfieRefusal::ALL.map(Self::Selfie);
                [$(Self::$name),*].into_iter().chain(selfies).collect()
            }

            /// The code as programs see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Selfie(refusal) => refusal.code(),
                }
            }

            pub(super) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                    Self::Selfie(_) => StatusCode::BAD_REQUEST,
                }
            }

            pub(super) fn detail(self) -> String {
                match self {
                    $(Self::$name => $detail.to_owned(),)*
                    Self::Selfie(refusal) => refusal.to_string(),
                }
            }
        }
    };
}

codes! {
    /// No such event.
    EventNotFound => "event.not_found", NOT_FOUND, "there is no such event";
    /// The address leads nowhere.
    PageNotFound => "page.not_found", NOT_FOUND, "there is nothing at this address";
    /// No such photo, or none that the caller may know of.
    PhotoNotFound => "photo.not_found", NOT_FOUND, "there is no such photo";
    /// The guest has not entered the event, or it was too long ago.
    SessionRequired => "session.required", UNAUTHORIZED, "enter the event first";
    /// Not the event's password.
    PasswordWrong => "password.wrong", UNAUTHORIZED, "this is not the event's password";
    /// The guest has not agreed to the face search.
    ConsentRequired => "consent.required", FORBIDDEN, "agree to the face search first";
    /// The request was made by a page of another site.
    ForeignOrigin => "request.foreign_origin", FORBIDDEN, "the request comes from another site";
    /// A browser's session alone does not write.
    CsrfTokenRequired => "request.csrf", FORBIDDEN,
        "the header `x-csrf-token` is missing or wrong; `GET /auth/session` gives it";
    /// Values that the route does not take; the detail lists them.
    InvalidRequest => "request.invalid", UNPROCESSABLE_ENTITY, "the request is not as expected";
    /// The address takes other methods.
    MethodNotAllowed => "request.method_not_allowed", METHOD_NOT_ALLOWED,
        "this address does not take this method";
    /// The body is larger than the route takes.
    BodyTooLarge => "request.too_large", PAYLOAD_TOO_LARGE, "the request is too large";
    /// The client or the work took too long.
    TooSlow => "request.timeout", REQUEST_TIMEOUT, "the request took too long";
    /// Tries come too fast.
    TooOften => "limit.wait", TOO_MANY_REQUESTS, "too many tries; wait a little";
    /// Too much waits already.
    Busy => "server.busy", SERVICE_UNAVAILABLE, "too much is going on right now; try again in a moment";
    /// No user is signed in.
    AuthRequired => "auth.required", UNAUTHORIZED,
        "sign in first: the access token is missing, wrong or expired";
    /// The refresh token is no longer good.
    RefreshRefused => "auth.refresh_refused", UNAUTHORIZED,
        "the refresh token is wrong, expired or was used before; sign in again";
    /// Wrong login or password.
    SignInRefused => "auth.wrong", UNAUTHORIZED, "no account has this login and password";
    /// The OpenID provider refuses.
    ProviderRefused => "auth.provider_refused", BAD_REQUEST, "the sign-in provider does not vouch for this";
    /// The provider does not know whose address it is.
    EmailUnverified => "auth.email_unverified", BAD_REQUEST,
        "the provider has not verified the e-mail address of this account";
    /// The browser that comes back is not the one that left.
    StateMismatch => "auth.state_mismatch", BAD_REQUEST,
        "this sign-in was not begun in this browser, or too long ago; begin again";
    /// No provider is configured.
    ProviderMissing => "auth.provider_missing", BAD_REQUEST, "sign-in with a provider is not set up here";
    /// The provider does not answer.
    ProviderUnreachable => "auth.provider_unreachable", SERVICE_UNAVAILABLE,
        "the sign-in provider cannot be reached";
    /// An admin has disabled the account.
    AccountDisabled => "account.disabled", FORBIDDEN, "this account is disabled";
    /// The login is taken.
    AccountTaken => "account.taken", CONFLICT, "an account has this login already";
    /// Nobody may make an account for themselves.
    RegistrationClosed => "account.registration_closed", FORBIDDEN, "accounts are made by an admin here";
    /// The account cannot go while it owns events.
    OwnsEvents => "account.owns_events", CONFLICT, "this account owns events; delete them first";
    /// Not the one-time set-up link.
    SetupRefused => "setup.refused", FORBIDDEN,
        "this set-up link is not valid, or was used; `fotota serve` prints a new one";
    /// The user is no admin.
    AdminRequired => "admin.required", FORBIDDEN, "only an admin may do this";
    /// The user does not own the event.
    NotOwner => "event.not_owner", FORBIDDEN, "only the owner of the event may do this";
    /// The caller has not entered the event.
    EventAccessRequired => "event.access_required", FORBIDDEN, "enter this event first";
    /// No such bookmark of the user.
    BookmarkNotFound => "bookmark.not_found", NOT_FOUND, "none of these bookmarks is yours";
    /// The signed address of a picture is wrong or expired.
    LinkInvalid => "link.invalid", FORBIDDEN,
        "this address is not valid, or no longer; ask for the listing again";
    /// No file of an upload could be taken.
    NothingAccepted => "upload.nothing_accepted", BAD_REQUEST, "none of the files can be taken";
    /// No room is left.
    DiskFull => "storage.full", INSUFFICIENT_STORAGE, "the disk is full; what was acknowledged is safe";
    /// The user has stored no selfie.
    SelfieMissing => "selfie.missing", BAD_REQUEST, "store a selfie first";
    /// The selfie's file is too large.
    SelfieTooLarge => "selfie.too_large", PAYLOAD_TOO_LARGE, "the selfie's file is too large";
    /// The selfie is no picture, or a damaged one.
    SelfieUnreadable => "selfie.unreadable", BAD_REQUEST,
        "the selfie is not a JPEG, PNG or WebP picture, or it is damaged";
    /// Not a Drive folder's link.
    DriveLinkInvalid => "drive.link_invalid", BAD_REQUEST, "this is not a link to a Google Drive folder";
    /// Drive does not show the folder.
    DriveFolderNotFound => "drive.folder_not_found", NOT_FOUND, "this folder is not there, or not public";
    /// No key for Drive is configured.
    DriveNotConfigured => "drive.not_configured", NOT_FOUND, "search of Google Drive is not set up here";
    /// Drive does not answer.
    DriveUnreachable => "drive.unreachable", SERVICE_UNAVAILABLE, "Google Drive does not answer as it should";
    /// No such search.
    DriveSearchNotFound => "drive.search_not_found", NOT_FOUND, "there is no such search";
    /// Another user's search.
    DriveSearchForeign => "drive.search_foreign", FORBIDDEN, "this search belongs to another account";
    /// The owner has closed the event.
    EventClosed => "event.closed", FORBIDDEN, "this event is closed";
    /// The owner lets guests see their own photos alone.
    MatchesOnly => "event.matches_only", FORBIDDEN, "guests of this event see only the photos they are in";
    /// The owner lets guests download nothing.
    DownloadForbidden => "download.forbidden", FORBIDDEN, "the photographer does not allow downloads";
    /// Not the key of the event's QR code, or a used one.
    InvitationInvalid => "invitation.invalid", UNAUTHORIZED, "this invitation is not valid, or was used";
    /// The server no longer knows the guest's face.
    SearchOver => "search.over", CONFLICT, "the selfie was forgotten; take another";
    /// The prepared archive is gone.
    ZipExpired => "zip.expired", NOT_FOUND, "this download is no longer prepared; choose the photos again";
    /// No such face in the event.
    FaceNotFound => "face.not_found", NOT_FOUND, "there is no such face";
    /// The event has no watermark.
    WatermarkMissing => "watermark.missing", NOT_FOUND, "this event has no watermark";
    /// The logo is no PNG, or too large.
    WatermarkUnreadable => "watermark.unreadable", BAD_REQUEST,
        "the watermark is not a PNG picture of at most 4096 pixels and 2 MiB";
    /// The upload is gone.
    UploadNotFound => "upload.not_found", NOT_FOUND, "there is no such upload, or it has expired";
    /// The piece does not begin where the upload ends.
    UploadOffset => "upload.offset", CONFLICT,
        "the piece does not begin where the upload ends; ask for `Upload-Offset`";
    /// Another piece of the same upload is coming in.
    UploadBusy => "upload.busy", CONFLICT, "another piece of this upload is coming in";
    /// A piece that is not sent as one.
    UploadType => "upload.content_type", UNSUPPORTED_MEDIA_TYPE,
        "expected a piece of type `application/offset+octet-stream`";
    /// Not the tus protocol that we speak.
    UploadProtocol => "upload.protocol", PRECONDITION_FAILED, "expected the header `Tus-Resumable: 1.0.0`";
    /// An uploaded file is no picture that we read.
    UploadRefused => "upload.refused", UNSUPPORTED_MEDIA_TYPE, "the file is not a JPEG, PNG or WebP picture";
    /// Whoever shows the live wall has no key of it.
    WallAccessRequired => "wall.access_required", UNAUTHORIZED, "open the wall by the link from the studio";
    /// Our fault.
    Internal => "internal", INTERNAL_SERVER_ERROR, "something went wrong on our side";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Locale;

    #[test]
    fn every_code_is_listed_once_and_has_a_sentence_in_every_locale() {
        let mut codes: Vec<_> = ErrorCode::all().iter().map(|code| code.as_str()).collect();
        let count = codes.len();
        for locale in Locale::ALL {
            for code in &codes {
                assert!(locale.text(&format!("error.{code}")).is_some(), "{locale:?} lacks {code}");
            }
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
