//! Whether this computer is plugged in: a battery does not last the evening.

use std::path::Path;

use super::program::output;
use super::{Finding, State};

const WHAT: &str = "venue.power";

/// Where the power comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Mains,
    Battery,
}

pub(super) fn look() -> Finding {
    let power = match std::env::consts::OS {
        "linux" => of_linux(Path::new("/sys/class/power_supply")),
        "macos" => output("pmset", &["-g", "batt"]).and_then(|text| of_macos(&text)),
        "windows" => output(
            "powershell",
            &["-NoProfile", "-Command", "(Get-CimInstance -Namespace root/wmi BatteryStatus).PowerOnline"],
        )
        .and_then(|text| of_windows(&text)),
        _ => None,
    };
    match power {
        Some(Power::Mains) => Finding::new(WHAT, State::Ok, "venue.power.mains"),
        Some(Power::Battery) => Finding::new(WHAT, State::Warn, "venue.power.battery"),
        None => Finding::new(WHAT, State::Unknown, "venue.power.unknown"),
    }
}

/// A computer without a battery lists none, and often nothing at all.
fn of_linux(folder: &Path) -> Option<Power> {
    let (mut has_battery, mut online) = (false, None);
    let entries = std::fs::read_dir(folder).ok()?;
    for supply in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let read = |name: &str| {
            let text = std::fs::read_to_string(supply.join(name)).ok()?;
            Some(text.trim().to_owned())
        };
        // Batteries of mice and keyboards have the scope "Device".
        match read("type").as_deref() {
            Some("Battery") => has_battery |= read("scope").as_deref() != Some("Device"),
            Some("Mains" | "USB") => {
                let is_online = read("online").as_deref() == Some("1");
                online = Some(online.unwrap_or(false) || is_online);
            }
            _ => {}
        }
    }
    match (has_battery, online) {
        (false, _) | (true, Some(true)) => Some(Power::Mains),
        (true, Some(false)) => Some(Power::Battery),
        (true, None) => None,
    }
}

fn of_macos(text: &str) -> Option<Power> {
    let source = text.lines().next()?;
    match source.split('\'').nth(1)? {
        "AC Power" => Some(Power::Mains),
        "Battery Power" | "UPS Power" => Some(Power::Battery),
        _ => None,
    }
}

/// A line for each battery; without one there is no line.
fn of_windows(text: &str) -> Option<Power> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek()?;
    lines.all(|line| line == "True" || line == "False").then_some(())?;
    Some(if text.contains("True") { Power::Mains } else { Power::Battery })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_lists_its_supplies_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
        };
        assert_eq!(of_linux(folder.path()), Some(Power::Mains));
        put("mouse/type", "Battery\n");
        put("mouse/scope", "Device\n");
        assert_eq!(of_linux(folder.path()), Some(Power::Mains));
        put("BAT0/type", "Battery\n");
        assert_eq!(of_linux(folder.path()), None);
        put("AC/type", "Mains\n");
        put("AC/online", "0\n");
        assert_eq!(of_linux(folder.path()), Some(Power::Battery));
        put("ucsi/type", "USB\n");
        put("ucsi/online", "1\n");
        assert_eq!(of_linux(folder.path()), Some(Power::Mains));
        assert_eq!(of_linux(&folder.path().join("gone")), None);
    }

    #[test]
    fn macos_and_windows_print_it() {
        let battery = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=22151267)\t87%; discharging; 5:12 \
                       remaining present: true\n";
        assert_eq!(of_macos(battery), Some(Power::Battery));
        assert_eq!(of_macos("Now drawing from 'AC Power'\n"), Some(Power::Mains));
        assert_eq!(of_macos(""), None);
        assert_eq!(of_windows("True\r\n"), Some(Power::Mains));
        assert_eq!(of_windows("False\r\nFalse\r\n"), Some(Power::Battery));
        assert_eq!([of_windows(""), of_windows("Get-CimInstance : Access denied")], [None, None]);
    }
}
