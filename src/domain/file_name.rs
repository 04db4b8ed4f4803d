//! What file names say: when a photo was taken, and which comes first.

use super::CameraTime;

/// Longer file names are cut, in characters.
const MAX_CHARS: usize = 255;
/// Of a name that says the day alone. In the middle of it, the photo is least far off.
const NOON: [u8; 3] = [12, 0, 0];

/// The file's name without folders and control characters.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
    if name.trim().is_empty() { "photo".to_owned() } else { name.trim().to_owned() }
}

/// When a photo was taken, by a name such as `20261128_190455.jpg`, `PXL_20261128_190455123.jpg`,
/// `signal-2026-11-28-190455.jpg`, `WhatsApp Image 2026-11-28 at 19.04.55.jpg` or `IMG-20261128-WA0001.jpg`.
#[must_use]
pub fn time_in_file_name(name: &str) -> Option<CameraTime> {
    let groups: Vec<&str> =
        name.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    (0..groups.len()).find_map(|first| {
        let (date, after) = date_at(&groups[first..])?;
        let (time, ms) = time_at(&after).unwrap_or((NOON, None));
        CameraTime::new(date, time, ms.map(|ms| ms * 1_000_000), None)
    })
}

/// A date and the groups of digits after it: `20261128`, also with the time behind it, or `2026-11-28`.
fn date_at<'a>(groups: &[&'a str]) -> Option<([u16; 3], Vec<&'a str>)> {
    let (date, after) = match groups {
        [whole, after @ ..] if matches!(whole.len(), 8 | 14 | 17) => {
            let rest = (whole.len() > 8).then_some(&whole[8..]);
            (
                [&whole[..4], &whole[4..6], &whole[6..8]],
                rest.into_iter().chain(after.iter().copied()).collect(),
            )
        }
        [year, month, day, after @ ..] if [year.len(), month.len(), day.len()] == [4, 2, 2] => {
            ([*year, *month, *day], after.to_vec())
        }
        _ => return None,
    };
    let [year, month, day] = date.map(|number| number.parse().unwrap_or(0));
    // Other numbers of eight digits are no dates, and photos of before are not taken by cameras that name them so.
    (1990..2100).contains(&year).then_some(([year, month, day], after))
}

/// `190455`, `190455123` or `19.04.55`: the time, and its milliseconds.
fn time_at(groups: &[&str]) -> Option<([u8; 3], Option<u32>)> {
    let number = |text: &str| text.parse().ok();
    let time = |[hour, minute, second]: [&str; 3]| Some([number(hour)?, number(minute)?, number(second)?]);
    let (time, ms) = match groups {
        [whole, ..] if matches!(whole.len(), 6 | 9) => {
            (time([&whole[..2], &whole[2..4], &whole[4..6]])?, whole[6..].parse().ok())
        }
        [hour, minute, second, ..] if [hour.len(), minute.len(), second.len()] == [2, 2, 2] => {
            (time([hour, minute, second])?, None)
        }
        _ => return None,
    };
    (time[0] < 24 && time[1] < 60 && time[2] < 60).then_some((time, ms))
}

/// A key by which names sort as people count: `IMG_2` before `IMG_10`, whatever the case.
#[must_use]
pub fn natural_key(name: &str) -> String {
    const DIGITS: usize = 12;
    let (mut key, mut digits) = (String::new(), String::new());
    for c in name.to_lowercase().chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            key.extend(std::iter::repeat_n('0', DIGITS.saturating_sub(digits.len())));
            key.push_str(&digits);
            digits.clear();
        }
        key.push(c);
    }
    key.pop();
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_phones_and_messengers_say_when() {
        for (name, expected) in [
            ("20261128_190455.jpg", "2026-11-28T19:04:55"),
            ("IMG_20261128_190455.jpg", "2026-11-28T19:04:55"),
            ("PXL_20261128_190455123.MP.jpg", "2026-11-28T19:04:55.123"),
            ("signal-2026-11-28-190455.jpg", "2026-11-28T19:04:55"),
            ("Screenshot_2026-11-28-19-04-55-12_abc.png", "2026-11-28T19:04:55"),
            ("WhatsApp Image 2026-11-28 at 19.04.55 (2).jpeg", "2026-11-28T19:04:55"),
            ("photo_2026-11-28_19-04-55.jpg", "2026-11-28T19:04:55"),
            ("20261128190455.jpg", "2026-11-28T19:04:55"),
            ("IMG-20261128-WA0001.jpg", "2026-11-28T12:00:00"),
            ("2026-11-28 Wedding 0012.jpg", "2026-11-28T12:00:00"),
            // A counter behind the date.
            ("20261128_996101.jpg", "2026-11-28T12:00:00"),
        ] {
            assert_eq!(time_in_file_name(name).unwrap().as_str(), expected, "{name}");
        }
        for name in ["IMG_1059.jpg", "12345678.jpg", "20261328_190455.jpg", "DSC00012.jpg", "日本.jpg", ""]
        {
            assert_eq!(time_in_file_name(name), None, "{name}");
        }
    }

    #[test]
    fn names_sort_as_people_count() {
        let mut names =
            ["IMG_10.jpg", "img_9.jpg", "IMG_1.jpg", "A.jpg", "IMG_1a.jpg", "IMG_9999999999999.jpg"];
        names.sort_by_key(|name| natural_key(name));
        assert_eq!(
            names,
            ["A.jpg", "IMG_1.jpg", "IMG_1a.jpg", "img_9.jpg", "IMG_10.jpg", "IMG_9999999999999.jpg"]
        );
    }

    #[test]
    fn names_have_no_folders() {
        for (given, kept) in [
            ("DSC_1.jpg", "DSC_1.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\fotos\\a\u{0}\n.jpg", "a.jpg"),
            ("", "photo"),
            ("x/ ", "photo"),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
    }
}
