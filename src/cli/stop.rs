//! Why a command ends without having done what was asked: what is said, what helps, which code it ends with.

use crate::diag::visible;
use crate::{driver, journal, source};

use super::console::Console;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Done,
    /// A run failed, was stopped, is paused or needs attention.
    Failed,
    /// The command line or a file is wrong.
    Wrong,
    /// The store can't be used.
    Store,
    /// By a signal; what was going on can be resumed.
    Interrupted,
    /// By a bug.
    Bug,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Wrong => 2,
            Exit::Store => 3,
            // What Rust itself ends a panic with.
            Exit::Bug => 101,
            Exit::Interrupted => 130,
        }
    }
}

/// What ends a command. Its texts are made harmless when they are shown, line by line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    pub exit: Exit,
    pub errors: Vec<String>,
    pub help: Option<String>,
}

impl Stop {
    pub fn new(exit: Exit, message: impl Into<String>) -> Stop {
        Stop { exit, errors: vec![message.into()], help: None }
    }

    /// The command line or a file is wrong.
    pub fn wrong(message: impl Into<String>) -> Stop {
        Stop::new(Exit::Wrong, message)
    }

    /// All has been said already.
    pub fn silent(exit: Exit) -> Stop {
        Stop { exit, errors: Vec::new(), help: None }
    }

    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Stop {
        Stop { help: Some(help.into()), ..self }
    }

    #[must_use]
    pub fn maybe_help(self, help: Option<impl Into<String>>) -> Stop {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Tells it on standard error.
    pub fn tell(&self, console: &Console) {
        for error in &self.errors {
            console.labelled(console.palette().error, "error", error);
        }
        if let Some(help) = &self.help {
            console.labelled(console.palette().help, "help", help);
        }
    }
}

impl From<source::LoadError> for Stop {
    fn from(error: source::LoadError) -> Stop {
        Stop::wrong(error.to_string())
    }
}

impl From<journal::Error> for Stop {
    fn from(error: journal::Error) -> Stop {
        Stop::from(&error)
    }
}

impl From<&journal::Error> for Stop {
    fn from(error: &journal::Error) -> Stop {
        Stop::new(Exit::Store, error.to_string()).maybe_help(error.help())
    }
}

impl From<driver::Error> for Stop {
    fn from(error: driver::Error) -> Stop {
        let message = error.to_string();
        match error {
            driver::Error::Store(error) => Stop::from(&*error),
            driver::Error::Inputs { problems, .. } => {
                let errors = problems.iter().map(ToString::to_string).collect();
                Stop { errors, ..Stop::silent(Exit::Wrong) }
            }
            driver::Error::NoWorkflow(_)
            | driver::Error::NoRun(_)
            | driver::Error::Beginning(_)
            | driver::Error::Refused { .. }
            | driver::Error::NotAgain { .. } => Stop::wrong(message),
            driver::Error::Corrupt { .. } | driver::Error::NoPlan { .. } | driver::Error::Program(_) => {
                let help = "the other runs of the store aren't concerned";
                Stop::new(Exit::Store, message).help(help)
            }
            driver::Error::Unkept(_) => {
                Stop::new(Exit::Store, message).help("the run can be resumed once there is room: wf resume")
            }
            driver::Error::Elsewhere { .. } => {
                Stop::wrong(message).help("it goes on there; `wf show RUN` tells how it stands")
            }
            driver::Error::Thread(_) | driver::Error::Gone => Stop::new(Exit::Store, message),
        }
    }
}

/// A text of several lines, each harmless.
pub fn safe_lines(text: &str) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    text.lines().map(visible)
}
