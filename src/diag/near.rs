//! The nearest known name to one that isn't known: a suggestion, or none where nothing is near.

/// Names longer than this (in bytes) get no suggestion, and are none.
const MAX_NAME_BYTES: usize = 64;

/// How many candidates are looked at (the limit `candidates`); past it the time would be felt.
const MAX_CANDIDATES: usize = 2_000;

/// The candidate that `name` was probably meant to be: the same but for case, else the one with the fewest edits
/// (insertion, deletion, change, two letters swapped), at most one in three letters. Of equals the one of like length is taken.
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let allowed = (name.chars().count() / 3).max(1);
    let known = candidates.into_iter().take(MAX_CANDIDATES).filter(|c| worth_a_look(name, c, allowed));
    let rated = known.map(|c| (distance(name, c), c)).filter(|(far, _)| *far <= allowed);
    rated.min_by_key(|(far, c)| (*far, c.len().abs_diff(name.len()))).map(|(_, c)| c)
}

/// Whether the lengths alone don't rule it out.
fn worth_a_look(name: &str, candidate: &str, allowed: usize) -> bool {
    candidate != name && candidate.len() <= MAX_NAME_BYTES && candidate.len().abs_diff(name.len()) <= allowed * 4
}

fn distance(name: &str, candidate: &str) -> usize {
    let (a, b) = (name.to_lowercase(), candidate.to_lowercase());
    // A name of one letter is near to every other one: only its case may differ.
    if a != b && name.chars().count() < 2 { usize::MAX } else { strsim::osa_distance(&a, &b) }
}

/// The sentence of help for a suggestion.
pub fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn the_nearest_name_is_found() {
        let known = ["health", "healthy", "service", "replicas", "go"];
        assert_eq!(near("heatlh", known), Some("health"));
        assert_eq!(near("Service", known), Some("service"));
        assert_eq!(near("replica", known), Some("replicas"));
        assert_eq!(near("healthi", known), Some("healthy"));
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        assert_eq!(near("x", ["y"]), None);
        assert_eq!(near("alpha", ["omega"]), None);
        assert_eq!(near(&"a".repeat(1_000), ["b"]), None);
        assert_eq!(near("a", []), None);
    }
}
