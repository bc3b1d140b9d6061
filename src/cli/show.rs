//! `wf show`: one run as people read it, or in its whole shape.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::model::{RunStatus, RunSummary, StepStatus, Time, Value};
use crate::program::plan::Param;
use crate::story::{End, StepTold, Story, Wait, WaitKind};

use super::args;
use super::console::{Console, Palette, styled};
use super::place;
use super::progress::seconds;
use super::runs::{moment, status_style};
use super::stop::{Exit, Stop};
use super::table::{self, Cell};
use super::{failure, names, store, told};

/// How many steps are shown: the first and the last of more than that.
const MAX_STEPS: usize = 200;

/// How many child runs are shown.
const MAX_CHILDREN: usize = 50;

/// How many messages that no wait has taken are shown.
const MAX_MESSAGES: usize = 20;

/// How much of a value is shown on its line, in characters.
const MAX_VALUE_CHARS: usize = 400;

/// How much of what came of a step is shown on its line, in characters.
const MAX_NOTE_CHARS: usize = 60;

/// The parameters of each signal.
type Signals = BTreeMap<Arc<str>, Vec<Param>>;

pub fn show(console: &Console, data: Option<&Path>, args: &args::Named) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    let journal = store::look(&data, console)?;
    let run = names::find(journal.as_deref(), &args.run)?;
    let Some(journal) = journal else { return Ok(Exit::Wrong) };
    if console.json {
        console.print_json(&told::shape(&*journal, run.id)?)?;
        return Ok(Exit::Done);
    }
    let story = told::story(&*journal, run.id)?;
    let children = journal.children(run.id, None, MAX_CHILDREN + 1)?;
    let signals = told::signals(&*journal, &run)?;
    console.print(&whole(&run, &story, &children, &signals, console.out_palette()))?;
    if let Some((_, End::Failed(error) | End::NeedsAttention(error))) = &story.end {
        let text = failure::text(&*journal, &run, error, console.out_palette());
        console.print(&format!("\n{text}\n"))?;
    }
    Ok(Exit::Done)
}

fn whole(run: &RunSummary, story: &Story, children: &[RunSummary], signals: &Signals, colours: &Palette) -> String {
    let mut text = head(run, story, colours);
    if !story.steps.is_empty() {
        text.push_str(&format!("\n{}\n{}", styled(colours.strong, "steps"), steps(&story.steps, colours)));
    }
    let waiting = story.waiting();
    if !waiting.is_empty() {
        text.push_str(&format!("\n{}\n", styled(colours.strong, "waits for")));
        let now = SystemClock.now();
        waiting.iter().for_each(|wait| text.push_str(&format!("  {}\n", visible(&waits_for(wait, signals, now)))));
    }
    if !story.untaken.is_empty() {
        text.push_str(&format!("\n{}\n", styled(colours.strong, "signals that no wait took")));
        for message in story.untaken.iter().take(MAX_MESSAGES) {
            let told = format!("{} from {}: {}", message.name, message.source, shown(&message.parameters));
            text.push_str(&format!("  {}\n", visible(&told)));
        }
        if story.untaken.len() > MAX_MESSAGES {
            text.push_str("  … and more\n");
        }
    }
    if !children.is_empty() {
        text.push_str(&format!("\n{}\n", styled(colours.strong, "called")));
        for child in children.iter().take(MAX_CHILDREN) {
            let status = styled(status_style(child.status, colours), child.status.word());
            text.push_str(&format!("  {}  {}  {status}\n", names::short(child.id), visible(&child.workflow)));
        }
        if children.len() > MAX_CHILDREN {
            text.push_str("  … and more\n");
        }
    }
    text
}

fn head(run: &RunSummary, story: &Story, colours: &Palette) -> String {
    let status = match &story.end {
        None => run.status,
        Some((_, End::Succeeded(_))) => RunStatus::Succeeded,
        Some((_, End::Failed(_))) => RunStatus::Failed,
        Some((_, End::Stopped)) => RunStatus::Stopped,
        Some((_, End::NeedsAttention(_))) => RunStatus::NeedsAttention,
    };
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("{} {value}\n", styled(colours.faint, format!("{name:9}"))));
    };
    line("run", &run.id.to_string());
    line("workflow", &visible(&run.workflow));
    line("status", &styled(status_style(status, colours), status.word()));
    if let Some(parent) = run.parent {
        line("called by", &parent.to_string());
    }
    if let Some(again) = story.started.as_ref().and_then(|(_, started)| started.again.as_ref()) {
        let from = again.from.as_ref().map_or_else(String::new, |step| format!(", from step {step} on"));
        line("again", &visible(&format!("what run {} did{from}", again.run)));
    }
    line("started", &format!("{} UTC", moment(run.created_at)));
    if let Some((at, _)) = &story.end {
        line("ended", &format!("{} UTC, after {}", moment(*at), seconds(at.since(run.created_at))));
    }
    if let Some((_, started)) = &story.started {
        line("input", &shown(&started.input));
        if !started.allow_net.is_empty() {
            line("allow-net", &visible(&started.allow_net.join(", ")));
        }
        if !started.allow_files.is_empty() {
            line("files", &visible(&started.allow_files.join(", ")));
        }
    }
    if let Some((_, End::Succeeded(output))) = &story.end {
        line("output", &shown(output));
    }
    text
}

