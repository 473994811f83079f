//! A YAML text as a tree that knows where each node is written.
//!
//! Scalars keep their text, aliases stay aliases, nothing is resolved: this is for finding places, not for values.

use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, options};

/// One document of a text.
#[derive(Debug)]
pub(super) struct Document {
    /// Its bytes in the text, from its `---` (if it has one) to its end.
    pub(super) range: Range<usize>,
    /// The line it begins on, from 1.
    pub(super) line: usize,
    pub(super) root: Node,
}

#[derive(Debug)]
pub(super) struct Node {
    /// Its bytes in the text, without anchor and tag. A block collection's end is where the next thing begins.
    pub(super) range: Range<usize>,
    /// The column it begins in, in characters from 0.
    pub(super) column: usize,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar {
        text: String,
        /// `|` or `>`.
        block: bool,
    },
    Alias,
    Sequence(Vec<Node>),
    Mapping {
        /// `{…}`.
        flow: bool,
        entries: Vec<Entry>,
    },
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Node,
    pub(super) value: Node,
}

/// Reads every document. Nesting is bounded by the parser (255 levels), the size by whoever read the text.
pub(super) fn documents(text: &str) -> Result<Vec<Document>, ScanError> {
    let mut documents = Vec::new();
    let mut begun = Span::default();
    let mut root = None;
    let mut open: Vec<Open> = Vec::new();
    for next in Parser::new_from_str_with_options(text, options! { emit_comments: false }) {
        let (event, span) = next?;
        let node = match event {
            Event::DocumentStart(..) => {
                begun = span;
                continue;
            }
            Event::DocumentEnd => {
                documents.extend(root.take().map(|root| Document {
                    range: bytes(&begun).start..bytes(&span).end,
                    line: begun.start.line(),
                    root,
                }));
                continue;
            }
            Event::Alias(_) => Node::new(&span, Content::Alias),
            Event::Scalar(text, style, ..) => Node::new(
                &span,
                Content::Scalar {
                    text: text.into_owned(),
                    block: matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
                },
            ),
            Event::SequenceStart(..) => {
                open.push(Open::sequence(&span));
                continue;
            }
            Event::MappingStart(style, ..) => {
                open.push(Open::mapping(&span, style == StructureStyle::Flow));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(collection) => collection.close(&span),
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            Some(collection) => collection.take(node),
            None => root = Some(node),
        }
    }
    Ok(documents)
}

impl Node {
    fn new(span: &Span, content: Content) -> Self {
        Self {
            range: bytes(span),
            column: span.start.col(),
            content,
        }
    }

    /// The value of `key` in this mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Mapping { entries, .. } => {
                let entry = entries.iter().find(|entry| entry.key.text() == Some(key));
                entry.map(|entry| &entry.value)
            }
            _ => None,
        }
    }

    /// The text of this scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// A collection whose end has not been read.
struct Open {
    node: Node,
    key: Option<Node>,
}

impl Open {
    fn sequence(span: &Span) -> Self {
        Self {
            node: Node::new(span, Content::Sequence(Vec::new())),
            key: None,
        }
    }

    fn mapping(span: &Span, flow: bool) -> Self {
        let entries = Vec::new();
        Self {
            node: Node::new(span, Content::Mapping { flow, entries }),
            key: None,
        }
    }

    fn take(&mut self, node: Node) {
        match (&mut self.node.content, self.key.take()) {
            (Content::Sequence(items), _) => items.push(node),
            (Content::Mapping { entries, .. }, Some(key)) => entries.push(Entry { key, value: node }),
            _ => self.key = Some(node),
        }
    }

    fn close(mut self, end: &Span) -> Node {
        self.node.range.end = bytes(end).end;
        self.node
    }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range()
        .expect("a parser of a str knows the byte offsets of every span")
}
