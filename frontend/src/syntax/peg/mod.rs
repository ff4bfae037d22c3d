//! What is wrong with source that does not parse, found as CPython finds it.
//!
//! The parser crate gives trees fast but has errors of its own. When it refuses a source, this
//! module parses again with CPython's grammar: a first pass finds the farthest token that a rule
//! has looked at; a second also tries the rules for common mistakes, the first of which that
//! matches gives the message. Errors of the tokenizer further on take precedence over both.
//!
//! Everything that CPython derives positions from is kept: which tokens were read at a moment, how
//! far the tokenizer has come, and which results of rules are remembered between the passes' rules.

mod actions;
pub mod grammar;
mod literals;
mod report;

use std::ops::Range;

use grammar::{Alternative, Class, GRAMMAR, Grammar, Item, Node, Outcome, Rule};
use report::Raised;
use ruff_text_size::{TextRange, TextSize};

use super::lexer::{Kind, Lexer, Place, Stop, Token};
use crate::{
    Mode,
    error::{Error, ErrorKind, Result},
    source::Source,
};

/// The version of the language that this is.
pub const LATEST: u8 = 14;
/// The version that has underscores in numbers.
const UNDERSCORES: u8 = 6;

/// How deep the rules may call each other; CPython gives up there.
const MAX_LEVEL: u32 = 6000;

/// A node's number, or a token's with the highest bit set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Value(u32);

const TOKEN: u32 = 1 << 31;

impl Value {
    const NONE: Value = Value(0);

    fn token(index: usize) -> Value {
        Value(index as u32 | TOKEN)
    }

    const fn as_token(self) -> Option<usize> {
        if self.0 & TOKEN != 0 { Some((self.0 & !TOKEN) as usize) } else { None }
    }
}

#[derive(Clone, Copy)]
struct NodeData {
    kind: Node,
    first: u32,
    last: u32,
    children: u32,
    count: u32,
}

#[derive(Clone, Copy)]
struct Memo {
    rule: u16,
    /// For rules that CPython does not keep: whether rules for mistakes were tried.
    mode: u8,
    matched: bool,
    end: u32,
    value: Value,
}

struct Parser<'s> {
    grammar: &'static Grammar,
    source: &'s Source<'s>,
    lexer: Lexer<'s>,
    interactive: bool,
    started: bool,
    input: Input,
    /// The version of the language, its second number.
    version: u8,
    tokens: Vec<Token>,
    symbols: Vec<u16>,
    memos: Vec<Vec<Memo>>,
    nodes: Vec<NodeData>,
    children: Vec<Value>,
    scratch: Vec<Value>,
    mark: usize,
    /// The second pass: rules for mistakes are tried.
    mistakes: bool,
    level: u32,
    /// Line and column of the last compound statement that was read to its end.
    statement: (i32, i32),
    error: Option<Raised>,
}

/// What CPython's parser makes of a source.
pub enum Diagnosis {
    Refused(Box<Error>),
    /// It is fine.
    Accepted {
        /// The places of `<>` where `from __future__ import barry_as_FLUFL` made that an operator.
        inequalities: Vec<usize>,
        /// What the compiler will say of a formatted string among the keys of a pattern.
        formatted_key: Option<Box<Error>>,
    },
}

/// How the end of interactive input is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input {
    /// An error at the end says only that more is wanted (`PyCF_ALLOW_INCOMPLETE_INPUT`).
    pub may_be_incomplete: bool,
    /// The end of one statement ends its blocks (without `PyCF_DONT_IMPLY_DEDENT`).
    pub ends_blocks: bool,
}

impl Default for Input {
    /// As for source that is all there.
    fn default() -> Input {
        Input { may_be_incomplete: false, ends_blocks: true }
    }
}

/// Whether CPython refuses this source while parsing, and with which error.
pub fn diagnose(source: &Source, mode: Mode, barry: bool) -> Diagnosis {
    diagnose_input(source, mode, barry, Input::default())
}

