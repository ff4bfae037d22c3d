//! The grammar's notation and its tables.
//!
//! `grammar.txt` holds rules `name: alternative | alternative`, which may span lines. In an
//! alternative,
//!
//! ```text
//! 'x'   a keyword or operator        "x"    a word that is a keyword only here
//! NAME  a class of tokens            rule   another rule
//! (…)   a group of alternatives      […]    an optional group
//! e?  e*  e+                         e/','  one or more, separated
//! &e  !e  look ahead                 ~      no other alternative after this
//! &&'x' the token, or an error       a=e    a name for what it matched
//! ```
//!
//! After `->` comes what the alternative gives: the kind of a node, a named part, or a check by
//! name with its parts. After `=>` comes the error that it stands for: where, and the message. After `since` come
//! the version of the language, its second number, that has the construct, and what an older one says it has not.
//! Words after a rule's name: `memo` keeps its results, `left` marks left recursion (and keeps
//! them too), `plain` switches the rules for mistakes off inside.
//!
//! The text is read once, when the first error is looked for.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::syntax::lexer;

/// What a node or token is, as far as messages tell things apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Node {
    /// A mapping pattern, whose parts are its keys.
    Mapping,
    Other,
    Seq,
    Attribute,
    Subscript,
    Starred,
    Name,
    List,
    Tuple,
    Lambda,
    Call,
    BoolOp,
    BinOp,
    UnaryOp,
    GeneratorExp,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    JoinedStr,
    TemplateStr,
    Literal,
    NoneLiteral,
    True,
    False,
    Ellipsis,
    Compare,
    IfExp,
    NamedExpr,
    Slice,
    Keyword,
    Unpacking,
    Args,
    Comprehension,
    InPair,
    Conversion,
}

impl Node {
    fn named(name: &str) -> Option<Node> {
        Some(match name {
            "Mapping" => Node::Mapping,
            "Other" => Node::Other,
            "Seq" => Node::Seq,
            "Attribute" => Node::Attribute,
            "Subscript" => Node::Subscript,
            "Starred" => Node::Starred,
            "List" => Node::List,
            "Tuple" => Node::Tuple,
            "Lambda" => Node::Lambda,
            "Call" => Node::Call,
            "BoolOp" => Node::BoolOp,
            "BinOp" => Node::BinOp,
            "UnaryOp" => Node::UnaryOp,
            "GeneratorExp" => Node::GeneratorExp,
            "Yield" => Node::Yield,
            "Await" => Node::Await,
            "ListComp" => Node::ListComp,
            "SetComp" => Node::SetComp,
            "DictComp" => Node::DictComp,
            "Dict" => Node::Dict,
            "Set" => Node::Set,
            "TemplateStr" => Node::TemplateStr,
            "Compare" => Node::Compare,
            "IfExp" => Node::IfExp,
            "NamedExpr" => Node::NamedExpr,
            "Slice" => Node::Slice,
            "Keyword" => Node::Keyword,
            "Unpacking" => Node::Unpacking,
            "Args" => Node::Args,
            "Comprehension" => Node::Comprehension,
            "InPair" => Node::InPair,
            _ => return None,
        })
    }

    /// What messages call it.
    pub const fn words(self) -> &'static str {
        match self {
            Node::Attribute => "attribute",
            Node::Subscript => "subscript",
            Node::Starred => "starred",
            Node::Name => "name",
            Node::List => "list",
            Node::Tuple => "tuple",
            Node::Lambda => "lambda",
            Node::Call => "function call",
            Node::BoolOp | Node::BinOp | Node::UnaryOp => "expression",
            Node::GeneratorExp => "generator expression",
            Node::Yield => "yield expression",
            Node::Await => "await expression",
            Node::ListComp => "list comprehension",
            Node::SetComp => "set comprehension",
            Node::DictComp => "dict comprehension",
            Node::Dict => "dict literal",
            Node::Set => "set display",
            Node::JoinedStr => "f-string expression",
            Node::TemplateStr => "t-string expression",
            Node::NoneLiteral => "None",
            Node::True => "True",
            Node::False => "False",
            Node::Ellipsis => "ellipsis",
            Node::Compare => "comparison",
            Node::IfExp => "conditional expression",
            Node::NamedExpr => "named expression",
            _ => "literal",
        }
    }
}

/// A class of tokens that a rule may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Name,
    SoftKeyword,
    /// Comments about types are never tokens here; asking for one still reads a token.
    TypeComment,
    Of(lexer::Kind),
}

/// A label on a part; `$` is its last item, `^` its first.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub label: u8,
    pub item: Which,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    Whole,
    First,
    Last,
}

