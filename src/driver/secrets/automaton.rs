//! Finds many texts at once in a stream of bytes, in one pass (Aho and Corasick, "Efficient string matching", 1975).
//!
//! It knows bytes alone, neither secrets nor what is done with what it finds. Invariant: of the texts that end at a
//! byte the longest is told, and the depth of a state is the length of the longest beginning of a text that may still
//! go on.

use std::collections::VecDeque;

use zeroize::Zeroizing;

/// The state before anything was read.
pub(super) const ROOT: u32 = 0;

/// The texts, as a tree of their beginnings.
#[derive(Default)]
pub(super) struct Automaton {
    nodes: Vec<Node>,
    /// The byte that leads to each node. They spell the texts, so they are wiped.
    bytes: Zeroizing<Vec<u8>>,
    /// The first nodes by their byte; there is none at 0.
    roots: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    child: u32,
    sibling: u32,
    /// The node of the longest ending of this one's text that begins another.
    fail: u32,
    depth: u32,
    hit: Hit,
}

/// A text that ends here: its length, none if that is 0, and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Hit {
    pub length: u32,
    pub owner: u32,
}

impl Automaton {
    /// Of texts with their owners; empty ones are left out.
    pub fn new<'t>(texts: impl IntoIterator<Item = (&'t [u8], u32)>) -> Automaton {
        let mut automaton =
            Automaton { nodes: vec![Node::default()], bytes: Zeroizing::new(vec![0]), roots: vec![ROOT; 256] };
        for (text, owner) in texts.into_iter().filter(|(text, _)| !text.is_empty()) {
            automaton.put(text, owner);
        }
        automaton.link();
        automaton
    }

    fn put(&mut self, text: &[u8], owner: u32) {
        let mut at = ROOT;
        for byte in text {
            at = match self.child(at, *byte) {
                Some(child) => child,
                None => self.grow(at, *byte),
            };
        }
        let node = &mut self.nodes[at as usize];
        if node.hit.length == 0 {
            node.hit = Hit { length: node.depth, owner };
        }
    }

    fn grow(&mut self, parent: u32, byte: u8) -> u32 {
        let new = self.nodes.len() as u32;
        let Node { child: sibling, depth, .. } = self.nodes[parent as usize];
        self.nodes.push(Node { sibling, depth: depth + 1, ..Node::default() });
        self.nodes[parent as usize].child = new;
        if self.bytes.len() == self.bytes.capacity() {
            self.move_bytes();
        }
        self.bytes.push(byte);
        if parent == ROOT {
            self.roots[usize::from(byte)] = new;
        }
        new
    }

    /// To a larger place; what a vector leaves behind as it grows by itself would not be wiped.
    fn move_bytes(&mut self) {
        let mut larger = Zeroizing::new(Vec::with_capacity(self.bytes.capacity() * 2));
        larger.extend_from_slice(&self.bytes);
        self.bytes = larger;
    }

    /// Finds out where each node goes on when its text doesn't, those nearer to the root first.
    fn link(&mut self) {
        let mut queue: VecDeque<u32> = self.children(ROOT).collect();
        while let Some(at) = queue.pop_front() {
            let fail = self.nodes[at as usize].fail;
            let children: Vec<u32> = self.children(at).collect();
            for child in children {
                self.nodes[child as usize].fail = self.step(fail, self.bytes[child as usize]);
                queue.push_back(child);
            }
            let inherited = self.nodes[fail as usize].hit;
            let node = &mut self.nodes[at as usize];
            if node.hit.length == 0 {
                node.hit = inherited;
            }
        }
    }

    fn children(&self, of: u32) -> impl Iterator<Item = u32> + '_ {
        let mut next = self.nodes[of as usize].child;
        std::iter::from_fn(move || {
            let at = next;
            next = self.nodes[at as usize].sibling;
            (at != ROOT).then_some(at)
        })
    }

    fn child(&self, of: u32, byte: u8) -> Option<u32> {
        match of {
            ROOT => Some(self.roots[usize::from(byte)]).filter(|child| *child != ROOT),
            _ => self.children(of).find(|child| self.bytes[*child as usize] == byte),
        }
    }

    /// The state after one more byte.
    pub fn step(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            match self.child(state, byte) {
                Some(child) => return child,
                None if state == ROOT => return ROOT,
                None => state = self.nodes[state as usize].fail,
            }
        }
    }

    pub fn depth(&self, state: u32) -> usize {
        self.nodes[state as usize].depth as usize
    }

    /// The longest text that ends at the state.
    pub fn hit(&self, state: u32) -> Option<Hit> {
        Some(self.nodes[state as usize].hit).filter(|hit| hit.length > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], within: &str) -> Vec<(usize, u32)> {
        let texts = texts.iter().enumerate().map(|(owner, text)| (text.as_bytes(), owner as u32));
        let automaton = Automaton::new(texts);
        let mut state = ROOT;
        let mut found = Vec::new();
        for (at, byte) in within.bytes().enumerate() {
            state = automaton.step(state, byte);
            if let Some(hit) = automaton.hit(state) {
                found.push((at + 1 - hit.length as usize, hit.owner));
            }
        }
        found
    }

    #[test]
    fn the_longest_that_ends_is_told() {
        assert_eq!(found(&["he", "she", "his", "hers"], "ushers"), [(1, 1), (2, 3)]);
        assert_eq!(found(&["aa"], "aaaa"), [(0, 0), (1, 0), (2, 0)]);
        assert_eq!(found(&["abcd", "bc"], "abce abcd"), [(1, 1), (6, 1), (5, 0)]);
        assert_eq!(found(&["", "x"], "x"), [(0, 1)]);
        assert_eq!(found(&[], "x"), []);
    }
}
