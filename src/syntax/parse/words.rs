//! The names of the grammar's rules in people's words, for the texts that the grammar can't take in at all.

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::diag::Diagnostic;
use crate::source::Span;

use super::super::codes;
use super::{Builder, Rule};

impl Builder<'_> {
    /// The grammar has an arm for every fault, so this is for texts beyond what the scan foresaw.
    pub(super) fn unread(&mut self, error: &Error<Rule>) {
        if !self.findings.is_clean() {
            return;
        }
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(self.text.len()),
        };
        let mut expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.iter().filter_map(|r| words(*r)).collect(),
            ErrorVariant::CustomError { .. } => vec![],
        };
        expected.dedup();
        let message = match expected.as_slice() {
            [] => "this can't be read".to_owned(),
            list => format!("this can't be read: expected {}", list.join(", ")),
        };
        self.tell(Diagnostic::error(codes::NO_DECLARATION, Span::at(at as u32), message));
    }
}

/// What a person calls what a rule matches; none for what is never the thing to write (blanks, faults) and for
/// parts that have no name of their own.
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the file",
        Rule::file | Rule::decl | Rule::file_word => "a declaration",
        Rule::d_use => "`use`",
        Rule::d_const => "`const`",
        Rule::d_fn | Rule::fn_params => "`fn`",
        Rule::d_action => "`action`",
        Rule::d_workflow => "`workflow`",
        Rule::d_test => "`test`",
        Rule::name | Rule::alias | Rule::t_name | Rule::arg_name => "a name",
        Rule::path | Rule::effect => "an action",
        Rule::spath => "a step's path",
        Rule::target_of => "a variable",
        Rule::quoted | Rule::r_str | Rule::r_raw | Rule::r_chr | Rule::r_tpl => "a text",
        Rule::num => "a number",
        Rule::duration | Rule::dterm | Rule::dt_code => "a duration",
        Rule::expr | Rule::arg_expr | Rule::hd_expr | Rule::value | Rule::arg_value => "a value",
        Rule::default | Rule::default_b => "a default",
        Rule::where_x | Rule::where_b => "a rule",
        Rule::ty | Rule::t_enum | Rule::t_obj | Rule::t_wrap => "a type",
        Rule::t_close => "`>`",
        Rule::t_opt => "`?`",
        Rule::t_field | Rule::field | Rule::param | Rule::out | Rule::form => "a field",
        Rule::params | Rule::bparam | Rule::b_param => "a parameter",
        Rule::args | Rule::arg | Rule::argument | Rule::act_name | Rule::form_name | Rule::act_rest => "an argument",
        Rule::r_par => "`(`",
        Rule::r_brk => "`[`",
        Rule::r_map => "`#{`",
        Rule::r_brc | Rule::block | Rule::body | Rule::lines => "a block",
        Rule::eq => "`=`",
        Rule::assign_op => "`=` or its like",
        Rule::w_input => "`input`",
        Rule::w_output => "`output`",
        Rule::w_signal => "`signal`",
        Rule::w_on => "`on`",
        Rule::w_conc => "`concurrency`",
        Rule::w_timeout | Rule::k_timeout => "`timeout`",
        Rule::w_keep => "`retention`",
        Rule::w_runas => "`run as`",
        Rule::c_as => "`as`",
        Rule::c_when => "`when`",
        Rule::c_with => "`with`",
        Rule::c_signal => "`signal … to`",
        Rule::c_per => "`per`",
        Rule::c_overlap => "`overlap`",
        Rule::item | Rule::i_early | Rule::i_late => "a statement",
        Rule::s_step => "`step`",
        Rule::target | Rule::e_child | Rule::child | Rule::e_wait => "an action",
        Rule::wait_signal | Rule::x_signal => "`signal`",
        Rule::wait_callback => "`callback`",
        Rule::wait_approval => "`approval`",
        Rule::clause | Rule::clause_word => "a clause",
        Rule::k_within => "`within`",
        Rule::k_retry => "`retry`",
        Rule::every => "`every`",
        Rule::k_rate => "`rate_limit`",
        Rule::k_else | Rule::else_arm | Rule::else_if => "`else`",
        Rule::k_once => "`once`",
        Rule::k_undo => "`undo`",
        Rule::s_let => "`let`",
        Rule::e_script => "`script`",
        Rule::s_assign => "a variable and its new value",
        Rule::s_sleep => "`sleep`",
        Rule::sleep_until => "`until`",
        Rule::s_fail => "`fail`",
        Rule::s_return => "`return`",
        Rule::s_yield => "`yield`",
        Rule::s_break => "`break`",
        Rule::s_continue => "`continue`",
        Rule::s_call | Rule::call_word => "`log`, `emit`, `respond` or `restart`",
        Rule::s_send => "`send`",
        Rule::s_if | Rule::if_arm => "`if`",
        Rule::s_while => "`while`",
        Rule::s_for | Rule::x_for | Rule::for_head => "`for`",
        Rule::s_parallel | Rule::for_parallel => "`parallel`",
        Rule::s_race => "`race`",
        Rule::s_branch => "`branch`",
        Rule::s_try => "`try`",
        Rule::t_catch => "`catch`",
        Rule::t_finally => "`finally`",
        Rule::line | Rule::x_line => "a line of a test",
        Rule::x_input => "`input`",
        Rule::x_given => "`given`",
        Rule::g_headers => "`headers`",
        Rule::x_mock => "`mock`",
        Rule::m_list => "a list",
        Rule::m_one | Rule::m_fails => "what a step gives",
        Rule::x_secret => "`secret`",
        Rule::x_answer => "`answer`",
        Rule::x_advance => "`advance`",
        Rule::down => "`down`",
        Rule::x_crash => "`crash after`",
        Rule::x_expect => "`expect`",
        Rule::ws | Rule::wc | Rule::lc | Rule::inline | Rule::bc | Rule::hg | Rule::gap | Rule::nlgap => return None,
        Rule::term
        | Rule::end
        | Rule::semi
        | Rule::kend
        | Rule::field_end
        | Rule::comma
        | Rule::commas
        | Rule::stray => return None,
        Rule::lack | Rule::junk | Rule::junk_c | Rule::soup | Rule::rest | Rule::bad_head | Rule::bad_step => {
            return None;
        }
        Rule::bad_decl | Rule::bad_stmt | Rule::bad_line | Rule::bad_field | Rule::bad_field_c | Rule::bad_arg => {
            return None;
        }
        Rule::r_word | Rule::r_plain | Rule::r_in | Rule::x_op | Rule::op | Rule::pre | Rule::bars => return None,
        Rule::x_un | Rule::b_un | Rule::h_un | Rule::p_if | Rule::p_switch | Rule::prim | Rule::x_post => return None,
        Rule::b_post | Rule::suffix | Rule::dot | Rule::never | Rule::no_action | Rule::assign_sign => return None,
        Rule::t_core | Rule::form_field | Rule::out_field | Rule::on_clause | Rule::head => return None,
    })
}
