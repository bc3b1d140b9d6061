//! The configuration: `wayfare.toml` at the root. What isn't understood in it is refused by name, with its place; a
//! key that does nothing would be believed to do something.
//!
//! It says what its keys are and which values they take, and does nothing with them.

use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::{did_you_mean, near, visible};
use crate::driver::effects::http::Allow;
use crate::model::Length;

use super::place::{self, CONFIGURATION};
use super::stop::Stop;

/// The largest configuration that is read, in bytes (the limit `configuration size`).
const MAX_BYTES: u64 = 1 << 20;

/// All keys.
const KEYS: [&str; 3] = ["allow_files", "allow_net", "retention"];

/// What `wayfare.toml` says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// What runs may reach beyond public addresses.
    pub allow_net: Vec<String>,
    /// The folders besides its own that a run may read and write, absolute.
    pub allow_files: Vec<String>,
    /// How long runs are kept whose workflow says nothing of it.
    pub retention: Option<Length>,
}

impl Config {
    /// The configuration of the root of `file`, or of where we are. Where there is none, nothing is configured.
    pub fn of(file: Option<&Path>) -> Result<Config, Stop> {
        let path = place::root(file)?.join(CONFIGURATION);
        match std::fs::metadata(&path) {
            Ok(found) if found.len() > MAX_BYTES => {
                Err(Stop::wrong(format!("`{}` has more than {MAX_BYTES} bytes", path.display())))
            }
            Ok(_) => {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Stop::wrong(format!("`{}` can't be read: {error}", path.display())))?;
                Config::read(&text, &path)
            }
            Err(_) => Ok(Config::default()),
        }
    }

    /// Reads the text of the file at `path`; all that is wrong with it is told together.
    fn read(text: &str, path: &Path) -> Result<Config, Stop> {
        let reader = Reader { text, path };
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => return Err(reader.wrong(error.span().map_or(0, |span| span.start), error.message())),
        };
        let mut config = Config::default();
        let mut wrong: Option<Stop> = None;
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            if let Err(stop) = config.key(&reader, key, value) {
                match &mut wrong {
                    Some(all) => all.errors.extend(stop.errors),
                    None => wrong = Some(stop),
                }
            }
        }
        wrong.map_or(Ok(config), Err)
    }

    fn key(&mut self, reader: &Reader<'_>, key: &Key<'_>, value: &Given<'_>) -> Result<(), Stop> {
        match &**key.get_ref() {
            "allow_net" => self.allow_net = reader.allow_net(value)?,
            "allow_files" => self.allow_files = reader.allow_files(value)?,
            "retention" => self.retention = Some(reader.length("retention", value)?),
            other => return Err(reader.unknown(key.span().start, other)),
        }
        Ok(())
    }
}

type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;
type Given<'t> = Spanned<DeValue<'t>>;

struct Reader<'t> {
    text: &'t str,
    path: &'t Path,
}

