//! Where a token of rhai ends, given where it starts.
//!
//! rhai's tree knows only where things start. This is no second lexer: it is asked only about starts that rhai's
//! own lexer has reported, in texts that rhai has accepted. Invariant: an answer is a character's boundary behind
//! its start (or the text's end).

use super::limits::MAX_EXPRESSION_DEPTH;

/// The byte behind the token that starts at `at`.
pub(super) fn token_end(text: &str, at: usize) -> usize {
    end_within(text, at, 0)
}

/// As [`token_end`], within so many templates.
fn end_within(text: &str, at: usize, depth: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        None => text.len(),
        Some(b'"') => quoted_end(text, at + 1, b'"'),
        Some(b'`') => template_end(text, at, depth),
        Some(b'\'') => quoted_end(text, at + 1, b'\''),
        Some(b'#') if bytes.get(at + 1) != Some(&b'{') => raw_end(text, at),
        Some(b'-' | b'+') => {
            let blank = text[at + 1..].len() - text[at + 1..].trim_start().len();
            let number = text[at + 1 + blank..].starts_with(|c: char| c.is_ascii_digit());
            if number { end_within(text, at + 1 + blank, depth) } else { at + 1 }
        }
        Some(b'(') => text[at..].find(')').map_or(text.len(), |n| at + n + 1),
        Some(b) if b.is_ascii_digit() => number_end(bytes, at),
        Some(b) if is_word(*b) => word_end(bytes, at),
        Some(_) => at + text[at..].chars().next().map_or(1, char::len_utf8),
    }
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// The byte behind the name that starts at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| is_word(**b)).count()
}

fn number_end(bytes: &[u8], at: usize) -> usize {
    let mut end = word_end(bytes, at);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = word_end(bytes, end + 1);
    } else if bytes.get(end) == Some(&b'.') && !bytes.get(end + 1).is_some_and(|b| is_word(*b) || *b == b'.') {
        end += 1;
    }
    let exponent = matches!(bytes.get(end.wrapping_sub(1)), Some(b'e' | b'E')) && !bytes[at..end].starts_with(b"0x");
    if exponent && matches!(bytes.get(end), Some(b'-' | b'+')) {
        end = word_end(bytes, end + 1);
    }
    end
}