/// [`diagnose`] for interactive input.
pub fn diagnose_input(source: &Source, mode: Mode, barry: bool, input: Input) -> Diagnosis {
    with_stack(|| {
        let mut parser = Parser::new(source, mode);
        parser.lexer.barry = barry;
        parser.input = input;
        match parser.run(mode) {
            Some(error) => {
                let mut error = error.into_error();
                error.statement = parser.statement;
                Diagnosis::Refused(error)
            }
            None => Diagnosis::Accepted {
                inequalities: parser.old_inequalities(),
                formatted_key: parser.formatted_key(),
            },
        }
    })
}

/// Whether a source is one of an older version of the language, or has comments about types where none may be.
pub fn diagnose_dialect(source: &Source, mode: Mode, version: u8, type_comments: bool) -> Option<Box<Error>> {
    with_stack(|| {
        let mut parser = Parser::new(source, mode);
        parser.version = version;
        parser.lexer.type_comments = type_comments;
        parser.run(mode).map(Raised::into_error)
    })
}

/// The parts of a function's type, `(int, *str) -> bool`, in the source.
#[derive(Clone, Debug)]
pub struct FunctionType {
    /// Without the stars.
    pub arguments: Vec<Range<usize>>,
    pub result: Range<usize>,
}

pub fn function_type(source: &Source) -> Result<FunctionType> {
    with_stack(|| {
        let mut parser = Parser::new(source, Mode::Expression);
        let start = parser.grammar.func_type;
        match parser.run_from(start, Mode::Expression) {
            Some(error) => Err(error.into_error()),
            None => Ok(parser.parts_of_type()),
        }
    })
}

/// Rules call each other through many frames; a deep source needs a stack of its own.
fn with_stack<T>(run: impl FnOnce() -> T) -> T {
    const STACK: usize = 128 << 20;
    stacker::grow(STACK, run)
}

