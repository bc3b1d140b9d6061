//! As much of Rust's text as the layers' test needs: code without comments and texts, paths, `match` arms.

/// A file's text in which comments and the insides of texts are blanks, at the same places.
pub struct Code {
    text: String,
    /// From where on the file's own tests are.
    tests: usize,
}

/// A `match` with the pattern of each arm and where it begins.
pub struct Match {
    pub arms: Vec<(usize, String)>,
}

impl Code {
    pub fn of(text: &str) -> Code {
        let text = blanked(text);
        let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        Code { text, tests }
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    pub fn is_in_tests(&self, offset: usize) -> bool {
        offset >= self.tests
    }

    /// The modules in files of their own that are there for tests alone.
    pub fn test_modules(&self) -> Vec<String> {
        let parts = self.text.split("#[cfg(test)]").skip(1);
        let names = parts.filter_map(|part| part.trim_start().trim_start_matches("pub ").strip_prefix("mod "));
        names
            .filter_map(|rest| rest.split_once(';'))
            .map(|(name, _)| name.to_string())
            .filter(|n| !n.contains('{'))
            .collect()
    }

    /// Where `word` stands by itself.
    pub fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        self.text.match_indices(word).map(|(at, _)| at).filter(move |at| {
            let before = self.text[..*at].chars().next_back();
            let after = self.text[at + word.len()..].chars().next();
            let ends = word.ends_with(|c| !is_part(c)) || !after.is_some_and(is_part);
            !before.is_some_and(is_part) && ends
        })
    }

    /// Where a path begins with the crate `name`: `name::…`, `::name::…`, `use name;`.
    pub fn roots<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.words(name).filter(move |at| {
            let before = self.text[..*at].trim_end();
            let outer = before.strip_suffix("::").map(str::trim_end);
            let is_root =
                outer.is_none_or(|outer| !outer.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>'));
            let after = self.text[at + name.len()..].trim_start();
            let is_use = before.ends_with("use") && (after.starts_with(';') || after.starts_with(" as"));
            is_root && (after.starts_with("::") || is_use)
        })
    }

    /// The first names of all paths that begin with `root::`, those in braces included.
    pub fn named(&self, root: &str) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        for at in self.words(root) {
            let Some(rest) = self.text[at + root.len()..].strip_prefix("::") else { continue };
            match rest.strip_prefix('{') {
                Some(group) => all.extend(parts(group, '}').into_iter().map(|part| (at, first_word(&part)))),
                None => all.push((at, first_word(rest))),
            }
        }
        all.retain(|(_, name)| !name.is_empty());
        all
    }

    /// Where `super::` stands, with how many of them follow each other.
    pub fn climbs(&self) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let mut past = 0;
        for at in self.words("super").filter(|at| self.text[at + 5..].starts_with("::")) {
            if at >= past {
                let rest = &self.text[at..];
                let count = (0..).take_while(|n| rest[n * 7..].starts_with("super::")).count();
                past = at + count * 7;
                all.push((at, count));
            }
        }
        all
    }

    /// Where a `use` takes everything: nothing else has a star behind two colons.
    pub fn stars(&self) -> impl Iterator<Item = usize> {
        self.text.match_indices("::*").map(|(at, _)| at)
    }

    pub fn matches(&self) -> Vec<Match> {
        self.words("match").filter_map(|at| self.arms(at + 5)).collect()
    }

    /// The arms of the `match` whose head begins at `at`.
    fn arms(&self, at: usize) -> Option<Match> {
        let open = at + brace(&self.text[at..])?;
        let mut arms = Vec::new();
        let mut at = open + 1;
        loop {
            at += self.text[at..].len() - self.text[at..].trim_start_matches([' ', '\n', ',']).len();
            if self.text[at..].starts_with('}') || at >= self.text.len() {
                return Some(Match { arms });
            }
            let arrow = at + top_level(&self.text[at..], "=>")?;
            let pattern = self.text[at..arrow].trim().trim_start_matches(['|', '&', ' ']).to_string();
            arms.push((at, pattern));
            at = after_arm(&self.text, arrow + 2);
        }
    }
}

