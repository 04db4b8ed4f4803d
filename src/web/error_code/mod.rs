//! Every way a request can fail: a closed list of codes, each with its status, and a sentence in every language of the
//! pages.

use axum::http::StatusCode;

use crate::search::SelfieRefusal;

/// Lists the codes once: name, code, status, sentence.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $code:literal, $status:ident, $detail:literal;)*) => {
        /// For programs; never changes. [`ErrorCode::as_str`] is the key of its sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// This selfie cannot be searched with.
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

            pub(in crate::web) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                    Self::Selfie(_) => StatusCode::BAD_REQUEST,
                }
            }

            pub(in crate::web) fn detail(self) -> String {
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
    /// Another FotoTa has the event now; `location` says where.
    EventMoved => "event.moved", GONE, "this event has moved; `location` says where";
    /// The token lets nobody bring this event here.
    ReceptionRefused => "reception.refused", UNAUTHORIZED,
        "this address is wrong, has expired or is for another event; `fotota event receive` prints a new one";
    /// What was sent is no event file, or one of another event's photos.
    EventFileRefused => "event_file.refused", BAD_REQUEST, "this is no whole event file";
    /// No route has this URL.
    PageNotFound => "page.not_found", NOT_FOUND, "there is no such page";
    /// No such photo, or the caller may not know of it.
    PhotoNotFound => "photo.not_found", NOT_FOUND, "there is no such photo";
    /// The photo has no such version.
    VersionNotFound => "version.not_found", NOT_FOUND, "this photo has no such version";
    /// The guest has not entered the event, or the session has expired.
    SessionRequired => "session.required", UNAUTHORIZED, "enter the event first";
    /// Wrong event password.
    PasswordWrong => "password.wrong", UNAUTHORIZED, "wrong event password";
    /// The guest has not consented to face search.
    ConsentRequired => "consent.required", FORBIDDEN, "consent to face search first";
    /// A page of another site made the request.
    ForeignOrigin => "request.foreign_origin", FORBIDDEN, "the request comes from another site";
    /// A browser's session cookie alone permits no writes.
    CsrfTokenRequired => "request.csrf", FORBIDDEN,
        "the header `x-csrf-token` is missing or wrong; `GET /auth/session` returns it";
    /// A write without encryption, over the internet.
    HttpsRequired => "request.https_required", FORBIDDEN, "use HTTPS: on the internet everybody could read this";
    /// An HTTP/1.1 request without a host, or with two.
    HostRequired => "request.host", BAD_REQUEST, "the request needs exactly one `Host` header";
    /// Invalid values; the detail lists them.
    InvalidRequest => "request.invalid", UNPROCESSABLE_ENTITY, "the request is invalid";
    /// The URL has other methods.
    MethodNotAllowed => "request.method_not_allowed", METHOD_NOT_ALLOWED,
        "this URL does not support this method";
    /// The part of a file that is asked for is not there.
    RangeUnsatisfiable => "request.range", RANGE_NOT_SATISFIABLE, "the file has no such part";
    /// The body exceeds the route's limit.
    BodyTooLarge => "request.too_large", PAYLOAD_TOO_LARGE, "the request is too large";
    /// The client or the work took too long.
    TooSlow => "request.timeout", REQUEST_TIMEOUT, "the request took too long";
    /// Searches for too many different people, in an event where guests see only their own photos.
    TooManyPeople => "search.too_many_people", TOO_MANY_REQUESTS,
        "too many different people were searched for from this device or network; try again later";
    /// Too many attempts.
    TooOften => "limit.wait", TOO_MANY_REQUESTS, "too many attempts; try again later";
    /// The queue is full.
    Busy => "server.busy", SERVICE_UNAVAILABLE, "the server is busy; try again in a moment";
    /// No user is signed in.
    AuthRequired => "auth.required", UNAUTHORIZED,
        "sign in first: the access token is missing, wrong or expired";
    /// The refresh token is not valid.
    RefreshRefused => "auth.refresh_refused", UNAUTHORIZED,
        "the refresh token is wrong, expired or already used; sign in again";
    /// Wrong login or password.
    SignInRefused => "auth.wrong", UNAUTHORIZED, "wrong login or password";
    /// The password was right, and the account has a second factor.
    SecondFactorRequired => "auth.second_factor_required", UNAUTHORIZED,
        "this account also needs a code of its authenticator app, or a recovery code: send it as `code`";
    /// Not a code of the account's app, or one that was used.
    SecondFactorWrong => "auth.second_factor_wrong", FORBIDDEN, "this code is wrong, or was used already";
    /// A provider signs this account in.
    SecondFactorNoPassword => "second_factor.no_password", CONFLICT,
        "this account has no password here; its provider may ask for a second factor";
    /// The account has a second factor.
    SecondFactorExists => "second_factor.exists", CONFLICT, "this account has a second factor already";
    /// The account has no second factor, or set-up was not begun.
    SecondFactorMissing => "second_factor.missing", CONFLICT, "this account has no second factor yet";
    /// Too easy to guess on the internet.
    AccountPasswordWeak => "account.password_weak", UNPROCESSABLE_ENTITY,
        "here a password needs at least 12 characters, other than your name, common words and rows of keys";
    /// The same of an event's password.
    EventPasswordWeak => "event.password_weak", UNPROCESSABLE_ENTITY,
        "here the password needs at least 8 characters, other than the event's name, common words and rows of keys";
    /// Not the password of the signed-in account.
    AccountPasswordWrong => "account.password_wrong", FORBIDDEN, "this is not the password of your account";
    /// The OpenID provider rejected the sign-in.
    ProviderRefused => "auth.provider_refused", BAD_REQUEST, "the sign-in provider rejected this";
    /// The provider has not verified the e-mail address.
    EmailUnverified => "auth.email_unverified", BAD_REQUEST,
        "the provider has not verified the e-mail address of this account";
    /// The browser that returns from the provider did not start the sign-in.
    StateMismatch => "auth.state_mismatch", BAD_REQUEST,
        "this sign-in was not started in this browser, or has expired; start again";
    /// No provider is configured.
    ProviderMissing => "auth.provider_missing", BAD_REQUEST, "sign-in with a provider is not set up here";
    /// The provider does not respond.
    ProviderUnreachable => "auth.provider_unreachable", SERVICE_UNAVAILABLE,
        "the sign-in provider cannot be reached";
    /// The caller may not read the metrics.
    MetricsRefused => "metrics.refused", UNAUTHORIZED,
        "metrics are for those who send the token of `metrics.token`, or come to the address of `metrics.bind`";
    /// The server cannot do its work.
    NotReady => "server.not_ready", SERVICE_UNAVAILABLE, "the server cannot do all of its work";
    /// An admin has disabled the account.
    AccountDisabled => "account.disabled", FORBIDDEN, "this account is disabled";
    /// Another account has this login.
    AccountTaken => "account.taken", CONFLICT, "this login is taken";
    /// Users cannot register.
    RegistrationClosed => "account.registration_closed", FORBIDDEN, "registration is closed; an admin creates accounts";
    /// An account that owns events cannot be deleted.
    OwnsEvents => "account.owns_events", CONFLICT, "this account owns events; delete them first";
    /// Not the one-time set-up link.
    SetupRefused => "setup.refused", FORBIDDEN,
        "this set-up link is not valid or already used; `fotota serve` prints a new one";
    /// The user is not an admin.
    AdminRequired => "admin.required", FORBIDDEN, "only an admin may do this";
    /// The user does not own the event.
    NotOwner => "event.not_owner", FORBIDDEN, "only the owner of the event may do this";
    /// The caller has not entered the event.
    EventAccessRequired => "event.access_required", FORBIDDEN, "enter this event first";
    /// No such bookmark of the user.
    BookmarkNotFound => "bookmark.not_found", NOT_FOUND, "there are no such bookmarks";
    /// The signed URL of a picture is not valid or has expired.
    LinkInvalid => "link.invalid", FORBIDDEN,
        "this URL is not valid or has expired; request the list again";
    /// All files of an upload were rejected.
    NothingAccepted => "upload.nothing_accepted", BAD_REQUEST, "no file was accepted";
    /// The disk is full.
    DiskFull => "storage.full", INSUFFICIENT_STORAGE, "the disk is full; accepted photos are safe";
    /// The user has stored no selfie.
    SelfieMissing => "selfie.missing", BAD_REQUEST, "store a selfie first";
    /// The selfie's file is too large.
    SelfieTooLarge => "selfie.too_large", PAYLOAD_TOO_LARGE, "the selfie's file is too large";
    /// Decoding the selfie takes too much memory or time.
    SelfieTooCostly => "selfie.too_costly", BAD_REQUEST,
        "decoding this picture takes too much memory or time; send it as a baseline JPEG";
    /// The selfie is not a readable picture.
    SelfieUnreadable => "selfie.unreadable", BAD_REQUEST,
        "the selfie is not a JPEG, HEIC, PNG or WebP picture, or it is damaged";
    /// Not a Drive folder's link.
    DriveLinkInvalid => "drive.link_invalid", BAD_REQUEST, "this is not a link to a Google Drive folder";
    /// Drive does not show the folder.
    DriveFolderNotFound => "drive.folder_not_found", NOT_FOUND, "this folder does not exist or is not public";
    /// No key for Drive is configured.
    DriveNotConfigured => "drive.not_configured", NOT_FOUND, "search of Google Drive is not set up here";
    /// Drive does not respond.
    DriveUnreachable => "drive.unreachable", SERVICE_UNAVAILABLE, "Google Drive cannot be reached";
    /// No such search.
    DriveSearchNotFound => "drive.search_not_found", NOT_FOUND, "there is no such search";
    /// Another user's search.
    DriveSearchForeign => "drive.search_foreign", FORBIDDEN, "this search belongs to another account";
    /// The owner has closed the event.
    EventClosed => "event.closed", FORBIDDEN, "this event is closed";
    /// No upload link, or an old one.
    SourceAccessRequired => "source.access_required", UNAUTHORIZED, "this upload link is not valid any more";
    /// No such source in this event.
    SourceNotFound => "source.not_found", NOT_FOUND, "there is no such source of photos";
    /// A folder that FotoTa cannot watch.
    SourceFolder => "source.folder_unusable", UNPROCESSABLE_ENTITY, "FotoTa cannot take photos from this folder";
    /// Folders of this computer are for admins, where the configuration allows it.
    SourceFoldersOff => "source.folders_off", FORBIDDEN, "hot folders cannot be set up here";
    /// The studio cannot choose the guests' address.
    AddressFixed => "address.fixed", CONFLICT,
        "the configuration, the certificate or `server.bind` decides the guests' address";
    /// One rehearsal at a time.
    RehearsalRunning => "rehearsal.running", CONFLICT, "a rehearsal runs already; stop it first";
    /// A rehearsal would make guests wait.
    RehearsalGuests => "rehearsal.guests", CONFLICT,
        "guests did something in the last ten minutes and would wait during a rehearsal; confirm with `despite_guests`";
    /// The event has this source already.
    SourceExists => "source.exists", CONFLICT, "the event has this source already";
    /// An event has a bounded number of sources.
    SourceTooMany => "source.too_many", CONFLICT, "this event has as many sources as it may have";
    /// The owner lets nothing come from there.
    SourcePaused => "source.paused", FORBIDDEN, "no photos are taken from here at the moment";
    /// As many photos as the owner allows.
    SourceFull => "source.full", FORBIDDEN, "no more photos are taken from here";
    /// Guests see only their own photos.
    MatchesOnly => "event.matches_only", FORBIDDEN, "guests of this event see only the photos they are in";
    /// Guests cannot download.
    DownloadForbidden => "download.forbidden", FORBIDDEN, "the photographer does not allow downloads";
    /// Guests cannot search with a face in a photo.
    TapForbidden => "tap.forbidden", FORBIDDEN, "the photographer does not allow searching with a face in a photo";
    /// Not a valid entry key, or a used invitation.
    InvitationInvalid => "invitation.invalid", UNAUTHORIZED, "this invitation is not valid or already used";
    /// The guest has no active face.
    SearchOver => "search.over", CONFLICT, "the face data was deleted; take another selfie";
    /// The ticket of an archive has expired.
    ZipExpired => "zip.expired", NOT_FOUND, "this download has expired; choose the photos again";
    /// No such face in the event.
    FaceNotFound => "face.not_found", NOT_FOUND, "there is no such face";
    /// No such person in the event.
    PersonNotFound => "person.not_found", NOT_FOUND, "there is no such person";
    /// No photo of the event has its time by this camera's clock.
    CameraNotFound => "camera.not_found", NOT_FOUND, "no photo of this event is by this camera";
    /// Nobody knows by which camera's clock a photo was taken.
    CameraUnknown => "camera.unknown", CONFLICT,
        "this photo does not say by which camera and when it was taken, so it tells nothing about a clock";
    /// Two photos of one camera.
    CameraSame => "camera.same", CONFLICT, "both photos are by the same camera; choose one by another";
    /// A clock would be off by more than a hundred years.
    CameraTooFar => "camera.too_far", CONFLICT, "the clock would be off by more than a hundred years";
    /// A photo shows no QR code that can be read.
    TimeCodeMissing => "time_code.missing", CONFLICT,
        "no time code can be read in this photo; photograph it sharp and larger";
    /// A photo shows a QR code, but not a time code.
    TimeCodeOther => "time_code.other", CONFLICT, "the QR code in this photo is not a time code of FotoTa";
    /// The faces of the event were deleted at their date.
    FacesEnded => "faces.ended", CONFLICT,
        "the faces of this event were deleted at their date: nobody can be found in its photos any more";
    /// Faces of this event are not grouped.
    PeopleOff => "people.off", CONFLICT, "the faces of this event are not grouped into people; turn that on first";
    /// The event has as many people as it may have.
    PeopleFull => "people.full", CONFLICT, "an event has at most 300 people with a name or a correction";
    /// The event has no watermark.
    WatermarkMissing => "watermark.missing", NOT_FOUND, "this event has no watermark";
    /// The logo is not a PNG, or too large.
    WatermarkUnreadable => "watermark.unreadable", BAD_REQUEST,
        "the watermark is not a PNG picture of at most 4096 pixels and 2 MiB";
    /// No such upload, or it has expired.
    UploadNotFound => "upload.not_found", NOT_FOUND, "there is no such upload, or it has expired";
    /// The piece does not start where the upload ends.
    UploadOffset => "upload.offset", CONFLICT,
        "the piece does not start where the upload ends; request `Upload-Offset`";
    /// Another piece of the same upload is being received.
    UploadBusy => "upload.busy", CONFLICT, "another piece of this upload is being received";
    /// A piece without the content type of one.
    UploadType => "upload.content_type", UNSUPPORTED_MEDIA_TYPE,
        "expected a piece of type `application/offset+octet-stream`";
    /// Not the supported version of the tus protocol.
    UploadProtocol => "upload.protocol", PRECONDITION_FAILED, "expected the header `Tus-Resumable: 1.0.0`";
    /// A part of a file, to be joined with others.
    UploadConcat => "upload.concatenation", BAD_REQUEST,
        "parts of a file cannot be uploaded side by side (`Upload-Concat`); send each file as one upload";
    /// The owner has too many unfinished uploads.
    UploadTooMany => "upload.too_many", TOO_MANY_REQUESTS,
        "too many unfinished uploads; finish or delete some first";
    /// An uploaded file is not a supported picture.
    UploadRefused => "upload.refused", UNSUPPORTED_MEDIA_TYPE, "the file is not a JPEG, HEIC, PNG, WebP or raw photo";
    /// The caller has no valid key of the live wall.
    WallAccessRequired => "wall.access_required", UNAUTHORIZED, "open the wall with the link from the studio";
    /// A fault of the server.
    Internal => "internal", INTERNAL_SERVER_ERROR, "internal server error";
}

#[cfg(test)]
mod tests;