impl Reader<'_> {
    /// What is wrong at that byte.
    fn wrong(&self, at: usize, what: &str) -> Stop {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        Stop::wrong(format!("{}:{line}:{column}: {what}", self.path.display()))
    }

    fn unknown(&self, at: usize, key: &str) -> Stop {
        let stop = self.wrong(at, &format!("there is no key `{}`", visible(key)));
        match near(key, KEYS) {
            Some(meant) => stop.help(did_you_mean(meant)),
            None => stop.help(format!("there are: {}", KEYS.join(", "))),
        }
    }

    /// The texts of a list.
    fn texts<'v>(&self, key: &str, value: &'v Given<'_>) -> Result<Vec<(usize, &'v str)>, Stop> {
        let odd = |found: &Given<'_>, wanted: &str| {
            let found_type = found.get_ref().type_str();
            self.wrong(found.span().start, &format!("`{key}` takes {wanted}, this is of type {found_type}"))
        };
        let items = value.get_ref().as_array().ok_or_else(|| odd(value, "a list of texts"))?;
        let text = |item: &'v Given<'_>| match item.get_ref().as_str() {
            Some(text) => Ok((item.span().start, text)),
            None => Err(odd(item, "texts")),
        };
        items.iter().map(text).collect()
    }

    /// Folders, as they are or below the root.
    fn allow_files(&self, value: &Given<'_>) -> Result<Vec<String>, Stop> {
        let root = self.path.parent().unwrap_or(Path::new("/"));
        let folder = |(at, text): (usize, &str)| {
            let is_plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
            let asked = root.join(text);
            match !text.is_empty() && asked.components().all(is_plain) {
                true => Ok(asked.components().collect::<PathBuf>().to_string_lossy().into_owned()),
                false => Err(self.wrong(at, &format!("`allow_files`: `{}` is no folder without `..`", visible(text)))),
            }
        };
        self.texts("allow_files", value)?.into_iter().map(folder).collect()
    }

    fn length(&self, key: &str, value: &Given<'_>) -> Result<Length, Stop> {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            let found = value.get_ref().type_str();
            return Err(self.wrong(at, &format!("`{key}` takes a text such as \"30d\", this is of type {found}")));
        };
        let length = text.parse::<Length>().ok().filter(|length| length.ms() >= 0);
        length.ok_or_else(|| self.wrong(at, &format!("`{key}`: `{}` is no duration", visible(text))))
    }

    fn allow_net(&self, value: &Given<'_>) -> Result<Vec<String>, Stop> {
        let rule = |(at, text): (usize, &str)| match text.parse::<Allow>() {
            Ok(rule) => Ok(rule.to_string()),
            Err(error) => Err(self.wrong(at, &format!("`allow_net`: {error}"))),
        };
        self.texts("allow_net", value)?.into_iter().map(rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, Vec<String>> {
        Config::read(text, Path::new("wayfare.toml")).map_err(|stop| stop.errors.into_iter().chain(stop.help).collect())
    }

    #[test]
    fn folders_and_lengths_are_read() {
        let at = |text| Config::read(text, Path::new("/root/wayfare.toml"));
        let config = at("allow_files = [\"/srv/reports\", \"out/./x/\"]\nretention = \"30d\"").expect("good");
        assert_eq!(config.allow_files, ["/srv/reports", "/root/out/x"]);
        assert_eq!(config.retention, "30d".parse().ok());
        for (text, said) in [
            ("allow_files = [\"../x\"]", "wayfare.toml:1:16: `allow_files`: `../x` is no folder without `..`"),
            ("allow_files = \"x\"", "wayfare.toml:1:15: `allow_files` takes a list of texts, this is of type string"),
            ("retention = 30", "wayfare.toml:1:13: `retention` takes a text such as \"30d\", this is of type integer"),
            ("retention = \"-1d\"", "wayfare.toml:1:13: `retention`: `-1d` is no duration"),
        ] {
            assert_eq!(read(text).expect_err(text)[0], said);
        }
    }

    #[test]
    fn rules_are_read() {
        let text = "# the house\nallow_net = [\n  \"db.internal:5432\", # the database\n  \"10.0.0.0/8\",\n]\n";
        assert_eq!(read(text).expect("good").allow_net, ["db.internal:5432", "10.0.0.0/8"]);
        assert_eq!(read(""), Ok(Config::default()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            ("allow_net = 1", "wayfare.toml:1:13: `allow_net` takes a list of texts, this is of type integer"),
            ("allow_net = [\n  1]", "wayfare.toml:2:3: `allow_net` takes texts, this is of type integer"),
            ("allow_net = [\"x y\"]", "wayfare.toml:1:14: `allow_net`: `x y` names no host and no network"),
            ("x = 1\nallow-net = []", "wayfare.toml:1:1: there is no key `x`"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).expect_err(text)[0], message);
        }
        assert_eq!(read("allow-net = []").expect_err("unknown")[1], "did you mean `allow_net`?");
        let broken = read("allow_net = [").expect_err("broken");
        assert!(broken[0].starts_with("wayfare.toml:1:"), "{broken:?}");
    }
}
