//! Text of the user's made harmless for a terminal: what would move the cursor, change colours, reverse the
//! direction of writing or not be seen at all is written out.

use std::borrow::Cow;

/// How `c` is written where it must not be printed as it is; none for a character that may.
fn written_out(c: char) -> Option<String> {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).map(String::from),
        '\u{7f}' => Some("\u{2421}".into()),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{e000}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => Some(format!("<U+{:04X}>", c as u32)),
        _ => None,
    }
}

/// One line of text, safe to print. Line breaks and tabs are written out as well.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| written_out(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| push(&mut safe, c));
    Cow::Owned(safe)
}

/// Appends `c`, safe to print.
pub(super) fn push(to: &mut String, c: char) {
    match written_out(c) {
        Some(text) => to.push_str(&text),
        None => to.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn escapes_and_marks_are_written_out() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\u{241b}[31mb");
        assert_eq!(visible("\u{9b}31m"), "<U+009B>31m");
        assert_eq!(visible("x\u{202e}y\u{feff}"), "x<U+202E>y<U+FEFF>");
        assert_eq!(visible("a\tb\r\n"), "a\u{2409}b\u{240d}\u{240a}");
        assert_eq!(visible("é 漢字 🎉"), "é 漢字 🎉");
    }
}
