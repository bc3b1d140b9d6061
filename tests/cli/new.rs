//! `wf new`: what it makes works as it is.

use std::path::Path;

use super::{Folder, Said};

/// What the README of the folder tells to type, in order.
fn told(folder: &Folder, dir: &str) -> Vec<Vec<String>> {
    let readme = folder.read(&format!("{dir}/README.md"));
    let mut blocks = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => {
                let command = line.split('#').next().unwrap_or_default();
                let mut words = command.split_whitespace();
                assert_eq!(words.next(), Some("wf"), "{line}");
                blocks.push(words.map(str::to_string).collect());
            }
            _ => {}
        }
    }
    blocks
}

fn within(folder: &Folder, dir: &str, arguments: &[String]) -> Said {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = folder.command(&arguments);
    command.current_dir(folder.path().join(dir));
    super::finish(command.spawn().expect("wf starts"))
}

#[test]
fn all_that_the_readme_says_works() {
    let folder = Folder::new();
    folder.wf(&["new", "My Greeter"]).ended(0).prints(&["my_greeter.wf", "cd 'My Greeter'", "wf run my_greeter.wf"]);
    let commands = told(&folder, "My Greeter");
    assert!(commands.len() >= 5, "{commands:?}");
    for command in &commands {
        let said = within(&folder, "My Greeter", command);
        assert_eq!(said.code, Some(0), "{command:?}: {said:?}");
        match command[0].as_str() {
            "check" => assert!(said.err.is_empty() || !said.err.contains("warning"), "{said:?}"),
            "run" => assert!(said.out.contains("\"greeting\": \"Hello Ada, from "), "{said:?}"),
            "logs" => assert!(said.out.contains("the greeting is in "), "{said:?}"),
            _ => {}
        }
    }
    assert!(Path::new(&folder.path().join("My Greeter/.wayfare")).is_dir(), "the folder is its own root");
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = Folder::with("x");
    folder.wf(&["new", "."]).ended(2).tells(&["the folder `.` isn't empty", "an empty one"]);
    folder.wf(&["new", "a.wf"]).ended(2).tells(&["`a.wf` is no folder"]);
    assert_eq!(folder.read("a.wf"), "x");
    let empty = Folder::new();
    empty.wf(&["new", "."]).ended(0);
    assert!(empty.path().join("README.md").is_file());
    empty.wf(&["new", "."]).ended(2);
}

#[test]
fn what_was_made_is_told_as_json_too() {
    let folder = Folder::new();
    let made = folder.json(&["new", "deep/for", "--json"]);
    assert_eq!((&made["workflow"], &made["folder"]), (&"for_workflow".into(), &"deep/for".into()));
    for file in made["files"].as_array().expect("a list") {
        assert!(folder.path().join("deep/for").join(file.as_str().expect("a name")).is_file(), "{file}");
    }
}