/// Behind the closing `quote`, where `at` is inside; doubled quotes and escapes don't close.
fn quoted_end(text: &str, mut at: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    while let Some(b) = bytes.get(at) {
        match *b {
            b'\\' => at += 2,
            b if b == quote && bytes.get(at + 1) == Some(&quote) && quote == b'"' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Behind a raw string, `#"…"#` with any number of `#`.
fn raw_end(text: &str, at: usize) -> usize {
    let marks = text[at..].bytes().take_while(|b| *b == b'#').count();
    if !text[at + marks..].starts_with('"') {
        return at + marks;
    }
    let close = format!("\"{}", "#".repeat(marks));
    let inside = at + marks + 1;
    text[inside..].find(&close).map_or(text.len(), |n| inside + n + close.len())
}

/// Behind the closing backtick of the template that starts at `at`. In its text only `\${` is an escape.
fn template_end(text: &str, at: usize, depth: usize) -> usize {
    let bytes = text.as_bytes();
    if depth > MAX_EXPRESSION_DEPTH {
        return text.len();
    }
    let mut at = at + 1;
    while let Some(b) = bytes.get(at) {
        match (*b, bytes.get(at + 1)) {
            (b'\\', Some(b'$')) if bytes.get(at + 2) == Some(&b'{') => at += 3,
            (b'`', Some(b'`')) => at += 2,
            (b'`', _) => return at + 1,
            (b'$', Some(b'{')) => at = braces_end(text, at + 2, depth + 1),
            _ => at += 1,
        }
    }
    text.len()
}

/// What stands between `${` and `}`, both included, for each of the template that starts at `at`.
pub(super) fn holes(text: &str, at: usize) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut holes) = (at + 1, Vec::new());
    while let Some(b) = bytes.get(at) {
        match (*b, bytes.get(at + 1)) {
            (b'\\', Some(b'$')) if bytes.get(at + 2) == Some(&b'{') => at += 3,
            (b'`', Some(b'`')) => at += 2,
            (b'`', _) => break,
            (b'$', Some(b'{')) => {
                let end = braces_end(text, at + 2, 1);
                holes.push(at..end);
                at = end;
            }
            _ => at += 1,
        }
    }
    holes
}

/// The backslashes of `\${` in templates: rhai doesn't count them in its columns.
pub(super) fn uncounted(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    if text.contains("\\${") {
        tokens_with_escapes(text, 0, text.len(), &mut found, 0);
    }
    found
}

fn tokens_with_escapes(text: &str, from: usize, to: usize, found: &mut Vec<usize>, depth: usize) {
    let mut at = next_token(text, from);
    while at < to && depth <= MAX_EXPRESSION_DEPTH {
        let end = end_within(text, at, depth);
        if text[at..].starts_with('`') {
            template_escapes(text, at, end, found, depth);
        }
        at = next_token(text, if text[at..].starts_with('(') { at + 1 } else { end });
    }
}

fn template_escapes(text: &str, start: usize, end: usize, found: &mut Vec<usize>, depth: usize) {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while at + 1 < end {
        if text.as_bytes()[at..].starts_with(b"\\${") {
            found.push(at);
            at += 3;
        } else if bytes[at..].starts_with(b"${") {
            let close = braces_end(text, at + 2, depth + 1);
            tokens_with_escapes(text, at + 2, close.min(end), found, depth + 1);
            at = close;
        } else {
            at += 1;
        }
    }
}

/// Behind the `}` that closes what was opened before `at`.
fn braces_end(text: &str, mut at: usize, within: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 1;
    while let Some(b) = bytes.get(at) {
        match (*b, bytes.get(at + 1)) {
            (b'"' | b'`' | b'\'', _) => {
                at = end_within(text, at, within);
                continue;
            }
            (b'#', Some(b'"' | b'#')) => {
                at = raw_end(text, at);
                continue;
            }
            (b'/', Some(b'/')) => {
                at = text[at..].find('\n').map_or(text.len(), |n| at + n);
                continue;
            }
            (b'/', Some(b'*')) => {
                at = comment_end(text, at);
                continue;
            }
            (b'{', _) => depth += 1,
            (b'}', _) => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Behind the block comment that starts at `at`; they nest.
fn comment_end(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0;
    while let Some(b) = bytes.get(at) {
        match (*b, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
            (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Where the first token behind `at` starts: blanks and comments are skipped.
pub(super) fn next_token(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(b) = bytes.get(at) {
        match (*b, bytes.get(at + 1)) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => at += 1,
            (b'/', Some(b'/')) => at = text[at..].find('\n').map_or(text.len(), |n| at + n),
            (b'/', Some(b'*')) => at = comment_end(text, at),
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{next_token, token_end, uncounted};

    #[test]
    fn tokens_end_where_they_end() {
        let cases = [
            ("12 + 3", "12"),
            ("1.5e-3)", "1.5e-3"),
            ("1..5", "1"),
            ("1.max(2)", "1"),
            ("0xe-1", "0xe"),
            ("- 12]", "- 12"),
            (r#""a\"b" + c"#, r#""a\"b""#),
            (r#""a""b" + c"#, r#""a""b""#),
            ("'x' + c", "'x'"),
            ("##\"a\"#b\"## + c", "##\"a\"#b\"##"),
            ("`a${ `x}` + \"}\" /* } */ }b` + c", "`a${ `x}` + \"}\" /* } */ }b`"),
            (r"`a\${b` + c", r"`a\${b`"),
            (r"`a\` + c", r"`a\`"),
            ("`a``b` + c", "`a``b`"),
            ("name.x", "name"),
            ("é", "é"),
        ];
        for (text, token) in cases {
            assert_eq!(&text[..token_end(text, 0)], token);
        }
        assert_eq!(next_token(" // x\n /* /* */ */ y", 0), 20 - 1);
    }

    #[test]
    fn escapes_that_rhai_does_not_count() {
        assert_eq!(uncounted(r#"`\${a} ${"\${" + `\${`} \$ \${` + "\${""#), [1, 18, 27]);
        assert_eq!(uncounted(r"f(`\${x}`)"), [3]);
    }

    #[test]
    fn ends_are_boundaries_also_in_torn_texts() {
        for text in ["\"é\\", "`${", "#\"é", "/* é", "'é", "`é${\"é", "\\é"] {
            for (at, _) in text.char_indices() {
                let end = token_end(text, at);
                assert!(end > at && text.is_char_boundary(end.min(text.len())) && end <= text.len(), "{text} at {at}");
            }
        }
    }
}