impl<'s> Parser<'s> {
    /// The parts of what `func_type` matched: between the first bracket and the one that closes it, and behind the arrow.
    fn parts_of_type(&self) -> FunctionType {
        let mut arguments = Vec::new();
        let mut part: Option<Range<usize>> = None;
        let (mut depth, mut in_result) = (0usize, false);
        for (i, token) in self.tokens.iter().enumerate() {
            let text = if token.kind == Kind::Op { self.text(i) } else { "" };
            match text {
                _ if matches!(token.kind, Kind::Newline | Kind::End) => continue,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            let separates = match text {
                "(" => depth == 1 && i == 0,
                ")" => depth == 0 && !in_result,
                "," | "*" | "**" => depth == 1 && !in_result && (text == "," || part.is_none()),
                "->" => depth == 0,
                _ => false,
            };
            if separates {
                arguments.extend(part.take());
                in_result |= text == "->";
                continue;
            }
            let start = part.as_ref().map_or(token.start, |part| part.start);
            part = Some(start..token.end);
        }
        FunctionType { arguments, result: part.unwrap_or_default() }
    }

    fn raise_old(&mut self, version: u8, what: &str) {
        let message = format!("{what} only supported in Python 3.{version} and greater");
        self.raise_last(ErrorKind::Syntax, message);
    }

    fn new(source: &'s Source<'s>, mode: Mode) -> Self {
        Parser {
            grammar: &GRAMMAR,
            source,
            lexer: Lexer::new(source.text(), mode == Mode::Module),
            interactive: mode == Mode::Interactive,
            started: false,
            input: Input::default(),
            version: LATEST,
            tokens: Vec::new(),
            symbols: Vec::new(),
            memos: Vec::new(),
            nodes: vec![NodeData { kind: Node::Other, first: 0, last: 0, children: 0, count: 0 }],
            children: Vec::new(),
            scratch: Vec::new(),
            mark: 0,
            mistakes: false,
            level: 0,
            statement: (0, 0),
            error: None,
        }
    }

    fn old_inequalities(&self) -> Vec<usize> {
        let is_old = |t: &usize| self.tokens[*t].kind == Kind::Op && self.text(*t) == "<>";
        (0..self.tokens.len()).filter(is_old).map(|t| self.tokens[t].start).collect()
    }

    fn formatted_key(&self) -> Option<Box<Error>> {
        let is_formatted = |part: &Value| {
            self.data(*part).is_some_and(|d| matches!(d.kind, Node::JoinedStr | Node::TemplateStr))
        };
        let is_wrong = |node: &Value| {
            self.nodes[node.0 as usize].kind == Node::Mapping && self.parts(*node).iter().any(is_formatted)
        };
        let pattern = (0..self.nodes.len() as u32).map(Value).find(is_wrong)?;
        let message = "mapping pattern keys may only match literals and attribute lookups";
        let data = self.data(pattern)?;
        let (start, end) = (self.tokens[data.first as usize].start, self.tokens[data.last as usize].end);
        let range = TextRange::new(TextSize::try_from(start).ok()?, TextSize::try_from(end).ok()?);
        Some(Error::syntax(message, self.source.loc(range)).after_parsing())
    }

    fn run(&mut self, mode: Mode) -> Option<Raised> {
        let start = match mode {
            Mode::Module => self.grammar.file,
            Mode::Interactive => self.grammar.interactive,
            Mode::Expression => self.grammar.eval,
        };
        self.run_from(start, mode)
    }

    fn run_from(&mut self, start: u16, mode: Mode) -> Option<Raised> {
        if self.rule(start).is_some() {
            return if mode == Mode::Interactive { self.second_statement() } else { None };
        }
        if self.input.may_be_incomplete && self.lexer.has_ended() {
            self.error = None;
            self.raise_last(ErrorKind::Incomplete, "incomplete input".into());
            return self.error.take();
        }
        if self.error.is_some() {
            self.look_further();
            return self.error.take();
        }
        let last = self.tokens.len().saturating_sub(1);
        for memos in &mut self.memos {
            memos.clear();
        }
        self.mark = 0;
        self.level = 0;
        self.mistakes = true;
        self.rule(start);
        if self.error.is_some() {
            self.look_further();
            return self.error.take();
        }
        self.generic(last);
        self.error.take()
    }

    /// The error where nothing more special is known.
    fn generic(&mut self, last: usize) {
        let token = self.tokens[last];
        match token.kind {
            Kind::Indent => self.raise_last(ErrorKind::Indentation, "unexpected indent".into()),
            Kind::Dedent => self.raise_last(ErrorKind::Indentation, "unexpected unindent".into()),
            _ => {
                self.raise_range(Value::token(last), Value::token(last), "invalid syntax".into());
                self.look_for_token_errors();
            }
        }
    }

    /// An error of the tokenizer further on is preferred, unless it has reached the end already.
    fn look_further(&mut self) {
        if !self.lexer.is_done() && self.error.as_ref().is_some_and(|e| e.kind.is_syntax_error()) {
            self.look_for_token_errors();
        }
    }

    fn look_for_token_errors(&mut self) {
        let line = self.tokens.last().map_or(0, |t| t.line);
        loop {
            match self.lexer.next().kind {
                Kind::Error => break,
                Kind::End => return,
                _ => {}
            }
        }
        if self.lexer.in_string() {
            // What is wrong there does not count.
            return;
        }
        if let Some(Stop::Raised { .. }) = &self.lexer.stop {
            self.error = None;
            self.raise_stop();
        } else if self.lexer.brackets.last().is_some_and(|b| line > b.line) {
            self.error = None;
            self.raise_unclosed();
        }
    }

    /// Interactive input is one statement only.
    fn second_statement(&mut self) -> Option<Raised> {
        let place = self.lexer.place();
        let rest = &self.source.text()[place.pos.min(self.source.text().len())..];
        let is_code = rest.lines().any(|line| {
            let line = line.trim_start_matches([' ', '\t', '\x0c']);
            !line.is_empty() && !line.starts_with('#')
        });
        if is_code {
            let message = "multiple statements found while compiling a single statement";
            self.raise_last(ErrorKind::Syntax, message.into());
        }
        self.error.take()
    }

    /// Reads one more token; false if that is an error.
    fn fill(&mut self) -> bool {
        let mut token = self.lexer.next();
        if self.interactive && token.kind == Kind::End && self.started {
            // The end of interactive input ends its statement.
            token.kind = Kind::Newline;
            self.started = false;
            if self.input.ends_blocks {
                self.lexer.dedent_all();
            }
        } else {
            self.started = true;
        }
        let symbol = match token.kind {
            Kind::Name | Kind::Op => {
                let text = &self.source.text()[token.start..token.end];
                self.grammar.symbol(if text == "<>" { "!=" } else { text })
            }
            _ => 0,
        };
        self.tokens.push(token);
        self.symbols.push(symbol);
        self.memos.push(Vec::new());
        if token.kind == Kind::Error {
            self.raise_stop();
            return false;
        }
        true
    }

    /// The token at the mark.
    fn current(&mut self) -> Option<Token> {
        if self.mark == self.tokens.len() && !self.fill() {
            return None;
        }
        self.tokens.get(self.mark).copied().filter(|t| t.kind != Kind::Error)
    }

    fn text(&self, token: usize) -> &'s str {
        let token = &self.tokens[token];
        let text: &'s str = self.source.text();
        text.get(token.start..token.end.min(text.len())).unwrap_or("")
    }

