//! Characters that are typed or pasted by mistake, by their names, and what was meant.

/// What to say of a character that has no place outside strings and comments.
pub(super) struct Glyph {
    pub name: &'static str,
    /// What to write instead; empty where it is to be taken out.
    pub instead: &'static str,
}

/// The characters that people meet; any other is told by its number alone.
pub(super) fn glyph(c: char) -> Option<Glyph> {
    let (name, instead) = match c {
        '\0' => ("NULL", ""),
        '\u{B}' => ("LINE TABULATION", ""),
        '\u{C}' => ("FORM FEED", ""),
        '\u{1B}' => ("ESCAPE", ""),
        '\u{7F}' => ("DELETE", ""),
        '\u{85}' => ("NEXT LINE", ""),
        '\u{A0}' => ("NO-BREAK SPACE", " "),
        '\u{AD}' => ("SOFT HYPHEN", ""),
        '\u{B4}' => ("ACUTE ACCENT", "`"),
        '\u{D7}' => ("MULTIPLICATION SIGN", "*"),
        '\u{F7}' => ("DIVISION SIGN", "/"),
        '\u{37E}' => ("GREEK QUESTION MARK", ";"),
        '\u{2000}'..='\u{200A}' => ("a typographic SPACE", " "),
        '\u{200B}' => ("ZERO WIDTH SPACE", ""),
        '\u{200C}' => ("ZERO WIDTH NON-JOINER", ""),
        '\u{200D}' => ("ZERO WIDTH JOINER", ""),
        '\u{200E}' => ("LEFT-TO-RIGHT MARK", ""),
        '\u{200F}' => ("RIGHT-TO-LEFT MARK", ""),
        '\u{2010}' | '\u{2011}' => ("HYPHEN", "-"),
        '\u{2012}' => ("FIGURE DASH", "-"),
        '\u{2013}' => ("EN DASH", "-"),
        '\u{2014}' => ("EM DASH", "-"),
        '\u{2018}' => ("LEFT SINGLE QUOTATION MARK", "\""),
        '\u{2019}' => ("RIGHT SINGLE QUOTATION MARK", "\""),
        '\u{201C}' => ("LEFT DOUBLE QUOTATION MARK", "\""),
        '\u{201D}' => ("RIGHT DOUBLE QUOTATION MARK", "\""),
        '\u{201E}' => ("DOUBLE LOW-9 QUOTATION MARK", "\""),
        '\u{AB}' => ("LEFT-POINTING DOUBLE ANGLE QUOTATION MARK", "\""),
        '\u{BB}' => ("RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", "\""),
        '\u{2026}' => ("HORIZONTAL ELLIPSIS", "..."),
        '\u{2028}' => ("LINE SEPARATOR", ""),
        '\u{2029}' => ("PARAGRAPH SEPARATOR", ""),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => ("a mark of text direction", ""),
        '\u{202F}' => ("NARROW NO-BREAK SPACE", " "),
        '\u{205F}' => ("MEDIUM MATHEMATICAL SPACE", " "),
        '\u{2060}' => ("WORD JOINER", ""),
        '\u{2190}' => ("LEFTWARDS ARROW", "="),
        '\u{2192}' => ("RIGHTWARDS ARROW", "=>"),
        '\u{2212}' => ("MINUS SIGN", "-"),
        '\u{2260}' => ("NOT EQUAL TO", "!="),
        '\u{2264}' => ("LESS-THAN OR EQUAL TO", "<="),
        '\u{2265}' => ("GREATER-THAN OR EQUAL TO", ">="),
        '\u{3000}' => ("IDEOGRAPHIC SPACE", " "),
        '\u{FEFF}' => ("BYTE ORDER MARK", ""),
        '\u{FF01}' => ("FULLWIDTH EXCLAMATION MARK", "!"),
        '\u{FF08}' => ("FULLWIDTH LEFT PARENTHESIS", "("),
        '\u{FF09}' => ("FULLWIDTH RIGHT PARENTHESIS", ")"),
        '\u{FF0C}' => ("FULLWIDTH COMMA", ","),
        '\u{FF1A}' => ("FULLWIDTH COLON", ":"),
        '\u{FF1B}' => ("FULLWIDTH SEMICOLON", ";"),
        '\u{FF1D}' => ("FULLWIDTH EQUALS SIGN", "="),
        '\u{FFFD}' => ("REPLACEMENT CHARACTER", ""),
        _ => return None,
    };
    Some(Glyph { name, instead })
}

/// Whether it takes no visible place, so that a text reads the same without it.
pub(super) fn is_blank(c: char) -> bool {
    c.is_control() || c.is_whitespace() || glyph(c).is_some_and(|g| matches!(g.instead, "" | " "))
}

/// Whether it may stand within a word of some script.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{B7}')
}

/// The character as people may know it: `U+00A0 (NO-BREAK SPACE)`, `U+00E9 (é)`.
pub(super) fn named(c: char) -> String {
    match glyph(c) {
        Some(glyph) => format!("U+{:04X} ({})", u32::from(c), glyph.name),
        None if c.is_alphanumeric() => format!("`{c}` (U+{:04X})", u32::from(c)),
        None => format!("U+{:04X}", u32::from(c)),
    }
}
