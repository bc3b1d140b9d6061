//! What a stretch says to others: lines of the log, events for other workflows. Nothing of the run depends on it.

use std::sync::Arc;

use crate::model::{Event, Failure, Value, written_value};
use crate::program::plan::ExprId;

use super::limits::{MAX_EVENT_BYTES, MAX_EVENT_NAME_BYTES};
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn log(&mut self, text: ExprId) -> Result<(), Failure> {
        let said = match self.evaluate(text).and_then(|said| self.unsealed(text, said, "the log"))? {
            Value::Text(text) => text,
            other => {
                let said: Arc<str> = other.to_string().into();
                // Its quotes are written once more.
                self.weighed(text, Value::Text(said.clone()))?;
                said
            }
        };
        let bytes = said.len();
        self.say(Event::Logged { fiber: self.id, text: said, line: self.place(text).line }, bytes);
        Ok(())
    }

    pub(super) fn emit(&mut self, name: ExprId, data: Option<ExprId>) -> Result<(), Failure> {
        let at = |failure: Failure, id, walk: &Self| Failure { at: Some(walk.place(id)), ..failure };
        let named = match self.evaluate(name)? {
            Value::Text(text) => text,
            other => return Err(self.unfit(name, "the name of an event", "a text", &other)),
        };
        event_name(&named).map_err(|failure| at(failure, name, self))?;
        let data_of = |walk: &mut Self, id| walk.evaluate(id).and_then(|value| walk.unsealed(id, value, "an event"));
        let value = data.map(|data| data_of(self, data)).transpose()?.unwrap_or_default();
        let size = written_value(&value);
        event_data(size).map_err(|failure| at(failure, data.unwrap_or(name), self))?;
        let (line, bytes) = (self.place(name).line, named.len() + size);
        self.say(Event::Emitted { fiber: self.id, name: named, data: value, line }, bytes);
        Ok(())
    }
}

fn event_name(name: &str) -> Result<(), Failure> {
    if name.trim().is_empty() {
        return Err(Failure::new("type", "the name of an event is not empty"));
    }
    if name.len() > MAX_EVENT_NAME_BYTES {
        let message = format!(
            "the name of an event has {} bytes, at most {MAX_EVENT_NAME_BYTES} are allowed (limit `event name`)",
            name.len()
        );
        return Err(Failure::new("limit", message));
    }
    Ok(())
}

fn event_data(size: usize) -> Result<(), Failure> {
    if size > MAX_EVENT_BYTES {
        let message = format!(
            "the data of an event has {size} bytes, at most {MAX_EVENT_BYTES} are allowed (limit `event size`): \
             give the place of a file instead"
        );
        return Err(Failure::new("limit", message));
    }
    Ok(())
}