/// Where the block that follows a head begins: the first `{` outside of brackets.
fn brace(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth <= 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where `sign` first stands outside of all brackets; none where those around end before.
fn top_level(text: &str, sign: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        if depth == 0 && text[at..].starts_with(sign) {
            return Some(at);
        }
        depth += match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        if depth < 0 {
            return None;
        }
    }
    None
}

/// Where the arm whose body begins at `at` has ended.
fn after_arm(text: &str, at: usize) -> usize {
    let start = at + text[at..].len() - text[at..].trim_start().len();
    let is_block = text[start..].starts_with('{');
    let mut depth = 0_i32;
    for (i, c) in text[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => return start + i + 1,
            _ => {}
        }
        if depth < 0 {
            return start + i;
        }
        if is_block && depth == 0 && c == '}' {
            return start + i + 1;
        }
    }
    text.len()
}

/// The parts of a group in braces, divided by commas.
fn parts(group: &str, close: char) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            c if c == close => return all,
            ',' if depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = all.last_mut() {
            part.push(c);
        }
    }
    all
}

fn first_word(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The text with comments and the insides of texts and characters as blanks.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = if chars[at] == '/' && chars.get(at + 1) == Some(&'/') {
            (at..chars.len()).find(|i| chars[*i] == '\n').unwrap_or(chars.len())
        } else if chars[at] == '/' && chars.get(at + 1) == Some(&'*') {
            comment_end(&chars, at)
        } else if let Some(end) = raw_end(&chars, at) {
            end
        } else if chars[at] == '"' {
            quoted_end(&chars, at, '"')
        } else if chars[at] == '\'' && is_char(&chars, at) {
            quoted_end(&chars, at, '\'')
        } else {
            out.push(chars[at]);
            at += 1;
            continue;
        };
        chars[at..end].iter().for_each(|c| blank(&mut out, *c));
        at = end;
    }
    out
}

/// As many bytes as the character has, so that offsets stay.
fn blank(out: &mut String, c: char) {
    if c == '\n' {
        out.push('\n');
    } else {
        out.push_str(&" ".repeat(c.len_utf8()));
    }
}

fn comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"`, `r#"…"#` and the like.
fn raw_end(chars: &[char], at: usize) -> Option<usize> {
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
    let begins = chars[at] == 'r' && !(at > 0 && is_part(&chars[at - 1]) && chars[at - 1] != 'b');
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if !begins || chars.get(at + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut i = at + 2 + hashes;
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(chars.len())
}

fn quoted_end(chars: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// A character, not a lifetime.
fn is_char(chars: &[char], at: usize) -> bool {
    chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_say_nothing() {
        let code = Code::of(
            "// crate::a\n/* crate::b /* */ */ let s = \"crate::c\\\"\"; let r = r#\"crate::d\"#; 'x'; '\\''; x::<'a>(crate::e)",
        );
        assert_eq!(code.named("crate"), [(code.text.find("crate").expect("one"), "e".to_string())]);
    }

    #[test]
    fn groups_and_climbs_are_seen() {
        let code = Code::of("use crate::{a, b::{c, d}, e};\nuse super::super::x;\nuse super::y;\n");
        let names: Vec<String> = code.named("crate").into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "b", "e"]);
        assert_eq!(code.climbs().into_iter().map(|(_, n)| n).collect::<Vec<_>>(), [2, 1]);
        let roots = Code::of("redb::x(); ::redb::y(); tables::redb::z(); use redb; self.redb.q(); redbx::a()");
        assert_eq!(roots.roots("redb").count(), 3);
    }

    #[test]
    fn arms_are_seen_whatever_their_bodies() {
        let code = Code::of(
            "match f(x) {\n  Event::A { .. } | Event::B => { match y { 1 => 2, _ => 3 } }\n  Event::C(z) if z => g(1, 2),\n  _ => {}\n}",
        );
        let matches = code.matches();
        let patterns: Vec<Vec<&str>> =
            matches.iter().map(|m| m.arms.iter().map(|(_, arm)| arm.as_str()).collect()).collect();
        assert_eq!(patterns, [vec!["Event::A { .. } | Event::B", "Event::C(z) if z", "_"], vec!["1", "_"]]);
        let stars = Code::of("use a::*;\nlet x = *b::c * d;\npub use d::{e, f::*};");
        assert_eq!(stars.stars().count(), 2);
    }
}