#[derive(Debug)]
pub enum Item {
    Token(u16),
    Soft(u16),
    Class(Class),
    Rule(u16),
    Group(Vec<Alternative>),
    Optional(Box<Item>),
    /// One or more, or none too.
    Repeat(Box<Item>, bool),
    Separated(Box<Item>, u16),
    /// Looks ahead: it must match, or must not.
    Look(Box<Item>, bool),
    Cut,
    Forced(u16),
}

#[derive(Debug)]
pub enum Outcome {
    /// The only item's value, or all values in sequence.
    Plain,
    Part(u8),
    Node(Node),
    Check(&'static str, Vec<u8>),
    Error {
        place: &'static str,
        parts: Vec<Part>,
        message: &'static str,
    },
}

#[derive(Debug)]
pub struct Alternative {
    pub items: Vec<(u8, Item)>,
    pub outcome: Outcome,
    /// The version that first has this, and its name in the complaint of older ones.
    pub since: Option<(u8, &'static str)>,
    /// It is only a reference to a rule for mistakes, so the first pass skips it.
    pub for_mistakes: bool,
}

#[derive(Debug)]
pub struct Rule {
    #[cfg(test)]
    pub name: &'static str,
    /// Its results are kept.
    pub memo: bool,
    /// CPython keeps them too, and so uses those of attempts without rules for mistakes for others.
    pub shared: bool,
    pub left_recursive: bool,
    pub plain: bool,
    /// A compound statement that tells where to look for misspelt keywords.
    pub compound: bool,
    pub alternatives: Vec<Alternative>,
}

#[derive(Debug)]
pub struct Grammar {
    pub rules: Vec<Rule>,
    pub file: u16,
    pub interactive: u16,
    pub eval: u16,
    pub func_type: u16,
    /// Keywords, operators and words that are keywords in places; their numbers count from 1.
    pub words: Vec<&'static str>,
    symbols: FxHashMap<&'static str, u16>,
    keywords: Vec<bool>,
    soft: Vec<bool>,
}

impl Grammar {
    /// The number of a word or operator, or 0.
    pub fn symbol(&self, text: &str) -> u16 {
        self.symbols.get(text).copied().unwrap_or(0)
    }

    pub fn is_keyword(&self, symbol: u16) -> bool {
        self.keywords.get(symbol as usize).copied().unwrap_or(false)
    }

    pub fn is_soft_keyword(&self, symbol: u16) -> bool {
        self.soft.get(symbol as usize).copied().unwrap_or(false)
    }
}

/// The grammar; a test reads it, so that a mistake in the text cannot reach a user.
pub static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    Reader::read(include_str!("grammar.txt")).expect("the grammar's text is part of the crate")
});

/// Rules that CPython does not keep but that would take exponential time in nested brackets here as there.
const KEPT_AS_WELL: [&str; 24] = [
    "args",
    "atom",
    "genexp",
    "tuple",
    "group",
    "list",
    "dict",
    "set",
    "listcomp",
    "setcomp",
    "dictcomp",
    "named_expression",
    "star_named_expression",
    "star_expressions",
    "starred_expression",
    "slices",
    "comparison",
    "lambdef",
    "invalid_expression",
    "kvpair",
    "statements",
    "compound_stmt",
    "case_block",
    "patterns",
];

/// The rules of compound statements that CPython notes when it has read one. A class counts from its keyword.
const COMPOUND: [&str; 7] =
    ["if_stmt", "class_def_raw", "with_stmt", "for_stmt", "try_stmt", "while_stmt", "match_stmt"];

struct Reader {
    text: &'static str,
    at: usize,
    grammar: Grammar,
    names: FxHashMap<&'static str, u16>,
}

type Read<T> = Result<T, String>;

