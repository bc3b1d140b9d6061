//! What is performed: an action or a workflow by its name, with arguments, and what stands behind `step x =`.

use super::super::ast::{Arguments, Call, Path, StepTarget};
use super::{Builder, Node, Rule, start, take};

impl Builder<'_> {
    pub(super) fn path(&mut self, node: Node) -> Path {
        let span = self.span(&node);
        let parts = node.into_inner().map(|n| self.name(&n)).collect();
        Path { parts, span }
    }

    pub(super) fn effect(&mut self, node: Node) -> Call {
        let span = self.span(&node);
        let mut nodes = node.into_inner();
        let path = match take(&mut nodes, Rule::path) {
            Some(path) => self.path(path),
            None => Path { parts: vec![], span },
        };
        let arguments = nodes.next().map_or_else(Arguments::default, |args| self.arguments(args));
        Call { path, arguments, span }
    }

    /// What stands behind `step x =`.
    pub(super) fn target(&mut self, node: Node) -> Option<StepTarget> {
        match node.as_rule() {
            Rule::effect => Some(StepTarget::Action(self.effect(node))),
            Rule::e_child => {
                let mut nodes = node.into_inner();
                let word = nodes.next()?;
                let call = nodes.next()?;
                let call = self.effect(call);
                Some(if word.as_str() == "call" { StepTarget::Call(call) } else { StepTarget::Start(call) })
            }
            _ => self.wait(node.into_inner().next()?),
        }
    }

    fn wait(&mut self, node: Node) -> Option<StepTarget> {
        let from = start(&node);
        let rule = node.as_rule();
        let Some(inner) = node.into_inner().next() else {
            self.lack(from);
            return None;
        };
        Some(match rule {
            Rule::wait_signal => StepTarget::Signal(self.name(&inner)),
            Rule::wait_callback => StepTarget::Callback(self.arguments(inner)),
            _ => StepTarget::Approval(self.arguments(inner)),
        })
    }
}
