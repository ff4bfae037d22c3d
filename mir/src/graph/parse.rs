//! Reading the text form.

use super::print::name_of;
use super::{Block, BlockId, ENTRY, Edge, End, Graph, HEAD, Inst, Node, Param, Place, Type, Value};
use crate::region::{Exit, NONE};
pub use crate::trace::ParseError;
use crate::uops::{Rep, Uop};

/// A graph from its text.
pub fn parse(text: &str) -> Result<Graph, ParseError> {
    let (mut blocks, mut exits, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut open: Option<(Vec<Param>, Vec<Node>)> = None;
    for (n, line) in text.lines().enumerate() {
        let tokens = tokens(line);
        let mut words = Words { line: n + 1, words: &tokens, reps: &mut values };
        let Some(first) = words.peek() else { continue };
        match (first, open.take()) {
            ("exit", None) => exits.push(words.exit()?),
            (_, None) => open = Some((words.head(blocks.len())?, Vec::new())),
            ("goto" | "exit", Some((params, nodes))) => {
                words.next();
                let end = if first == "goto" { End::Goto(words.edge()?) } else { End::Exit(words.edge()?) };
                blocks.push(Block { params, nodes, end });
            }
            (_, Some((params, mut nodes))) => {
                nodes.push(words.node()?);
                open = Some((params, nodes));
            }
        }
        if let Some(word) = words.next() {
            return words.error(format!("{word} is one word too many"));
        }
    }
    match open {
        Some(_) => Err(ParseError { line: text.lines().count(), problem: "a block has no end".into() }),
        None => Ok(Graph { blocks, exits, values }),
    }
}

/// Words and brackets; a colon belongs to the word before it, a comma to nothing.
fn tokens(line: &str) -> Vec<&str> {
    line.split([' ', ','])
        .flat_map(|word| word.split_inclusive(['(', ')']))
        .flat_map(|word| match word.strip_suffix(['(', ')']) {
            Some(rest) => [rest, &word[rest.len()..]],
            None => [word, ""],
        })
        .filter(|word| !word.is_empty())
        .collect()
}

struct Words<'w, 't> {
    line: usize,
    words: &'w [&'t str],
    /// Representations of the values, as far as they were defined.
    reps: &'w mut Vec<Rep>,
}

