//! What a value's query asks that another kind of template asks better, and how far back it looks.

use std::collections::BTreeSet;
use std::time::Duration;

use promql_parser::parser::token::T_DIV;
use promql_parser::parser::{BinaryExpr, Expr};

/// A thing that a query does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::spec::check) enum Habit {
    /// Takes a quantile from a histogram.
    Quantile,
    /// Divides the sum of a histogram of durations by its count.
    Average {
        /// The histogram.
        family: String,
    },
    /// Divides a part of a counter's rate by the whole.
    Share {
        /// The counter.
        metric: String,
    },
}

/// What a histogram of durations is called at its end.
const DURATIONS: [&str; 4] = ["_seconds", "_milliseconds", "_duration", "_latency"];

/// The habits of a query, each once.
pub(super) fn habits(tree: &Expr) -> Vec<Habit> {
    let mut found = Vec::new();
    each(tree, &mut |expr| {
        let habit = match expr {
            Expr::Call(call) if call.func.name == "histogram_quantile" => Some(Habit::Quantile),
            Expr::Binary(binary) if binary.op.id() == T_DIV => of_division(binary),
            _ => None,
        };
        found.extend(habit.filter(|habit| !found.contains(habit)));
    });
    found
}

/// The shortest range that is asked for.
pub(super) fn shortest_range(tree: &Expr) -> Option<Duration> {
    let mut shortest: Option<Duration> = None;
    each(tree, &mut |expr| {
        let range = match expr {
            Expr::MatrixSelector(matrix) => matrix.range,
            Expr::Subquery(subquery) => subquery.range,
            _ => return,
        };
        shortest = Some(shortest.map_or(range, |shortest| shortest.min(range)));
    });
    shortest
}

fn of_division(division: &BinaryExpr) -> Option<Habit> {
    let (part, whole) = (only_rate(&division.lhs)?, only_rate(&division.rhs)?);
    if part == whole {
        return Some(Habit::Share { metric: part });
    }
    let family = part.strip_suffix("_sum")?;
    let is_average = whole.strip_suffix("_count") == Some(family);
    let of_durations = DURATIONS.iter().any(|end| family.ends_with(end));
    (is_average && of_durations).then(|| Habit::Average {
        family: family.to_owned(),
    })
}

/// The one metric whose rate an expression is made of.
fn only_rate(expr: &Expr) -> Option<String> {
    let mut rates = BTreeSet::new();
    each(expr, &mut |expr| {
        if let Expr::Call(call) = expr
            && matches!(call.func.name, "rate" | "irate" | "increase")
            && let Some(Expr::MatrixSelector(matrix)) = call.args.args.first().map(Box::as_ref)
        {
            rates.extend(matrix.vs.name.clone());
        }
    });
    let first = rates.pop_first()?;
    rates.is_empty().then_some(first)
}

/// Visits an expression and all that it is made of.
fn each(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    visit(expr);
    match expr {
        Expr::Aggregate(aggregate) => {
            each(&aggregate.expr, visit);
            aggregate.param.iter().for_each(|param| each(param, visit));
        }
        Expr::Unary(unary) => each(&unary.expr, visit),
        Expr::Binary(binary) => {
            each(&binary.lhs, visit);
            each(&binary.rhs, visit);
        }
        Expr::Paren(paren) => each(&paren.expr, visit),
        Expr::Subquery(subquery) => each(&subquery.expr, visit),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| each(argument, visit)),
        Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::Extension(_) => {}
    }
}