    fn deeper(&mut self) -> bool {
        self.level += 1;
        if self.level > MAX_LEVEL && self.error.is_none() {
            self.error = Some(Raised::memory());
        }
        self.error.is_none()
    }

    fn rule(&mut self, number: u16) -> Option<Value> {
        let grammar = self.grammar;
        let rule = &grammar.rules[number as usize];
        if !self.deeper() || self.current().is_none() {
            self.level -= 1;
            return None;
        }
        let start = self.mark;
        let mode = if rule.shared { 0 } else { 1 + self.mistakes as u8 };
        if rule.memo
            && let Some(memo) = self.memos[start].iter().find(|m| m.rule == number && m.mode == mode)
        {
            let memo = *memo;
            self.level -= 1;
            if memo.matched {
                self.mark = memo.end as usize;
                return Some(memo.value);
            }
            return None;
        }
        let result = if rule.left_recursive {
            self.grow(number, rule, start, mode)
        } else {
            let mistakes = self.mistakes;
            self.mistakes &= !rule.plain;
            let result = self.alternatives(&rule.alternatives);
            self.mistakes = mistakes;
            if rule.compound && result.is_some() && self.tokens[start].line >= self.statement.0 {
                self.statement = (self.tokens[start].line, self.tokens[start].col);
            }
            if rule.memo && self.error.is_none() {
                self.keep(start, number, mode, result);
            }
            result
        };
        self.level -= 1;
        result
    }

    /// A left-recursive rule: each round may use the result of the one before.
    fn grow(&mut self, number: u16, rule: &'static Rule, start: usize, mode: u8) -> Option<Value> {
        let mut best: Option<Value> = None;
        let mut best_end = start;
        loop {
            self.mark = best_end;
            self.keep(start, number, mode, best);
            self.mark = start;
            if !self.deeper() {
                self.level -= 1;
                return None;
            }
            let result = self.alternatives(&rule.alternatives);
            self.level -= 1;
            if self.error.is_some() {
                return None;
            }
            if result.is_none() || self.mark <= best_end {
                break;
            }
            best_end = self.mark;
            best = result;
        }
        self.mark = best_end;
        best
    }

    fn keep(&mut self, start: usize, rule: u16, mode: u8, result: Option<Value>) {
        let memo = Memo {
            rule,
            mode,
            matched: result.is_some(),
            end: self.mark as u32,
            value: result.unwrap_or(Value::NONE),
        };
        let memos = &mut self.memos[start];
        match memos.iter_mut().find(|m| m.rule == rule && m.mode == mode) {
            Some(old) => *old = memo,
            None => memos.push(memo),
        }
    }

    fn alternatives(&mut self, alternatives: &'static [Alternative]) -> Option<Value> {
        let start = self.mark;
        for alternative in alternatives {
            if alternative.for_mistakes && !self.mistakes {
                continue;
            }
            let mut cut = false;
            let base = self.scratch.len();
            let result = self.alternative(alternative, start, base, &mut cut);
            self.scratch.truncate(base);
            match result {
                Matched::Value(value) => return Some(value),
                Matched::Nothing => return None,
                Matched::Failed => {}
            }
            if self.error.is_some() {
                return None;
            }
            self.mark = start;
            if cut {
                return None;
            }
        }
        None
    }

