//! What the camera wrote into a photo's EXIF data.

use fotota::store::{Durability, Store, photos};

use crate::common::{TestEnv, sample};

#[test]
fn the_exif_orientation_is_stored() {
    // Stored rotated, with EXIF orientation 6.
    let env = TestEnv::new().with_photos(&["DSC_0111.jpg"]).with_event();
    env.import();
    let selfie = sample("selfies/Eileen_Collins_1.jpg");
    let result = env.json(&["search", "Party", selfie.to_str().unwrap()]);
    let id = result["matches"][0]["photo_id"].as_i64().unwrap().to_string().parse().unwrap();
    let store = Store::open(&env.data(), Durability::Normal).unwrap();
    let photo = store.read(|db| photos::find(db, id)).unwrap().unwrap();
    assert_eq!(photo.capture.orientation, Some(6));
}
