//! Every route with its rule: the one table of who may do what.

use std::sync::LazyLock;

use axum::{Router, middleware};

use super::api::{
    accounts, activity, auth, bookmarks, docs, drive_searches, entries, events, find_my_face, google, photos,
    root, second_factor, selfies,
};
use super::guest::{
    self, certificate, entry, gallery, home, manifest, news, page, selfie, sent, tap, venue_check, zip,
};
use super::health::{day, metrics, ready};
use super::http::{assets, missing};
use super::pictures::{face, media};
use super::route::{Route, Routes};
use super::rule::Rule;
use super::studio::{
    self, address, audit, camera_photos, change_photos, clocks, erasures, own_photos, people, rehearsal,
    setup, sharing, sources, statistics, status, taken_by, venue, versions, watermarks,
};
use super::upload::{contributor, event_file, form, tus};
use super::{AppState, openapi, wall};
use crate::event_file::{LISTING_ROUTE, PART_ROUTE};

/// The API, at the root and under `/api/v1`.
#[rustfmt::skip]
fn api() -> Routes {
    use Rule::{
        Admin, DriveSearcher, Everyone, EventOwner, EventVisitor, StudioUser, PhotoOwner, SignedUrl, User, VisitingUser,
    };
    Routes::new(true)
        .get("/", Everyone, root::show)
        .get("/health", Everyone, root::health)
        .post("/auth/google", Everyone, google::sign_in)
        .post("/auth/local", Everyone, auth::sign_in)
        .post("/auth/register", Everyone, accounts::register)
        .post("/auth/refresh", Everyone, auth::refresh)
        .post("/auth/logout", User, auth::sign_out)
        .post("/auth/session", Everyone, auth::open_session)
        .get("/auth/session", User, auth::show_session)
        .get("/setup", Everyone, setup::show)
        .post("/setup", Everyone, accounts::set_up)
        .get("/users/me", User, accounts::show)
        .delete("/users/me", User, accounts::delete)
        .get("/users/me/second-factor", User, second_factor::show)
        .post("/users/me/second-factor", User, second_factor::begin)
        .put("/users/me/second-factor", User, second_factor::confirm)
        .delete("/users/me/second-factor", User, second_factor::remove)
        .post("/users/me/second-factor/recovery-codes", User, second_factor::renew)
        .post_selfie("/users/me/selfie", User, selfies::store)
        .delete("/users/me/selfie", User, selfies::delete)
        .post("/events", Admin, events::create)
        .get("/events/search", User, events::search)
        .get("/events/my-events", StudioUser, events::list_own)
        .get("/events/{event_id}", User, events::show)
        .put("/events/{event_id}", EventOwner, events::update)
        .delete("/events/{event_id}", EventOwner, events::delete)
        .post("/events/{event_id}/access", User, entries::enter)
        .get("/events/{event_id}/images", EventVisitor, photos::list)
        .post_stream("/events/{event_id}/images", EventOwner, form::upload)
        .put_picture("/events/{event_id}/watermark", EventOwner, watermarks::put)
        .get("/events/{event_id}/watermark", EventOwner, watermarks::show)
        .delete("/events/{event_id}/watermark", EventOwner, watermarks::delete)
        .get("/events/{event_id}/my-event-images", EventOwner, own_photos::list)
        .get("/events/{event_id}/images/taken-by", EventOwner, taken_by::list)
        .post("/events/{event_id}/images/change", EventOwner, change_photos::change)
        .get("/events/{event_id}/images/{image_id}/faces", EventOwner, people::faces::list)
        .get("/events/{event_id}/images/{image_id}/versions", EventOwner, versions::list)
        .put("/events/{event_id}/images/{image_id}/versions", EventOwner, versions::choose)
        .get("/events/{event_id}/faces/{face_id}/images", EventOwner, people::faces::list_images)
        .get("/events/{event_id}/people", EventOwner, people::list::show)
        .put("/events/{event_id}/people", EventOwner, people::list::turn)
        .post("/events/{event_id}/people", EventOwner, people::edit::create)
        .put("/events/{event_id}/people/{person_id}", EventOwner, people::edit::rename)
        .delete("/events/{event_id}/people/{person_id}", EventOwner, people::edit::delete)
        .get("/events/{event_id}/people/{person_id}/images", EventOwner, people::list::list_images)
        .post("/events/{event_id}/people/{person_id}/faces", EventOwner, people::edit::correct)
        .post("/events/{event_id}/people/{person_id}/merge", EventOwner, people::edit::merge)
        .post_selfie("/events/{event_id}/people/{person_id}/portrait", EventOwner, people::portrait::put)
        .get("/events/{event_id}/find-my-face", VisitingUser, find_my_face::find)
        .get("/events/{event_id}/sources", EventOwner, sources::list)
        .post("/events/{event_id}/sources", EventOwner, sources::edit::create)
        .put("/events/{event_id}/sources/{source_id}", EventOwner, sources::edit::update)
        .delete("/events/{event_id}/sources/{source_id}", EventOwner, sources::edit::delete)
        .get("/events/{event_id}/sources/{source_id}/access", EventOwner, sources::edit::show_access)
        .get("/events/{event_id}/cameras", EventOwner, clocks::list)
        .put("/events/{event_id}/cameras", EventOwner, clocks::set)
        .get("/events/{event_id}/cameras/images", EventOwner, camera_photos::list)
        .post("/events/{event_id}/cameras/same-moment", EventOwner, clocks::match_moments)
        .post("/events/{event_id}/images/{image_id}/time-code", EventOwner, clocks::measure)
        .post("/events/{event_id}/time-code", EventOwner, clocks::draw_code)
        .get("/events/{event_id}/progress", EventOwner, status::show_progress)
        .get("/events/{event_id}/statistics", EventOwner, statistics::show)
        .get("/events/{event_id}/consents", EventOwner, statistics::export_consents)
        .get("/events/{event_id}/sharing", EventOwner, sharing::show)
        .post("/events/{event_id}/invitations", EventOwner, sharing::invite)
        .post("/studio/qr", StudioUser, sharing::draw_qr)
        .get("/studio/status", StudioUser, status::show_status)
        .get("/studio/audit", Admin, audit::list)
        .get("/studio/day", Admin, day::show)
        .get("/studio/address", StudioUser, address::show)
        .put("/studio/address", Admin, address::choose)
        .get("/studio/erasures", StudioUser, erasures::list)
        .get("/studio/clock", StudioUser, erasures::show_clock)
        .put("/studio/clock", Admin, erasures::confirm_clock)
        .get("/studio/venue", Admin, venue::look)
        .get("/studio/venue/phones", Admin, venue::list_phones)
        .get("/studio/rehearsal", Admin, rehearsal::show)
        .post("/studio/rehearsal", Admin, rehearsal::start)
        .delete("/studio/rehearsal", Admin, rehearsal::stop)
        .delete("/images/{image_id}", PhotoOwner, photos::delete)
        .get("/activity/me/recent", User, activity::list_recent)
        .post("/fotota", User, bookmarks::create)
        .get("/fotota", User, bookmarks::list)
        .delete("/fotota", User, bookmarks::delete)
        .post("/drive-searches", User, drive_searches::create)
        .get("/drive-searches", User, drive_searches::list)
        .get("/drive-searches/{search_id}", DriveSearcher, drive_searches::show)
        .delete("/drive-searches/{search_id}", DriveSearcher, drive_searches::delete)
        .get("/r/{share_code}", Everyone, root::follow)
        .get("/media/photos/{image_id}/{kind}", SignedUrl, media::photo)
        .get("/media/faces/{face_id}", SignedUrl, face::show)
        .get("/media/selfies/{selfie_id}", SignedUrl, media::selfie)
        .get("/media/drive/{match_id}", SignedUrl, media::drive)
}

