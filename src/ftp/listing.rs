//! The forms in which files are listed: for people (`LIST`), by name (`NLST`), for programs (`MLSD`, RFC 3659).

use super::files::Listed;
use crate::domain::Timestamp;

/// What a listing says of each file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Long,
    Names,
    Facts,
}

/// All lines.
pub(super) fn text(listed: &[Listed], form: Form) -> String {
    listed.iter().map(|file| line(file, form) + "\r\n").collect()
}

fn line(file: &Listed, form: Form) -> String {
    let Listed { name, size_bytes, at } = file;
    match form {
        Form::Names => name.clone(),
        Form::Facts => format!("{} {name}", facts(*size_bytes, *at)),
        Form::Long => {
            let rights = if size_bytes.is_none() { "drwx------" } else { "-rw-------" };
            let size = size_bytes.unwrap_or(0);
            format!("{rights} 1 camera camera {size:>12} {} {name}", at_minute(*at))
        }
    }
}

/// `type=file;size=7;modify=20261129170649;`.
pub(super) fn facts(size_bytes: Option<u64>, at: Timestamp) -> String {
    let modify = digits(at);
    match size_bytes {
        Some(size) => format!("type=file;size={size};modify={modify};"),
        None => format!("type=dir;modify={modify};"),
    }
}

/// `20261129170649`, in UTC.
pub(super) fn digits(at: Timestamp) -> String {
    at.to_string().chars().filter(char::is_ascii_digit).take(14).collect()
}

/// `Nov 29 17:06`, in UTC.
fn at_minute(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let digits = digits(at);
    let month = digits[4..6].parse().unwrap_or(1_usize).clamp(1, 12);
    format!("{} {} {}:{}", MONTHS[month - 1], &digits[6..8], &digits[8..10], &digits[10..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_people_can_read_it() {
        let at = Timestamp::parse("2026-11-29T17:06:49.123Z").unwrap();
        let listed = [
            Listed { name: "DCIM".into(), size_bytes: None, at },
            Listed { name: "A B.JPG".into(), size_bytes: Some(7), at },
        ];
        assert_eq!(
            text(&listed, Form::Long),
            "drwx------ 1 camera camera            0 Nov 29 17:06 DCIM\r\n\
             -rw------- 1 camera camera            7 Nov 29 17:06 A B.JPG\r\n"
        );
        assert_eq!(text(&listed, Form::Names), "DCIM\r\nA B.JPG\r\n");
        assert_eq!(
            text(&listed, Form::Facts),
            "type=dir;modify=20261129170649; DCIM\r\ntype=file;size=7;modify=20261129170649; A B.JPG\r\n"
        );
    }
}
