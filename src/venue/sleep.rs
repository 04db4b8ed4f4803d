//! Whether this computer falls asleep while nobody touches it: guests lose it then.

use super::program::output;
use super::{Finding, State};

const WHAT: &str = "venue.sleep";

pub(super) fn look() -> Finding {
    let seconds = match std::env::consts::OS {
        "linux" => output("gsettings", &["list-recursively", "org.gnome.settings-daemon.plugins.power"])
            .and_then(|text| of_gnome(&text))
            .or_else(|| output("systemctl", &["show", "suspend.target"]).and_then(|text| of_systemd(&text))),
        "macos" => output("pmset", &["-g", "custom"]).and_then(|text| of_macos(&text)),
        "windows" => output("powercfg", &["/query", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE"])
            .and_then(|text| of_windows(&text)),
        _ => None,
    };
    match seconds {
        Some(0) => Finding::new(WHAT, State::Ok, "venue.sleep.never"),
        Some(seconds) => {
            Finding::new(WHAT, State::Warn, "venue.sleep.after").with("minutes", &seconds.div_ceil(60))
        }
        None => Finding::new(WHAT, State::Unknown, "venue.sleep.unknown"),
    }
}

/// All of these: seconds until sleep while plugged in; 0 for never.
fn of_gnome(text: &str) -> Option<u64> {
    let value = |name: &str| {
        let line = text.lines().find(|line| line.split(' ').nth(1) == Some(name))?;
        line.split(' ').next_back()
    };
    match value("sleep-inactive-ac-type")? {
        "'nothing'" => Some(0),
        _ => value("sleep-inactive-ac-timeout")?.parse().ok(),
    }
}

/// Sleep can be forbidden altogether; nothing else is certain.
fn of_systemd(text: &str) -> Option<u64> {
    text.lines().any(|line| line == "LoadState=masked").then_some(0)
}

fn of_macos(text: &str) -> Option<u64> {
    // The values while plugged in come after those of the battery, if there is one.
    let (_, plugged_in) = text.split_once("AC Power:")?;
    let plugged_in = plugged_in.split_once("Battery Power:").map_or(plugged_in, |(first, _)| first);
    let mut words = plugged_in.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let minutes: u64 = words.find(|words| words.first() == Some(&"sleep"))?.get(1)?.parse().ok()?;
    Some(minutes * 60)
}

/// The last two numbers are the settings while plugged in and on battery; the words are in the system's language.
fn of_windows(text: &str) -> Option<u64> {
    let hex = |line: &str| u64::from_str_radix(line.trim().rsplit_once("0x")?.1, 16).ok();
    let numbers: Vec<u64> = text.lines().filter_map(hex).collect();
    let [.., plugged_in, _battery] = numbers[..] else { return None };
    Some(plugged_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gnome_has_a_type_and_a_time() {
        let text = |kind: &str| {
            format!(
                "org.gnome.settings-daemon.plugins.power sleep-inactive-ac-timeout 900\n\
                 org.gnome.settings-daemon.plugins.power sleep-inactive-ac-type '{kind}'\n\
                 org.gnome.settings-daemon.plugins.power sleep-inactive-battery-timeout 300\n"
            )
        };
        assert_eq!(
            [of_gnome(&text("suspend")), of_gnome(&text("nothing")), of_gnome("")],
            [Some(900), Some(0), None]
        );
    }

    #[test]
    fn systemd_can_forbid_it() {
        assert_eq!(of_systemd("Id=suspend.target\nLoadState=masked\n"), Some(0));
        assert_eq!(of_systemd("Id=suspend.target\nLoadState=loaded\n"), None);
    }

    #[test]
    fn macos_lists_the_battery_first() {
        let text = "Battery Power:\n Sleep On Power Button 1\n sleep                1\n disksleep            10\n\
                    AC Power:\n Sleep On Power Button 1\n sleep                15\n displaysleep         10\n";
        assert_eq!(of_macos(text), Some(900));
        assert_eq!(of_macos("AC Power:\n sleep                0\n"), Some(0));
        assert_eq!(of_macos("Battery Power:\n sleep 1\n"), None);
    }

    #[test]
    fn windows_ends_with_two_numbers() {
        let text = "Power Setting GUID: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Sleep after)\r\n      \
                    Minimum Possible Setting: 0x00000000\r\n      Maximum Possible Setting: 0xffffffff\r\n      \
                    Possible Settings increment: 0x00000001\r\n      Possible Settings units: Seconds\r\n    \
                    Current AC Power Setting Index: 0x00000708\r\n    \
                    Current DC Power Setting Index: 0x00000384\r\n\r\n";
        assert_eq!(of_windows(text), Some(1800));
        assert_eq!(of_windows("no such scheme"), None);
    }
}
