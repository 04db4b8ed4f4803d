//! Which test holds which sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;

use super::root;

/// Sentences that guests and users read about their data, by their keys, with the tests.
#[rustfmt::skip]
const SENTENCES: &[(&str, &[&str])] = &[
    ("account.delete.hint", &["an_account_is_deleted_with_all_its_data"]),
    ("account.foot", &["an_account_is_deleted_with_all_its_data", "each_module_keeps_to_its_own_libraries"]),
    ("account.selfie.consent", &["a_selfie_is_stored_without_metadata_replaced_and_deleted"]),
    ("closed.deleted.hint", &["a_deleted_event_leaves_no_row_and_no_file"]),
    ("consent.browse", &["all_photos_are_listed_by_time_if_the_owner_permits"]),
    ("consent.count", &["where_guests_see_only_their_photos_one_phone_searches_for_few_people"]),
    ("consent.deleted", &["faces_end_on_their_day_and_photos_later"]),
    ("consent.faces_deleted", &["faces_end_on_their_day_and_photos_later"]),
    ("consent.free", &[
        "a_guest_enters_consents_and_finds_her_photos",
        "all_photos_are_listed_by_time_if_the_owner_permits",
    ]),
    ("consent.keep", &["a_search_leaves_nothing_behind", "a_face_expires_with_its_page_and_after_a_day_at_most"]),
    ("consent.only", &["guests_who_see_only_their_own_photos_open_no_other"]),
    ("consent.only_tap", &["where_guests_see_only_their_own_photos_a_tap_opens_those_of_the_person"]),
    ("consent.tap", &[
        "a_tapped_face_finds_its_person_and_leaves_the_guests_own_search",
        "a_tapped_face_leaves_the_guests_own_beside_it",
    ]),
    ("consent.what", &["a_guest_enters_consents_and_finds_her_photos", "memory_and_index_give_the_same_matches"]),
    ("consent.who", &[
        "only_the_guest_sees_the_results_of_a_search",
        "each_module_keeps_to_its_own_libraries",
        "withdrawing_the_consent_deletes_the_face_codes_at_once",
    ]),
    ("consent.who_tap", &[
        "each_module_keeps_to_its_own_libraries",
        "withdrawing_the_consent_deletes_the_face_codes_at_once",
    ]),
    ("ended.hint", &["faces_end_on_their_day_and_photos_later"]),
    ("ended.hint_own", &["faces_end_on_their_day_and_photos_later"]),
    ("print.consent", &[
        "no_search_without_consent_or_after_its_withdrawal",
        "a_face_expires_with_its_page_and_after_a_day_at_most",
    ]),
    ("print.consent_short", &["no_search_without_consent_or_after_its_withdrawal"]),
    ("print.consent_tap", &["faces_are_for_guests_who_may", "a_face_expires_with_its_page_and_after_a_day_at_most"]),
    ("print.consent_tap_short", &["faces_are_for_guests_who_may"]),
    ("print.notice.refuse", &["hidden_photos_disappear_and_news_report_it"]),
    ("privacy.all.hint", &[
        "favourites_stay_when_the_face_codes_are_deleted_and_go_with_the_session",
        "marks_go_with_the_session_and_bookmarks_stay_with_the_account",
        "consents_are_recorded_without_names",
    ]),
    ("privacy.consent.hint", &["withdrawing_the_consent_deletes_the_face_codes_at_once"]),
    ("privacy.face.done", &["the_face_is_active_until_the_guest_deletes_it"]),
    ("privacy.face.held", &[
        "a_search_leaves_nothing_behind",
        "favourites_stay_when_the_face_codes_are_deleted_and_go_with_the_session",
    ]),
    ("privacy.face.none", &["the_face_is_active_until_the_guest_deletes_it"]),
    ("privacy.face.tapped", &["a_tapped_face_leaves_the_guests_own_beside_it"]),
    ("selfie.promise", &["a_search_leaves_nothing_behind"]),
    ("send.taken_back", &["guests_photos_wait_for_approval_and_can_be_taken_back"]),
    ("studio.people.law", &["all_goes_when_it_is_turned_off_and_with_the_photo_and_the_event"]),
    ("studio.form.faces.until_hint", &["faces_end_on_their_day_and_photos_later"]),
    ("studio.form.stays.until_hint", &["only_due_events_are_deleted", "a_deleted_event_leaves_no_row_and_no_file"]),
    ("studio.warning.clock_jumped", &["a_clock_that_jumps_by_years_erases_nothing"]),
];

