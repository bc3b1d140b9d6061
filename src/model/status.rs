//! Where a run and a step stand, in the words that people and other programs see.

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The status of that name.
            pub fn named(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|s| s.word() == word)
            }
        }
    };
}

statuses! {
    /// The status of a run.
    RunStatus {
        Queued = "queued",
        Running = "running",
        Waiting = "waiting",
        Paused = "paused",
        Succeeded = "succeeded",
        Failed = "failed",
        Stopped = "stopped",
        NeedsAttention = "needs_attention",
    }
}

statuses! {
    /// The status of a step.
    StepStatus {
        Scheduled = "scheduled",
        Running = "running",
        Retrying = "retrying",
        Waiting = "waiting",
        Succeeded = "succeeded",
        Failed = "failed",
        Stopped = "stopped",
        Undone = "undone",
    }
}

impl RunStatus {
    /// Whether nothing can happen to the run any more.
    pub fn is_ended(self) -> bool {
        match self {
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Stopped => true,
            RunStatus::Queued
            | RunStatus::Running
            | RunStatus::Waiting
            | RunStatus::Paused
            | RunStatus::NeedsAttention => false,
        }
    }
}