/// Pages, and what their scripts call.
#[rustfmt::skip]
fn pages() -> Routes {
    use Rule::{Contributor, Everyone, Guest, SignedInGuest, Wall};
    Routes::new(false)
        .get("/a/{digest}/{*file}", Everyone, assets::show)
        .get("/account", Everyone, home::account)
        .get("/certificate", Everyone, certificate::show)
        .get("/certificate.crt", Everyone, certificate::download)
        .get("/venue-check", Everyone, venue_check::show)
        .post("/venue-check/clock", Everyone, venue_check::clock)
        .post("/venue-check/sample", Everyone, venue_check::sample)
        .post("/venue-check/report", Everyone, venue_check::report)
        .get("/auth/google/start", Everyone, google::start)
        .get("/auth/google/callback", Everyone, google::finish)
        .get("/studio", Everyone, studio::pages::studio)
        .get("/studio/print", Everyone, studio::pages::print)
        .get("/wall/{event_id}", Everyone, studio::pages::wall)
        .get("/e/{share_code}", Everyone, page::show)
        .get("/e/{share_code}/app.webmanifest", Everyone, manifest::show)
        .post("/e/{share_code}/session", Everyone, entry::enter)
        .delete("/e/{share_code}/session", Guest, entry::leave)
        .post("/e/{share_code}/consent", Guest, entry::consent)
        .delete("/e/{share_code}/consent", Guest, entry::withdraw)
        .post_selfie("/e/{share_code}/search", Guest, selfie::search)
        .delete("/e/{share_code}/search", Guest, selfie::delete)
        .post("/e/{share_code}/search/stored", SignedInGuest, selfie::search_with_stored)
        .get("/e/{share_code}/matches", Guest, selfie::matches)
        .get("/e/{share_code}/photos/{photo_id}/faces", Guest, tap::list)
        .post("/e/{share_code}/photos/{photo_id}/faces/{place}/search", Guest, tap::search)
        .delete("/e/{share_code}/tap", Guest, tap::end)
        .get("/e/{share_code}/news", Guest, news::ask)
        .get("/e/{share_code}/live", Guest, news::stream)
        .get("/e/{share_code}/photos", Guest, gallery::list)
        .get("/e/{share_code}/photos/times", Guest, gallery::list_hours)
        .get("/e/{share_code}/photos/taken-by", Guest, guest::taken_by::list)
        .get("/e/{share_code}/bookmarks", Guest, gallery::list_bookmarks)
        .get("/e/{share_code}/removed", Guest, gallery::list_removed)
        .put("/e/{share_code}/photos/{photo_id}/marks/{kind}", Guest, gallery::mark)
        .delete("/e/{share_code}/photos/{photo_id}/marks/{kind}", Guest, gallery::unmark)
        .post("/e/{share_code}/keep", SignedInGuest, gallery::keep)
        .get("/e/{share_code}/photos/{photo_id}/thumbnail", Guest, media::thumbnail)
        .get("/e/{share_code}/photos/{photo_id}/medium", Guest, media::medium)
        .get("/e/{share_code}/photos/{photo_id}/preview", Guest, media::preview)
        .get("/e/{share_code}/photos/{photo_id}/download", Guest, media::download)
        .post("/wall/{event_id}/session", Everyone, wall::open)
        .get("/wall/{event_id}/photos", Wall, wall::show)
        .get("/wall/{event_id}/photos/{photo_id}/preview", Wall, wall::preview)
        .get("/wall/{event_id}/qr", Wall, wall::draw_qr)
        .get("/wall/{event_id}/live", Wall, wall::stream)
        .post("/e/{share_code}/zip", Guest, zip::prepare)
        .get("/e/{share_code}/zip/{ticket}", Guest, zip::send)
        .get("/e/{share_code}/sent", Guest, sent::list)
        .delete("/e/{share_code}/sent/{photo_id}", Guest, sent::take_back)
        .get("/u/{source_id}", Everyone, contributor::page)
        .post("/u/{source_id}/session", Everyone, contributor::enter)
        .get("/u/{source_id}/status", Contributor, contributor::show)
}