impl Reader {
    fn read(text: &'static str) -> Read<Grammar> {
        let grammar = Grammar {
            rules: Vec::new(),
            file: 0,
            interactive: 0,
            eval: 0,
            func_type: 0,
            words: vec![""],
            symbols: FxHashMap::default(),
            keywords: vec![false],
            soft: vec![false],
        };
        let mut reader = Reader { text, at: 0, grammar, names: FxHashMap::default() };
        // Rules begin lines; knowing them all first lets references be numbers.
        for line in text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())) {
            let name = line.split([':', ' ']).next().unwrap_or_default();
            let number = reader.names.len() as u16;
            reader.names.insert(name, number);
        }
        reader.skip();
        while reader.at < text.len() {
            let rule = reader.rule()?;
            reader.grammar.rules.push(rule);
        }
        let mut grammar = reader.grammar;
        let number = |name: &str| reader.names.get(name).copied().ok_or_else(|| format!("no rule {name}"));
        grammar.file = number("file")?;
        grammar.interactive = number("interactive")?;
        grammar.eval = number("eval")?;
        grammar.func_type = number("func_type")?;
        Ok(grammar)
    }

    fn rest(&self) -> &'static str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn word(&mut self) -> &'static str {
        self.skip();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn quoted(&mut self, quote: char) -> Read<&'static str> {
        let rest = &self.rest()[1..];
        let end = rest.find(quote).ok_or("an open quote")?;
        self.at += end + 2;
        Ok(&rest[..end])
    }

    fn symbol(&mut self, word: &'static str, soft: bool) -> u16 {
        let next = self.grammar.words.len() as u16;
        let symbol = *self.grammar.symbols.entry(word).or_insert(next);
        if symbol == next {
            self.grammar.words.push(word);
            self.grammar.keywords.push(false);
            self.grammar.soft.push(false);
        }
        let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let flags = if soft { &mut self.grammar.soft } else { &mut self.grammar.keywords };
        flags[symbol as usize] |= is_word;
        symbol
    }

    fn rule(&mut self) -> Read<Rule> {
        let name = self.word();
        let (mut memo, mut left_recursive, mut plain) = (KEPT_AS_WELL.contains(&name), false, false);
        while !self.eat(":") {
            match self.word() {
                "memo" => memo = true,
                "left" => (memo, left_recursive) = (true, true),
                "plain" => plain = true,
                other => return Err(format!("{name}: unknown {other:?}")),
            }
        }
        let mut alternatives = self.alternatives()?;
        if name.ends_with("_stmt")
            || name.ends_with("block")
            || name.ends_with("_raw")
            || name == "simple_stmts"
        {
            // Nothing asks for the parts of statements, and long ones would be copied again and again.
            for alternative in alternatives.iter_mut().filter(|a| a.items.len() > 1) {
                if matches!(alternative.outcome, Outcome::Plain) {
                    alternative.outcome = Outcome::Node(Node::Other);
                }
            }
        }
        let shared = memo && !KEPT_AS_WELL.contains(&name);
        Ok(Rule {
            #[cfg(test)]
            name,
            memo,
            shared,
            left_recursive,
            plain,
            compound: COMPOUND.contains(&name),
            alternatives,
        })
    }

    fn alternatives(&mut self) -> Read<Vec<Alternative>> {
        let mut list = Vec::new();
        self.eat("|");
        loop {
            list.push(self.alternative()?);
            if !self.eat("|") {
                return Ok(list);
            }
        }
    }

    /// Whether a rule's name stands here, at the start of a line.
    fn at_rule(&self) -> bool {
        self.text[..self.at].ends_with('\n') && self.rest().starts_with(|c: char| c.is_ascii_lowercase())
    }

    fn alternative(&mut self) -> Read<Alternative> {
        let mut items = Vec::new();
        loop {
            self.skip();
            let rest = self.rest();
            if rest.is_empty() || self.at_rule() || rest.starts_with(['|', ')', ']']) {
                break;
            }
            if rest.starts_with("->") || rest.starts_with("=>") || rest.starts_with("since ") {
                break;
            }
            let mut label = 0;
            let bytes = rest.as_bytes();
            if bytes.len() > 1 && bytes[0].is_ascii_lowercase() && bytes[1] == b'=' {
                label = bytes[0];
                self.at += 2;
            }
            items.push((label, self.item()?));
        }
        let outcome = self.outcome()?;
        let since = match self.eat("since ") {
            true => Some(self.since()?),
            false => None,
        };
        let for_mistakes = match items.as_slice() {
            [(_, Item::Rule(rule))] => {
                self.names.iter().any(|(name, number)| number == rule && name.starts_with("invalid_"))
            }
            _ => false,
        };
        Ok(Alternative { items, outcome, since, for_mistakes })
    }

    fn since(&mut self) -> Read<(u8, &'static str)> {
        let version = self.word().parse().map_err(|e| format!("a version: {e}"))?;
        self.skip();
        Ok((version, self.quoted('"')?))
    }

    fn item(&mut self) -> Read<Item> {
        self.skip();
        for (mark, positive) in [("&&", None), ("&", Some(true)), ("!", Some(false))] {
            if self.eat(mark) {
                return match (positive, self.item()?) {
                    (Some(positive), item) => Ok(Item::Look(Box::new(item), positive)),
                    (None, Item::Token(symbol)) => Ok(Item::Forced(symbol)),
                    (None, _) => Err("only tokens are forced".into()),
                };
            }
        }
        if self.eat("~") {
            return Ok(Item::Cut);
        }
        let item = match self.rest().as_bytes().first() {
            Some(b'\'') => {
                let word = self.quoted('\'')?;
                Item::Token(self.symbol(word, false))
            }
            Some(b'"') => {
                let word = self.quoted('"')?;
                match self.symbol(word, true) {
                    symbol if self.grammar.soft[symbol as usize] => Item::Soft(symbol),
                    symbol => Item::Token(symbol),
                }
            }
            Some(b'(') => {
                self.at += 1;
                let group = self.alternatives()?;
                if !self.eat(")") {
                    return Err(format!("no ) before {:.40}", self.rest()));
                }
                Item::Group(group)
            }
            Some(b'[') => {
                self.at += 1;
                let group = self.alternatives()?;
                if !self.eat("]") {
                    return Err(format!("no ] before {:.40}", self.rest()));
                }
                Item::Optional(Box::new(Item::Group(group)))
            }
            _ => self.reference()?,
        };
        self.postfix(item)
    }

    fn postfix(&mut self, item: Item) -> Read<Item> {
        let rest = self.rest();
        if rest.starts_with('?') {
            self.at += 1;
            return Ok(Item::Optional(Box::new(item)));
        }
        if rest.starts_with(['*', '+']) {
            self.at += 1;
            return Ok(Item::Repeat(Box::new(item), rest.starts_with('*')));
        }
        if rest.starts_with("/'") {
            self.at += 1;
            let word = self.quoted('\'')?;
            let separator = self.symbol(word, false);
            return Ok(Item::Separated(Box::new(item), separator));
        }
        Ok(item)
    }

    fn reference(&mut self) -> Read<Item> {
        use lexer::Kind;
        let word = self.word();
        Ok(Item::Class(match word {
            "NAME" => Class::Name,
            "SOFT" => Class::SoftKeyword,
            "TYPE_COMMENT" => Class::TypeComment,
            "NUMBER" => Class::Of(Kind::Number),
            "STRING" => Class::Of(Kind::String),
            "FSTART" => Class::Of(Kind::FStart),
            "FMIDDLE" => Class::Of(Kind::FMiddle),
            "FEND" => Class::Of(Kind::FEnd),
            "TSTART" => Class::Of(Kind::TStart),
            "TMIDDLE" => Class::Of(Kind::TMiddle),
            "TEND" => Class::Of(Kind::TEnd),
            "NEWLINE" => Class::Of(Kind::Newline),
            "INDENT" => Class::Of(Kind::Indent),
            "DEDENT" => Class::Of(Kind::Dedent),
            "END" => Class::Of(Kind::End),
            _ => {
                return match self.names.get(word) {
                    Some(&number) => Ok(Item::Rule(number)),
                    None => Err(format!("unknown {word:?} before {:.40}", self.rest())),
                };
            }
        }))
    }

    fn outcome(&mut self) -> Read<Outcome> {
        if self.eat("->") {
            let word = self.word();
            if let Some(node) = Node::named(word) {
                return Ok(Outcome::Node(node));
            }
            if word.len() == 1 {
                return Ok(Outcome::Part(word.as_bytes()[0]));
            }
            let mut parts = Vec::new();
            while let Some(part) = self.part() {
                parts.push(part.label);
            }
            return Ok(Outcome::Check(word, parts));
        }
        if self.eat("=>") {
            let place = self.word();
            let mut parts = Vec::new();
            while let Some(part) = self.part() {
                parts.push(part);
            }
            self.skip();
            let mut message = "";
            if self.rest().starts_with('"') {
                // A message may quote with `\"`, which stays as it is here.
                let rest = &self.rest()[1..];
                let end = rest.match_indices('"').find(|&(i, _)| !rest[..i].ends_with('\\'));
                let end = end.ok_or("an open message")?.0;
                message = &rest[..end];
                self.at += end + 2;
            }
            return Ok(Outcome::Error { place, parts, message });
        }
        Ok(Outcome::Plain)
    }

    fn part(&mut self) -> Option<Part> {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(' ');
        let bytes = trimmed.as_bytes();
        let label = *bytes.first().filter(|b| b.is_ascii_lowercase())?;
        if bytes.get(1).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b':' || *b == b'=') {
            return None;
        }
        self.at += rest.len() - trimmed.len() + 1;
        let item = match bytes.get(1) {
            Some(b'$') => Which::Last,
            Some(b'^') => Which::First,
            _ => return Some(Part { label, item: Which::Whole }),
        };
        self.at += 1;
        Some(Part { label, item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_a_grammar() {
        let grammar = Reader::read(include_str!("grammar.txt")).unwrap_or_else(|e| panic!("{e}"));
        assert!(grammar.rules.len() > 250, "{}", grammar.rules.len());
        assert!(grammar.is_keyword(grammar.symbol("while")) && !grammar.is_keyword(grammar.symbol("match")));
        assert!(
            grammar.is_soft_keyword(grammar.symbol("_")) && !grammar.is_soft_keyword(grammar.symbol("/"))
        );
        for name in KEPT_AS_WELL {
            assert!(grammar.rules.iter().any(|r| r.name == name), "{name}");
        }
    }
}