fn steps(steps: &[StepTold], colours: &Palette) -> String {
    let half = MAX_STEPS / 2;
    let mut rows = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        if steps.len() > MAX_STEPS && i == half {
            rows.push(vec![Cell::new(format!("  … {} more steps", steps.len() - MAX_STEPS))]);
        }
        if steps.len() <= MAX_STEPS || i < half || i >= steps.len() - half {
            rows.push(row(step, colours));
        }
    }
    table::lines(&rows)
}

fn row(step: &StepTold, colours: &Palette) -> Vec<Cell> {
    let (glyph, style) = glyph(step.status, colours);
    let attempts = if step.attempts > 1 { format!("{} attempts", step.attempts) } else { String::new() };
    let took = step.finished_at.map_or_else(String::new, |at| seconds(at.since(step.started_at)));
    vec![
        Cell::styled(style, format!("  {glyph}")),
        Cell::new(visible(&step.path)),
        Cell::styled(colours.faint, visible(&step.action())),
        Cell::styled(style, step.status.word()),
        Cell::new(took),
        Cell::new(attempts),
        Cell::styled(colours.faint, visible(&note(step))),
    ]
}

/// What came of a step, on one line: why it failed, the last line that its program printed, or its result.
fn note(step: &StepTold) -> String {
    if let Some(run) = step.taken_from {
        return format!("taken over from run {}", names::short(run));
    }
    let text = match (&step.error, &step.result) {
        (Some(_), Some(_)) if step.status == StepStatus::Succeeded => "failed, took its else".into(),
        (Some(error), _) => error.message.clone(),
        (None, Some(result)) => printed(result).unwrap_or_else(|| result.to_string()),
        (None, None) => String::new(),
    };
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(MAX_NOTE_CHARS).collect();
    if short.len() < text.trim_end().len() { format!("{short} …") } else { short }
}

/// The last line of a program's output that says something; none of what is no program's result.
fn printed(result: &Value) -> Option<String> {
    let stream = |name| result.get(name).and_then(Value::as_str);
    let (out, err) = (stream("stdout")?, stream("stderr")?);
    let last = |text: &str| text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_string);
    Some(last(out).or_else(|| last(err)).unwrap_or_default())
}

fn glyph(status: StepStatus, colours: &Palette) -> (&'static str, anstyle::Style) {
    match status {
        StepStatus::Succeeded => ("✓", colours.good),
        StepStatus::Failed => ("✗", colours.error),
        StepStatus::Stopped => ("■", colours.faint),
        StepStatus::Undone => ("↶", colours.warning),
        StepStatus::Retrying => ("↻", colours.warning),
        StepStatus::Waiting => ("◷", colours.busy),
        StepStatus::Running | StepStatus::Scheduled => ("●", colours.busy),
    }
}

/// `signal go(by: string, note: string = …) until 2026-11-22T08:00:00.000Z, 29m59s left`
fn waits_for(wait: &Wait, signals: &Signals, now: Time) -> String {
    let name = wait.name.as_deref().unwrap_or_default();
    let until = wait.deadline.map_or_else(String::new, |at| match at.since(now) {
        left if left.ms() > 0 => format!(" until {at}, {} left", seconds(left)),
        _ => format!(" until {at}, which is over"),
    });
    match wait.kind {
        WaitKind::Signal => {
            format!("signal {name}({}){until}", signals.get(name).map_or_else(String::new, |params| parameters(params)))
        }
        WaitKind::Timer => format!("a sleep{until}"),
        WaitKind::Retry => format!("another attempt of {name},{until}"),
        WaitKind::Run => {
            let child = wait.child.map_or_else(String::new, |child| format!(" {}", names::short(child)));
            format!("the run{child} that {name} called{until}")
        }
    }
}

/// The parameters of a signal as they are declared.
fn parameters(params: &[Param]) -> String {
    let one = |param: &Param| {
        let default = if param.default.is_some() { " = …" } else { "" };
        format!("{}: {}{default}", param.name, param.ty)
    };
    params.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Unit => "{}".to_string(),
        other => other.to_string(),
    };
    let short: String = text.chars().take(MAX_VALUE_CHARS).collect();
    let dots = if short.len() < text.len() { " …" } else { "" };
    format!("{}{dots}", visible(&short))
}