/// Other keys of the same parts of the dictionary: headings and buttons, which promise nothing.
const PLAIN: [&str; 15] = [
    "consent.agree",
    "consent.early",
    "consent.title",
    "ended.title",
    "print.notice.title",
    "privacy.all",
    "privacy.all.title",
    "privacy.back",
    "privacy.consent.title",
    "privacy.event.title",
    "privacy.face",
    "privacy.face.title",
    "privacy.withdraw",
    "privacy.withdraw.done",
    "selfie.title",
];

/// The rows of "What is kept, and until when", by how they begin.
#[rustfmt::skip]
const ROWS: &[(&str, &[&str])] = &[
    ("the numbers of deleted photos", &[
        "links_guests_and_users_go_on_on_a_server_and_back",
        "newer_records_are_refused_and_an_erased_event_leaves_no_trace",
    ]),
    ("hashes of keys in links that another computer made", &["links_guests_and_users_go_on_on_a_server_and_back"]),
    ("the permission to bring an event here", &[
        "an_address_takes_one_event_of_an_admin_for_a_week",
        "only_the_holder_of_an_address_brings_one_event",
    ]),
    ("the secret of an account's authenticator app", &[
        "a_copy_of_the_database_has_neither_secret_nor_codes",
        "a_second_factor_is_removed_with_password_and_code",
    ]),
    ("the audit log", &[
        "pages_follow_each_other_and_old_entries_go",
        "sign_ins_are_recorded_without_what_was_typed",
    ]),
    ("a guest's selfie", &["a_search_leaves_nothing_behind"]),
    ("the face codes computed from it", &[
        "a_face_expires_with_its_page_and_after_a_day_at_most",
        "the_face_is_active_until_the_guest_deletes_it",
        "selfies_add_up_to_five_and_start_over",
        "the_number_of_faces_is_limited",
        "a_closed_event_admits_no_guest",
    ]),
    ("the face code of a face that a guest tapped", &[
        "a_tapped_face_leaves_the_guests_own_beside_it",
        "faces_are_for_guests_who_may",
    ]),
    ("in events where guests see only their own photos", &[
        "where_guests_see_only_their_photos_one_phone_searches_for_few_people",
        "where_guests_see_all_photos_nothing_is_counted",
    ]),
    ("a guest's session, favourites", &[
        "sessions_end_after_a_day",
        "favourites_stay_when_the_face_codes_are_deleted_and_go_with_the_session",
        "no_right_outlives_its_end",
    ]),
    ("the record of consents", &["consents_are_recorded_without_names", "a_deleted_event_leaves_no_row_and_no_file"]),
    ("names and links of the last 20 events", &["an event name with markup is shown as text"]),
    ("what phones that check the venue report", &[
        "a_phone_reports_to_the_studio",
        "another_process_finds_the_key_and_the_last_report",
    ]),
    ("counts of guests, searches", &[
        "counts_are_kept_by_slot_and_go_with_the_event",
        "the_owner_sees_statistics_and_consents_without_names",
    ]),
    ("photos with their older versions", &[
        "a_deleted_event_leaves_no_row_and_no_file",
        "only_due_events_are_deleted",
    ]),
    ("faces and their embeddings", &[
        "faces_end_on_their_day_and_photos_later",
        "deleting_an_event_deletes_its_vectors_and_nobody_elses",
    ]),
    ("previews, medium pictures and thumbnails", &[
        "sizes_and_watermarks_are_told_apart_and_unused_pictures_forgotten",
        "memory_is_bounded_and_what_is_asked_for_stays",
    ]),
    ("people of an event", &[
        "all_goes_when_it_is_turned_off_and_with_the_photo_and_the_event",
        "faces_go_with_their_vectors_and_people_and_photos_stay",
    ]),
    ("which faces are in a group", &["people_are_grouped_only_while_the_owner_wants_it"]),
    ("a photo that a guest sent", &["guests_photos_wait_for_approval_and_can_be_taken_back"]),
    ("names, sizes and times of the files", &["a_listing_keeps_faces_of_what_is_unchanged_and_forgets_the_rest"]),
    ("an original whose row was lost", &["photos_survive_the_loss_of_their_database"]),
    ("an unfinished tus upload", &["uploads_expire_unless_a_piece_comes"]),
    ("a part of a camera's file", &[
        "parts_are_those_of_their_camera_and_path",
        "the_oldest_part_goes_for_a_new_one",
    ]),
    ("the database as it was before an upgrade", &["a_copy_ends_after_its_time_and_with_what_is_deleted"]),
    ("an account's stored selfie", &[
        "selfies_that_nobody_uses_are_deleted_with_their_files",
        "a_selfie_is_stored_without_metadata_replaced_and_deleted",
    ]),
    ("an account's name", &["an_account_is_deleted_with_all_its_data"]),
    ("results of a Drive search", &["old_searches_go_with_their_copies_and_folders_with_their_last_search"]),
    ("faces of a Drive folder", &["old_searches_go_with_their_copies_and_folders_with_their_last_search"]),
    ("the record of what was erased", &[
        "an_entry_says_what_an_event_held_and_outlives_it",
        "accounts_and_selfies_leave_entries_without_a_name",
    ]),
];

