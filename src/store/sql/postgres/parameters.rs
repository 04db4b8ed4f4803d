//! Parameters as `PostgreSQL` numbers them: `$1` for `?1`.

/// The same statement with `$` before the numbers of its parameters. What stands in quotes is left as it is.
pub(super) fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote = None;
    for c in sql.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        text.push(if c == '?' && quote.is_none() { '$' } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_parameters_are_written_as_the_server_knows_them() {
        assert_eq!(numbered("select ?1, ?12 where a=?2"), "select $1, $12 where a=$2");
        assert_eq!(numbered("select '?1', \"?2\", ?3"), "select '?1', \"?2\", $3");
        // A quote within quotes is doubled.
        assert_eq!(numbered("select 'it''s ?1' || ?1"), "select 'it''s ?1' || $1");
        assert_eq!(numbered("select \"'\", ?1"), "select \"'\", $1");
    }
}