    fn alternative(
        &mut self,
        alternative: &'static Alternative,
        start: usize,
        base: usize,
        cut: &mut bool,
    ) -> Matched {
        let mut labels = [(0u8, Value::NONE); 5];
        let mut labelled = 0;
        let mut only = Value::NONE;
        for (label, item) in &alternative.items {
            if matches!(item, Item::Cut) {
                *cut = true;
                continue;
            }
            let Some(value) = self.item(item) else { return Matched::Failed };
            if *label != 0 && labelled < labels.len() {
                labels[labelled] = (*label, value);
                labelled += 1;
            }
            if matches!(item, Item::Look(..)) {
                continue;
            }
            only = value;
            if !is_terminal(item) && value != Value::NONE {
                self.scratch.push(value);
            }
        }
        if let Some((version, what)) = alternative.since
            && self.version < version
        {
            self.raise_old(version, what);
            return Matched::Nothing;
        }
        let labels = &labels[..labelled];
        match &alternative.outcome {
            Outcome::Plain => {
                let shown =
                    alternative.items.iter().filter(|(_, i)| !matches!(i, Item::Look(..) | Item::Cut));
                let parts = self.scratch.len() - base;
                if shown.count() == 1 {
                    return Matched::Value(only);
                }
                if parts == 1 {
                    return Matched::Value(self.scratch[base]);
                }
                Matched::Value(self.node(Node::Seq, start, base))
            }
            Outcome::Part(label) => Matched::Value(actions::labelled(labels, *label)),
            Outcome::Node(kind) => Matched::Value(self.node(*kind, start, base)),
            Outcome::Check(name, parts) => {
                let parts: [Value; 2] = std::array::from_fn(|i| {
                    parts.get(i).map_or(Value::NONE, |l| actions::labelled(labels, *l))
                });
                self.check(name, parts, start, base)
            }
            Outcome::Error { place, parts, message } => {
                self.mistake(place, parts, message, labels);
                Matched::Nothing
            }
        }
    }

    fn item(&mut self, item: &'static Item) -> Option<Value> {
        match item {
            Item::Token(symbol) => {
                self.current()?;
                (self.symbols[self.mark] == *symbol).then(|| self.take())
            }
            Item::Soft(symbol) => {
                let token = self.current()?;
                (token.kind == Kind::Name && self.symbols[self.mark] == *symbol).then(|| self.take())
            }
            Item::Class(class) => self.class(*class),
            Item::Rule(number) => self.rule(*number),
            Item::Group(alternatives) => {
                let result = if self.deeper() { self.alternatives(alternatives) } else { None };
                self.level -= 1;
                result
            }
            Item::Optional(item) => {
                let start = self.mark;
                let result = self.item(item);
                if self.error.is_some() {
                    return None;
                }
                if result.is_none() {
                    self.mark = start;
                }
                Some(result.unwrap_or(Value::NONE))
            }
            Item::Repeat(item, none_too) => self.repeat(item, *none_too),
            Item::Separated(item, separator) => self.separated(item, *separator),
            Item::Look(item, positive) => {
                let start = self.mark;
                let found = self.item(item).is_some();
                self.mark = start;
                (self.error.is_none() && found == *positive).then_some(Value::NONE)
            }
            Item::Cut => Some(Value::NONE),
            Item::Forced(symbol) => {
                self.current()?;
                if self.symbols[self.mark] == *symbol {
                    return Some(self.take());
                }
                let message = format!("expected '{}'", self.grammar.words[*symbol as usize]);
                let at = Value::token(self.mark);
                self.raise_range(at, at, message);
                None
            }
        }
    }

    fn take(&mut self) -> Value {
        self.mark += 1;
        Value::token(self.mark - 1)
    }

