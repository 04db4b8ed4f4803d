//! Archives with sizes but no contents, read back by the format's rules.

use super::*;

const MOMENT: Timestamp = Timestamp::from_unix_ms(1_795_457_049_000);

fn member(name: &str, size: u64) -> Member {
    Member { name: name.to_owned(), size, moment: MOMENT }
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Start of the directory and number of files, read from the archive's last bytes, which start at `position`.
fn read_end(end: &[u8], position: u64) -> (u64, u64) {
    let last = end.len() - 22;
    assert_eq!(number(end, last, 4), 0x0605_4B50);
    let (start, count) = (number(end, last + 16, 4), number(end, last + 10, 2));
    if last < 76 || number(end, last - 20, 4) != 0x0706_4B50 {
        return (start, count);
    }
    let at = usize::try_from(number(end, last - 12, 8) - position).unwrap();
    assert_eq!((number(end, at, 4), at + 76), (0x0606_4B50, last));
    (number(end, at + 48, 8), number(end, at + 32, 8))
}

/// Position and size of each file in a directory.
fn read_directory(mut directory: &[u8]) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    while number(directory, 0, 4) == 0x0201_4B50 {
        let [name, extra] = [28, 30].map(|at| usize::try_from(number(directory, at, 2)).unwrap());
        let (mut size, mut position) = (number(directory, 24, 4), number(directory, 42, 4));
        let mut field = &directory[46 + name..46 + name + extra];
        assert_eq!(extra == 0, size != NEEDS_64 && position != NEEDS_64);
        if extra > 0 {
            assert_eq!((number(field, 0, 2), number(field, 2, 2) + 4), (1, extra as u64));
            field = &field[4..];
        }
        if size == NEEDS_64 {
            (size, field) = (number(field, 0, 8), &field[16..]);
        }
        if position == NEEDS_64 {
            position = number(field, 0, 8);
        }
        found.push((position, size));
        directory = &directory[46 + name + extra..];
    }
    found
}

#[test]
fn archives_of_every_size_can_be_read_back() {
    const GIB: u64 = 1 << 30;
    for sizes in [
        vec![],
        vec![0],
        vec![7, 9],
        vec![3 * GIB, GIB, 5],
        vec![5 * GIB, 1, 6 * GIB, 2],
        // On both sides of the limit where the directory's position needs 64 bits.
        vec![NEEDS_64 - 31],
        vec![NEEDS_64 - 100],
        vec![NEEDS_64],
        vec![1; 70_000],
    ] {
        let members: Vec<Member> = sizes.iter().map(|size| member("a", *size)).collect();
        let (mut layout, mut position, mut expected) = (Layout::default(), 0, Vec::new());
        for member in &members {
            expected.push((position, member.size));
            position += layout.add(member, 7).len() as u64 + member.size;
        }
        let (padding, end) = layout.end(0);
        assert_eq!((padding, position + end.len() as u64), (0, length(members.iter())));
        assert_eq!(read_end(&end, position), (position, members.len() as u64));
        assert_eq!(read_directory(&end), expected);
    }
}

#[test]
fn zeros_take_the_space_of_files_that_are_left_out() {
    for sizes in [vec![10, 20, 30], vec![0xFFFF_0000, 0xFF00, 100, 4], vec![5 << 30, 5 << 30, 3]] {
        let members: Vec<Member> = sizes.iter().map(|size| member("a.jpg", *size)).collect();
        let promised = length(members.iter());
        for left_out in 0..members.len() {
            let (mut layout, mut position) = (Layout::default(), 0);
            for (index, member) in members.iter().enumerate() {
                if index != left_out {
                    position += layout.add(member, 7).len() as u64 + member.size;
                }
            }
            let (padding, end) = layout.end(promised);
            assert_eq!(position + padding + end.len() as u64, promised, "{sizes:?} {left_out}");
            let start = position + padding;
            assert_eq!(read_end(&end, start), (start, members.len() as u64 - 1));
        }
    }
}

#[test]
fn times_are_clamped_to_the_formats_range() {
    let shown = |text: &str| {
        let time = dos_time(Timestamp::parse(text).unwrap());
        let part = |shift: u32, bits: u32| time >> shift & ((1 << bits) - 1);
        (1980 + part(25, 7), part(21, 4), part(16, 5), part(11, 5), part(5, 6), 2 * part(0, 5))
    };
    assert_eq!(shown("2026-11-23T18:04:09"), (2026, 11, 23, 18, 4, 8));
    assert_eq!(shown("1970-01-01"), (1980, 1, 1, 0, 0, 0));
    assert_eq!(shown("2500-01-01"), (2107, 12, 31, 23, 59, 58));
}
