//! Whether a rendered query asks what its template asks: the two trees, side by side.

use promql_parser::label::{MatchOp, Matcher, Matchers};
use promql_parser::parser::{Expr, VectorSelector};

/// What a matcher of the template should match once it is rendered; the flag says that it is a regular expression. `None` where
/// there is no saying.
pub(super) type Filled<'f> = dyn Fn(&str, bool) -> Option<String> + 'f;

/// Whether `rendered` is `template` in everything but the values of label matchers, and each of those is what `filled` makes of
/// the template's.
///
/// Numbers, functions, durations, modifiers, and text that is no matcher's must be the same. A value that left its quotes changes
/// one of these, or the value of another matcher.
pub(super) fn asks_the_same(template: &Expr, rendered: &Expr, filled: &Filled<'_>) -> bool {
    let same = |template: &Expr, rendered: &Expr| asks_the_same(template, rendered, filled);
    match (template, rendered) {
        (Expr::Aggregate(template), Expr::Aggregate(rendered)) => {
            let params = match (&template.param, &rendered.param) {
                (Some(template), Some(rendered)) => same(template, rendered),
                (template, rendered) => template.is_none() && rendered.is_none(),
            };
            template.op == rendered.op
                && template.modifier == rendered.modifier
                && params
                && same(&template.expr, &rendered.expr)
        }
        (Expr::Unary(template), Expr::Unary(rendered)) => same(&template.expr, &rendered.expr),
        (Expr::Binary(template), Expr::Binary(rendered)) => {
            template.op == rendered.op
                && template.modifier == rendered.modifier
                && same(&template.lhs, &rendered.lhs)
                && same(&template.rhs, &rendered.rhs)
        }
        (Expr::Paren(template), Expr::Paren(rendered)) => same(&template.expr, &rendered.expr),
        (Expr::Subquery(template), Expr::Subquery(rendered)) => {
            template.offset == rendered.offset
                && template.at == rendered.at
                && template.range == rendered.range
                && template.step == rendered.step
                && same(&template.expr, &rendered.expr)
        }
        (Expr::NumberLiteral(_), Expr::NumberLiteral(_))
        | (Expr::StringLiteral(_), Expr::StringLiteral(_)) => template == rendered,
        (Expr::VectorSelector(template), Expr::VectorSelector(rendered)) => {
            selects_the_same(template, rendered, filled)
        }
        (Expr::MatrixSelector(template), Expr::MatrixSelector(rendered)) => {
            template.range == rendered.range && selects_the_same(&template.vs, &rendered.vs, filled)
        }
        (Expr::Call(template), Expr::Call(rendered)) => {
            template.func == rendered.func
                && template.args.len() == rendered.args.len()
                && (template.args.args.iter())
                    .zip(&rendered.args.args)
                    .all(|(template, rendered)| same(template, rendered))
        }
        // Two kinds of expression, or one that the parser does not make.
        _ => false,
    }
}

fn selects_the_same(template: &VectorSelector, rendered: &VectorSelector, filled: &Filled<'_>) -> bool {
    let Matchers {
        matchers,
        or_matchers,
    } = &template.matchers;
    let alternatives = &rendered.matchers.or_matchers;
    template.name == rendered.name
        && template.offset == rendered.offset
        && template.at == rendered.at
        && match_the_same(matchers, &rendered.matchers.matchers, filled)
        && or_matchers.len() == alternatives.len()
        && or_matchers
            .iter()
            .zip(alternatives)
            .all(|(template, rendered)| match_the_same(template, rendered, filled))
}

fn match_the_same(template: &[Matcher], rendered: &[Matcher], filled: &Filled<'_>) -> bool {
    template.len() == rendered.len()
        && template.iter().zip(rendered).all(|(template, rendered)| {
            let (same_kind, is_pattern) = match (&template.op, &rendered.op) {
                (MatchOp::Equal, MatchOp::Equal) | (MatchOp::NotEqual, MatchOp::NotEqual) => (true, false),
                (MatchOp::Re(_), MatchOp::Re(_)) | (MatchOp::NotRe(_), MatchOp::NotRe(_)) => (true, true),
                _ => (false, false),
            };
            same_kind
                && template.name == rendered.name
                && filled(&template.value, is_pattern).as_ref() == Some(&rendered.value)
        })
}