/// Uploads in pieces by the tus protocol, which has a description of its own.
#[rustfmt::skip]
fn resumable() -> Routes {
    use Rule::{Contributor, EventOwner, Everyone, SendingGuest};
    Routes::new(false)
        .options("/events/{event_id}/uploads", Everyone, tus::describe)
        .options("/events/{event_id}/uploads/{upload_id}", Everyone, tus::describe)
        .get("/events/{event_id}/uploads", EventOwner, tus::list::show)
        .post_stream("/events/{event_id}/uploads", EventOwner, tus::create)
        .post_stream("/events/{event_id}/uploads/{upload_id}", EventOwner, tus::act)
        .head("/events/{event_id}/uploads/{upload_id}", EventOwner, tus::show)
        .patch_stream("/events/{event_id}/uploads/{upload_id}", EventOwner, tus::append)
        .delete("/events/{event_id}/uploads/{upload_id}", EventOwner, tus::delete)
        .get("/u/{source_id}/uploads", Contributor, tus::list::show)
        .post_stream("/u/{source_id}/uploads", Contributor, tus::create)
        .post_stream("/u/{source_id}/uploads/{upload_id}", Contributor, tus::act)
        .head("/u/{source_id}/uploads/{upload_id}", Contributor, tus::show)
        .patch_stream("/u/{source_id}/uploads/{upload_id}", Contributor, tus::append)
        .delete("/u/{source_id}/uploads/{upload_id}", Contributor, tus::delete)
        .post_stream("/e/{share_code}/uploads", SendingGuest, tus::create)
        .post_stream("/e/{share_code}/uploads/{upload_id}", SendingGuest, tus::act)
        .head("/e/{share_code}/uploads/{upload_id}", SendingGuest, tus::show)
        .patch_stream("/e/{share_code}/uploads/{upload_id}", SendingGuest, tus::append)
        .delete("/e/{share_code}/uploads/{upload_id}", SendingGuest, tus::delete)
}