/// All Rust sources and browser scenarios.
fn sources() -> String {
    let (mut folders, mut text) = (vec![root().join("src"), root().join("tests")], String::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "node_modules" {
                folders.push(path);
            } else if name != "promises.rs"
                && ([".rs", ".e2e.mjs"].iter().any(|ending| name.ends_with(ending)))
            {
                text.push_str(&read_to_string(&path).unwrap());
            }
        }
    }
    text
}

#[test]
fn each_promise_names_tests_that_there_are() {
    let sources = sources();
    let promises = SENTENCES.iter().chain(ROWS);
    let mut checked = 0;
    for (promise, tests) in promises {
        assert!(!tests.is_empty(), "{promise} has no test");
        for test in *tests {
            let is_there = sources.contains(&format!("#[test]\n    fn {test}("))
                || sources.contains(&format!("#[test]\nfn {test}("))
                || sources.contains(&format!("#[tokio::test]\nasync fn {test}("))
                || sources.contains(&format!("scenario('{test}'"));
            assert!(is_there, "there is no test `{test}`, which {promise} needs");
            checked += 1;
        }
    }
    assert!(checked > 60);
}

#[test]
fn each_sentence_about_data_has_its_tests() {
    let read = |locale: &str| -> BTreeMap<String, String> {
        let text = read_to_string(root().join(format!("assets/i18n/{locale}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let known: BTreeSet<&str> = SENTENCES.iter().map(|(key, _)| *key).chain(PLAIN).collect();
    assert_eq!(known.len(), SENTENCES.len() + PLAIN.len(), "a key stands twice");
    let sentences = read("en");
    for key in sentences.keys() {
        let parts = ["consent.", "privacy.", "ended.", "print.consent", "print.notice."];
        let is_promise = parts.iter().any(|part| key.starts_with(part));
        assert!(!is_promise || known.contains(key.as_str()), "the sentence {key} needs a test");
    }
    for key in known {
        assert!(sentences.contains_key(key), "there is no sentence {key}");
    }
}

#[test]
fn each_kind_of_data_that_is_kept_has_its_tests() {
    let text = read_to_string(root().join("docs/SECURITY.md")).unwrap();
    let table = text.split("| what | where | until |\n|---|---|---|\n").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), ROWS.len());
    for row in rows {
        let tests = ROWS.iter().filter(|(begin, _)| row.starts_with(&format!("| {begin}"))).count();
        assert_eq!(tests, 1, "{row}");
    }
}