    fn class(&mut self, class: Class) -> Option<Value> {
        let token = self.current()?;
        let symbol = self.symbols[self.mark];
        let found = match class {
            Class::Name => token.kind == Kind::Name && !self.grammar.is_keyword(symbol),
            Class::SoftKeyword => token.kind == Kind::Name && self.grammar.is_soft_keyword(symbol),
            Class::TypeComment => token.kind == Kind::TypeComment,
            Class::Of(kind) => token.kind == kind,
        };
        if !found {
            return None;
        }
        let value = self.take();
        if token.kind == Kind::Number {
            if self.version < UNDERSCORES && self.source.text()[token.start..token.end].contains('_') {
                self.raise_old(UNDERSCORES, "Underscores in numeric literals are");
                return None;
            }
            if !self.check_number(value) {
                return None;
            }
        }
        Some(value)
    }

    fn repeat(&mut self, item: &'static Item, none_too: bool) -> Option<Value> {
        let base = self.scratch.len();
        let start = self.mark;
        let mut found = none_too;
        if self.deeper() {
            loop {
                let before = self.mark;
                match self.item(item) {
                    Some(value) => {
                        found = true;
                        if value != Value::NONE {
                            self.scratch.push(value);
                        }
                    }
                    None => {
                        self.mark = before;
                        break;
                    }
                }
                // An item that takes no token would match forever.
                if self.mark == before {
                    break;
                }
            }
        }
        self.level -= 1;
        let value =
            if found && self.error.is_none() { Some(self.node(Node::Seq, start, base)) } else { None };
        self.scratch.truncate(base);
        value
    }

    fn separated(&mut self, item: &'static Item, separator: u16) -> Option<Value> {
        let base = self.scratch.len();
        let start = self.mark;
        let mut found = false;
        if self.deeper() {
            loop {
                let before = self.mark;
                if found {
                    if self.current().is_none() || self.symbols[self.mark] != separator {
                        break;
                    }
                    self.mark += 1;
                }
                let Some(value) = self.item(item) else {
                    self.mark = before;
                    break;
                };
                found = true;
                self.scratch.push(value);
            }
        }
        self.level -= 1;
        let value =
            if found && self.error.is_none() { Some(self.node(Node::Seq, start, base)) } else { None };
        self.scratch.truncate(base);
        value
    }

    /// A node over the tokens from `start`, with what lies in the scratch space from `base`.
    fn node(&mut self, kind: Node, start: usize, base: usize) -> Value {
        let children = self.children.len();
        for index in base..self.scratch.len() {
            let value = self.scratch[index];
            match self.data(value) {
                Some(data) if data.kind == Node::Seq => {
                    let range = data.children as usize..(data.children + data.count) as usize;
                    self.children.extend_from_within(range);
                }
                _ => self.children.push(value),
            }
        }
        let blank = |t: &Token| matches!(t.kind, Kind::End | Kind::Newline | Kind::Indent | Kind::Dedent);
        let last = (0..self.mark).rev().find(|&i| !blank(&self.tokens[i])).unwrap_or(0);
        let data = NodeData {
            kind,
            first: start as u32,
            last: last as u32,
            children: children as u32,
            count: (self.children.len() - children) as u32,
        };
        self.nodes.push(data);
        Value(self.nodes.len() as u32 - 1)
    }

    fn data(&self, value: Value) -> Option<NodeData> {
        match value.as_token() {
            None if value != Value::NONE => self.nodes.get(value.0 as usize).copied(),
            _ => None,
        }
    }

    fn parts(&self, value: Value) -> &[Value] {
        match self.data(value) {
            Some(data) => &self.children[data.children as usize..(data.children + data.count) as usize],
            None => &[],
        }
    }

    /// Where the tokenizer stands, with all tokens read that were looked at.
    fn place(&self) -> Place {
        match self.tokens.last() {
            Some(token) if token.kind != Kind::Error => token.after,
            _ => self.lexer.place(),
        }
    }
}

/// What an alternative gives.
enum Matched {
    Value(Value),
    /// It matched and gives no value: the rule fails without trying others.
    Nothing,
    Failed,
}

fn is_terminal(item: &Item) -> bool {
    match item {
        Item::Token(_) | Item::Soft(_) | Item::Class(_) | Item::Forced(_) | Item::Cut | Item::Look(..) => {
            true
        }
        Item::Optional(item) => is_terminal(item),
        _ => false,
    }
}
