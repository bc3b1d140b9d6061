//! The examples of the language's page.

use super::parsed;

#[test]
fn the_examples_of_the_page_parse() {
    for text in [include_str!("files/whole.wf"), include_str!("files/action.wf")] {
        let parsed = parsed(text);
        assert_eq!(parsed.diagnostics, vec![]);
        eprintln!("{:#?}", parsed.file);
    }
}
