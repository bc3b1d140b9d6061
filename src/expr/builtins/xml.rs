//! XML as maps: `#{ name, attributes, children, text }`, where `children` are such maps and `text` is what stands
//! in the element itself.
//!
//! No entities beyond the five predefined and numbers, no outside resources. Invariant: depth and size are
//! bounded as every value's.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rhai::{Array, Dynamic, Map};

use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;
use super::Call;
use super::format::refused;

/// The deepest element. Each is a map within a list, so that is half of the depth of values.
const MAX_ELEMENT_DEPTH: usize = crate::model::MAX_VALUE_DEPTH / 2 - 1;

#[derive(Default)]
struct Element {
    name: String,
    attributes: Map,
    children: Array,
    text: String,
}

pub(super) fn parse_xml(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    meter::charge(text.len() as u64 / 8)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        meter::charge(1)?;
        let event = reader.read_event().map_err(|error| wrong(&error.to_string()))?;
        match event {
            Event::Start(start) => open.push(element(&start, open.len(), root.is_some())?),
            Event::End(_) => close(&mut open, &mut root),
            Event::Text(text) => put(&mut open, &text)?,
            Event::CData(text) => put(&mut open, &text)?,
            Event::GeneralRef(reference) => {
                put(&mut open, &entity(&reference)?)?;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (root, open.last()) {
        (_, Some(element)) => Err(wrong(&format!("the element `{}` is not closed", element.name)).into()),
        (Some(root), None) => Ok(root),
        (None, None) => Err(wrong("there is no element").into()),
    }
}

fn wrong(why: &str) -> Stop {
    refused("XML", why)
}

fn element(start: &BytesStart, depth: usize, second: bool) -> Result<Element, Stop> {
    if depth >= MAX_ELEMENT_DEPTH {
        return Err(Stop::limit("element depth", MAX_ELEMENT_DEPTH, " elements within one another"));
    }
    if second && depth == 0 {
        return Err(wrong("there are two elements at the outer level"));
    }
    let name = start.name().as_ref().to_string();
    let mut element = Element { name, ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| wrong(&error.to_string()))?;
        let key = attribute.key.as_ref().to_string();
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| wrong(&error.to_string()))?;
        element.attributes.insert(key.as_str().into(), value.into_owned().into());
    }
    Ok(element)
}

fn entity(name: &str) -> Result<String, Stop> {
    let whole = format!("&{name};");
    let text = quick_xml::escape::unescape(&whole).map_err(|error| wrong(&error.to_string()))?;
    Ok(text.into_owned())
}

fn put(open: &mut [Element], text: &str) -> Result<(), Stop> {
    match open.last_mut() {
        Some(element) => {
            element.text += text;
            meter::text_length(element.text.len())
        }
        None if text.trim().is_empty() => Ok(()),
        None => Err(wrong("there is text outside of the element")),
    }
}

fn close(open: &mut Vec<Element>, root: &mut Option<Dynamic>) {
    let Some(element) = open.pop() else { return };
    let fields = [
        ("name", Dynamic::from(element.name)),
        ("attributes", Dynamic::from_map(element.attributes)),
        ("children", Dynamic::from_array(element.children)),
        ("text", Dynamic::from(element.text.trim().to_string())),
    ];
    let map = Dynamic::from_map(fields.into_iter().map(|(key, value)| (key.into(), value)).collect());
    match open.last_mut() {
        Some(parent) => parent.children.push(map),
        None => *root = Some(map),
    }
}
