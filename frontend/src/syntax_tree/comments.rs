//! To what a type comment belongs (PEP 484): the parameter in front of it, or the function whose header it follows.
//!
//! The parser crate skips comments. So the text between the end of a node and a comment decides: nothing but blanks, a
//! comma and other comments may stand there for a parameter, a colon must for a function.

use super::node::Value;
use super::write::Nodes;
use crate::{
    ast::{Arguments, Body, Loc},
    error::Error,
    inspect::TypeComment,
};

/// Line and byte column.
type Position = (i32, i32);

impl Nodes<'_> {
    /// The text from one place to another without comments.
    fn between(&self, from: Position, to: Position) -> String {
        let mut text = String::new();
        for line in from.0..=to.0 {
            let Some(whole) = self.source.line(line) else { break };
            let column = |col: i32| usize::try_from(col).unwrap_or(0).min(whole.len());
            let start = if line == from.0 { column(from.1) } else { 0 };
            let end = if line == to.0 { column(to.1) } else { whole.len() };
            let piece = whole.get(start..end).unwrap_or_default();
            text.push_str(piece.split_once('#').map_or(piece, |(code, _)| code));
            text.push(' ');
        }
        text
    }

    /// The comments between two places that name a type.
    fn types_between(&self, from: Position, to: Position) -> impl Iterator<Item = (&TypeComment, Value)> {
        self.comments.iter().filter_map(move |comment| Some((comment, comment.of(from, to)?)))
    }

    /// The type of a function.
    pub fn function_type(&self, end: Loc, body: Body) -> Option<Value> {
        let end = (end.end_line, end.end_col);
        let next = body.first().map_or((end.0 + 1, 0), |first| (first.loc.line, first.loc.col));
        let mut types = self.types_between(end, next);
        types.find(|(comment, _)| self.between(end, start_of(comment)).contains(':')).map(|(_, text)| text)
    }

    /// The type of a parameter that ends there, with its default.
    pub fn parameter_type(&self, end: Loc) -> Option<Value> {
        let end = (end.end_line, end.end_col);
        let (comment, text) = self.types_between(end, (i32::MAX, 0)).next()?;
        let between = self.between(end, start_of(comment));
        let belongs = between.chars().all(|c| c.is_whitespace() || matches!(c, ',' | '\\'))
            && between.matches(',').count() <= 1;
        belongs.then_some(text)
    }

    /// A type comment behind a bare star is an error. The function begins at `start`.
    pub fn check_bare_star(&self, start: Loc, args: &Arguments) -> Option<Box<Error>> {
        let first = args.kwonly.first().filter(|_| args.vararg.is_none())?;
        let begin = ends(args).take(args.posonly.len() + args.args.len()).last();
        let begin = begin.map_or((start.line, start.col), |loc| (loc.end_line, loc.end_col));
        let (comment, text) =
            self.types_between(begin, (first.loc.line, first.loc.col)).find(|(comment, _)| {
                let before: String =
                    self.between(begin, start_of(comment)).chars().filter(|c| !c.is_whitespace()).collect();
                before.ends_with("*,")
            })?;
        let Value::Str(text) = text else { return None };
        let length = i32::try_from(text.as_wtf8().len()).unwrap_or(0);
        let loc = Loc { col: comment.loc.end_col - length, ..comment.loc };
        Some(Error::syntax("bare * has associated type comment", loc))
    }
}

fn start_of(comment: &TypeComment) -> Position {
    (comment.loc.line, comment.loc.col)
}

/// Where parameters end, with their defaults: positional ones, keyword ones.
pub fn ends<'a>(args: &'a Arguments) -> impl Iterator<Item = Loc> + 'a {
    let positional = args.posonly.len() + args.args.len();
    let without = positional.saturating_sub(args.defaults.len());
    let defaults = std::iter::repeat_n(None, without).chain(args.defaults.iter().map(Some));
    let positional = args.posonly.iter().chain(args.args).zip(defaults);
    let keyword = args.kwonly.iter().zip(args.kw_defaults.iter().map(Option::as_ref));
    positional.chain(keyword).map(|(arg, default)| default.map_or(arg.loc, |default| default.loc))
}