impl<'t> Words<'_, 't> {
    fn error<T>(&self, problem: String) -> Result<T, ParseError> {
        Err(ParseError { line: self.line, problem })
    }
    fn peek(&self) -> Option<&'t str> {
        self.words.first().copied()
    }
    fn next(&mut self) -> Option<&'t str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
    fn word(&mut self) -> Result<&'t str, ParseError> {
        match self.next() {
            Some(word) => Ok(word),
            None => self.error("the line ends too early".into()),
        }
    }
    fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        if found {
            self.next();
        }
        found
    }
    fn expect(&mut self, wanted: &str) -> Result<(), ParseError> {
        match self.word()? {
            word if word == wanted => Ok(()),
            word => self.error(format!("{word} stands where {wanted} should")),
        }
    }
    fn as_number<N: TryFrom<i128>>(&self, word: &str) -> Result<N, ParseError> {
        let parsed = match word.strip_prefix("0x") {
            Some(digits) => i128::from_str_radix(digits, 16),
            None => word.parse(),
        };
        match parsed.ok().and_then(|n| N::try_from(n).ok()) {
            Some(n) => Ok(n),
            None => self.error(format!("{word} is not a number that fits here")),
        }
    }
    fn number<N: TryFrom<i128>>(&mut self) -> Result<N, ParseError> {
        let word = self.word()?;
        self.as_number(word)
    }
    fn prefixed<N: TryFrom<i128>>(&self, word: &str, prefix: char) -> Result<N, ParseError> {
        match word.strip_prefix(prefix) {
            Some(digits) => self.as_number(digits),
            None => self.error(format!("{word} should begin with {prefix}")),
        }
    }
    fn value(&mut self) -> Result<Value, ParseError> {
        let word = self.word()?;
        self.prefixed(word, 'v')
    }
    /// Notes what a value that is defined here is.
    fn define(&mut self, value: Value, rep: Rep) {
        if self.reps.len() <= value as usize {
            self.reps.resize(value as usize + 1, Rep::Tagged);
        }
        self.reps[value as usize] = rep;
    }

    fn place(&mut self) -> Result<Place, ParseError> {
        Ok(match self.word()? {
            "local" => Place::Local(self.number()?),
            "stack" => Place::Stack(self.number()?),
            "double" => Place::Double(self.number()?),
            word => return self.error(format!("{word} is no place")),
        })
    }
    fn kind(&mut self) -> (Rep, Type) {
        let rep = if self.eat("f64") { Rep::F64 } else { Rep::Tagged };
        let ty = Type::ALL.into_iter().find(|ty| self.peek() == Some(name_of(*ty)));
        if ty.is_some() {
            self.next();
        }
        (rep, ty.unwrap_or_default())
    }

    /// A block's first line.
    fn head(&mut self, id: BlockId) -> Result<Vec<Param>, ParseError> {
        let mut params = Vec::new();
        let name = self.word()?;
        if self.block(name.trim_end_matches(':'))? != id {
            return self.error(format!("block {name} is out of order"));
        }
        if self.eat("(") {
            while !self.eat(")") {
                let word = self.word()?;
                let value = self.prefixed(word.trim_end_matches(':'), 'v')?;
                let place = self.place()?;
                let (rep, ty) = self.kind();
                self.define(value, rep);
                params.push(Param { value, place, rep, ty });
            }
            self.expect(":")?;
        }
        Ok(params)
    }

    fn block(&mut self, name: &str) -> Result<BlockId, ParseError> {
        match name {
            "entry" => Ok(ENTRY),
            "head" => Ok(HEAD),
            _ => self.prefixed(name, 'b'),
        }
    }

    fn list(&mut self) -> Result<Vec<Value>, ParseError> {
        let mut values = Vec::new();
        if self.eat("(") {
            while !self.eat(")") {
                values.push(self.value()?);
            }
        }
        Ok(values)
    }

    fn edge(&mut self) -> Result<Edge, ParseError> {
        let mut edge = Edge::default();
        let mut word = self.word()?;
        if word == "nowhere" {
            return Ok(edge);
        }
        if word.starts_with('x') {
            edge.exit = Some(self.prefixed(word, 'x')?);
            if !self.eat("->") {
                edge.args = self.list()?;
                return Ok(edge);
            }
            word = self.word()?;
        }
        edge.block = Some(self.block(word)?);
        edge.args = self.list()?;
        Ok(edge)
    }

    fn node(&mut self) -> Result<Node, ParseError> {
        let mut results = Vec::new();
        while self.peek().is_some_and(|word| word.starts_with('v')) {
            results.push(self.value()?);
        }
        if !results.is_empty() {
            self.expect("=")?;
        }
        if let [value] = results[..]
            && self.eat("read")
        {
            let place = self.place()?;
            let (rep, _) = self.kind();
            self.define(value, rep);
            return Ok(Node::Read { value, place, rep });
        }
        let name = self.word()?;
        let Some(uop) = Uop::from_name(name) else { return self.error(format!("there is no uop {name}")) };
        let mut inst = Inst {
            uop,
            oparg: 0,
            operands: [0; 2],
            args: Vec::new(),
            results: results.clone(),
            deopt: None,
            error: None,
            jump: None,
        };
        let mut operand = 0;
        while let Some(word) = self.peek() {
            match word {
                "(" => inst.args = self.list()?,
                "deopt" | "error" | "jump" => {
                    self.next();
                    let edge = Some(self.edge()?);
                    match word {
                        "deopt" => inst.deopt = edge,
                        "error" => inst.error = edge,
                        _ => inst.jump = edge,
                    }
                }
                _ => {
                    self.next();
                    match word.split_once('=') {
                        None => inst.oparg = self.as_number(word)?,
                        Some((_, value)) if operand < 2 => {
                            inst.operands[operand] = self.as_number(value)?;
                            operand += 1;
                        }
                        Some(_) => return self.error("there are two operands at most".into()),
                    }
                }
            }
        }
        let reps = inst.result_reps();
        for (n, value) in results.into_iter().enumerate() {
            self.define(value, reps.get(n).copied().unwrap_or(Rep::Tagged));
        }
        Ok(Node::Inst(inst))
    }

    fn exit(&mut self) -> Result<Exit, ParseError> {
        self.expect("exit")?;
        self.word()?;
        self.expect("id")?;
        let id = self.number()?;
        self.expect("depth")?;
        let depth = self.number()?;
        let slot = if self.eat("slot") { self.number()? } else { 0 };
        let link = if self.eat("link") { self.number()? } else { NONE };
        Ok(Exit { id, depth, link, slot })
    }
}