/// For programs that watch the server.
#[rustfmt::skip]
fn watching() -> Routes {
    use Rule::Everyone;
    Routes::new(false)
        .get("/health/live", Everyone, ready::live)
        .get("/health/ready", Everyone, ready::show)
}

/// For another FotoTa that brings an event here.
#[rustfmt::skip]
fn receiving() -> Routes {
    use Rule::Receiver;
    Routes::new(false)
        .post_stream(LISTING_ROUTE, Receiver, event_file::list_missing)
        .post_stream(PART_ROUTE, Receiver, event_file::take)
}

fn metrics_route() -> Routes {
    Routes::new(false).get("/metrics", Rule::Metrics, metrics::show)
}

/// What the address of the metrics has.
pub(super) fn metrics_router() -> Router<AppState> {
    metrics_route().router.fallback(missing::not_found)
}

/// The API's description, under both paths too.
#[rustfmt::skip]
fn descriptions() -> Routes {
    use Rule::Everyone;
    Routes::new(false)
        .get("/openapi.json", Everyone, async || docs::document(&DOCUMENT))
        .get("/docs", Everyone, docs::index)
        .get("/docs/{file}", Everyone, docs::file)
        .get("/redoc", Everyone, docs::redirect)
}

/// All routes.
pub(super) fn router() -> Router<AppState> {
    let both = api().router.merge(descriptions().router);
    Router::new()
        .merge(both.clone())
        .nest("/api/v1", both)
        .merge(pages().router)
        .merge(watching().router)
        .merge(receiving().router)
        .merge(metrics_route().router)
        .merge(resumable().router.layer(middleware::from_fn(tus::add_headers)))
        .fallback(missing::not_found)
}

/// The table: every route with its rule.
#[must_use]
pub fn table() -> Vec<Route> {
    [api(), descriptions(), pages(), watching(), receiving(), metrics_route(), resumable()]
        .into_iter()
        .flat_map(|routes| routes.table)
        .collect()
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::describe(&table()));

/// The API's description (OpenAPI) as JSON.
#[must_use]
pub fn openapi_json() -> &'static str {
    &DOCUMENT
}
