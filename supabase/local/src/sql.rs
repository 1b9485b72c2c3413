//! Finds the statements of an SQL file: for the line of an error and for the CLI's bookkeeping table.
//! The files themselves are sent whole, so an odd file costs at most a wrong line number.

/// A statement and where it begins in its file.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Without the closing semicolon and without space around it.
    pub text: &'a str,
    /// Line of its first word, counted from 1.
    pub line: usize,
}

/// The statements of `sql`. Semicolons inside quotes, dollar quotes and comments, and between
/// `begin atomic` and its `end`, do not separate.
pub fn statements(sql: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut atomic_depth = 0usize;
    let mut last_word = String::new();
    while at < sql.len() {
        let rest = &sql[at..];
        if let Some(length) = quoted_length(sql, at) {
            at += length;
        } else if rest.starts_with(';') {
            if atomic_depth == 0 {
                push(&mut found, sql, start, at);
                start = at + 1;
            }
            at += 1;
        } else if let Some(length) = word_length(rest) {
            let word = rest[..length].to_ascii_lowercase();
            match word.as_str() {
                "atomic" if last_word == "begin" => atomic_depth = 1,
                "case" if atomic_depth > 0 => atomic_depth += 1,
                "end" if atomic_depth > 0 => atomic_depth -= 1,
                _ => {}
            }
            last_word = word;
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    push(&mut found, sql, start, sql.len());
    found
}

/// Line, counted from 1, of the character at `position` (counted from 1, as Postgres counts).
pub fn line_of_position(sql: &str, position: usize) -> usize {
    1 + sql.chars().take(position.saturating_sub(1)).filter(|&character| character == '\n').count()
}

fn push<'a>(found: &mut Vec<Statement<'a>>, sql: &'a str, start: usize, end: usize) {
    let mut begin = start;
    // Comments in front of a statement belong to it, but its line is that of its first word.
    while begin < end {
        let rest = &sql[begin..end];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            begin += blank;
        } else if rest.starts_with("--") || rest.starts_with("/*") {
            begin += quoted_length(sql, begin).unwrap_or(end - begin).min(end - begin);
        } else {
            break;
        }
    }
    if begin < end {
        let line = 1 + sql[..begin].matches('\n').count();
        found.push(Statement { text: sql[begin..end].trim(), line });
    }
}

/// Bytes of the quoted or commented stretch that begins at `at`, if one does.
fn quoted_length(sql: &str, at: usize) -> Option<usize> {
    let rest = &sql[at..];
    if rest.starts_with("--") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    if rest.starts_with('\'') {
        let before = &sql[..at];
        let escapes = before.ends_with(['e', 'E'])
            && !before[..before.len() - 1]
                .ends_with(|character: char| character.is_alphanumeric() || character == '_');
        return Some(string_length(rest, escapes));
    }
    if let Some(inside) = rest.strip_prefix('"') {
        return Some(inside.find('"').map_or(rest.len(), |end| end + 2));
    }
    if let Some(inside) = rest.strip_prefix('$') {
        let tag_end = inside.find('$')? + 2;
        let tag = &rest[..tag_end];
        let name = &tag[1..tag_end - 1];
        let is_tag = name.chars().all(|character| character.is_alphanumeric() || character == '_')
            && !name.starts_with(|character: char| character.is_ascii_digit());
        if is_tag {
            return Some(rest[tag_end..].find(tag).map_or(rest.len(), |end| tag_end + end + tag.len()));
        }
    }
    None
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string_length(rest: &str, escapes: bool) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Bytes of the word that `rest` begins with, if it begins with one.
fn word_length(rest: &str) -> Option<usize> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    rest.starts_with(is_word).then(|| rest.find(|character| !is_word(character)).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_separate() {
        assert_eq!(
            texts("select 'a;b'; select \"c;d\" -- e;f\n; /* g; /* h; */ */ select 1"),
            ["select 'a;b'", "select \"c;d\" -- e;f", "select 1"]
        );
        assert_eq!(texts("select E'it\\'s;'; select 'it''s;'"), ["select E'it\\'s;'", "select 'it''s;'"]);
        assert_eq!(
            texts("do $x$ begin; $$ ; end $x$; select $1;"),
            ["do $x$ begin; $$ ; end $x$", "select $1"]
        );
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        let sql = "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3";
        assert_eq!(texts(sql).len(), 2);
    }

    #[test]
    fn lines_point_at_the_first_word() {
        let found = statements("-- heading\n\nselect 1;\n-- why\nselect 2;\n");
        assert_eq!(found.iter().map(|statement| statement.line).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(line_of_position("a\nb\nc", 3), 2);
    }
}
