//! White space around expressions: `~`, and lines that hold nothing but a block's braces or a comment.

use std::rc::Rc;

use super::super::number::is_space;
use super::tree::{Block, Content, Node, Program, Strip};

/// Takes out the white space of a template that is not for its result.
pub(super) fn control(program: &mut Program, is_root: bool) {
    let body = &mut program.body;
    for at in 0..body.len() {
        let (strip, alone) = match body.get_mut(at) {
            Some(Node::Mustache { strip, .. } | Node::Decorator { strip, .. }) => {
                (*strip, Alone::default())
            }
            Some(Node::Comment(strip) | Node::Partial { strip, .. }) => {
                (*strip, Alone { whole: true, ..Alone::default() })
            }
            Some(Node::Block(block)) => control_block(block),
            Some(Node::Content(_)) | None => continue,
        };
        let before = space_before(body, at, is_root);
        let after = space_after(body, Some(at), is_root);
        if strip.close {
            omit_right(body, Some(at), true);
        }
        if strip.open {
            omit_left(body, at, true);
        }
        if alone.whole && before && after {
            omit_right(body, Some(at), false);
            if omit_left(body, at, false) {
                indent(body, at);
            }
        }
        if alone.open && before {
            if let Some(Node::Block(block)) = body.get_mut(at) {
                let Block { program, inverse, .. } = block.as_mut();
                if let Some(first) = open(program).or(open(inverse)) {
                    omit_right(&mut first.body, None, false);
                }
            }
            omit_left(body, at, false);
        }
        if alone.close && after {
            omit_right(body, Some(at), false);
            if let Some(Node::Block(block)) = body.get_mut(at) {
                let Block { program, inverse, .. } = block.as_mut();
                if let Some(last) = open(inverse).or(open(program)) {
                    omit_last(last, false);
                }
            }
        }
    }
}

/// Which braces may stand alone on their line, as far as the inside says.
#[derive(Clone, Copy, Default)]
struct Alone {
    whole: bool,
    open: bool,
    close: bool,
}

/// A program as long as nothing else has it, which is so until it is rendered.
fn open(program: &mut Option<Rc<Program>>) -> Option<&mut Program> {
    program.as_mut().and_then(Rc::get_mut)
}

/// Notes the blanks before a partial that is alone on its line.
fn indent(body: &mut [Node], at: usize) {
    let before = at.checked_sub(1).and_then(|at| body.get(at));
    let Some(Node::Content(Content { original, .. })) = before else { return };
    let blanks = original.len() - original.trim_end_matches([' ', '\t']).len();
    let blanks = original.get(original.len() - blanks..).unwrap_or_default().to_owned();
    if let Some(Node::Partial { indent, .. }) = body.get_mut(at) {
        *indent = blanks;
    }
}

fn control_block(block: &mut Block) -> (Strip, Alone) {
    for inside in [&mut block.program, &mut block.inverse].into_iter().filter_map(open) {
        control(inside, false);
    }
    let (program, inverse) = (open(&mut block.program), open(&mut block.inverse));
    let (open, middle, close) = (block.open, block.middle, block.close);
    let (program, inverse) = match (program, inverse) {
        (Some(program), inverse) => (program, inverse.and_then(branch)),
        (None, Some(inverse)) => (inverse, None),
        (None, None) => return (Strip { open: open.open, close: close.close }, Alone::default()),
    };
    let alone = Alone {
        whole: false,
        open: space_after(&program.body, None, false),
        close: space_before_end(inverse.as_deref().unwrap_or(program)),
    };
    if open.close {
        omit_right(&mut program.body, None, true);
    }
    if let Some(inverse) = inverse {
        if middle.open {
            omit_last(program, true);
        }
        if middle.close {
            omit_right(&mut inverse.body, None, true);
        }
        if close.open {
            omit_last(inverse, true);
        }
        if space_before_end(program) && space_after(&inverse.body, None, false) {
            omit_last(program, false);
            omit_right(&mut inverse.body, None, false);
        }
    } else if close.open {
        omit_last(program, true);
    }
    (Strip { open: open.open, close: close.close }, alone)
}

/// What follows an `else`; of an `{{else if}}` what follows that.
fn branch(inverse: &mut Program) -> Option<&mut Program> {
    if !inverse.chained {
        return Some(inverse);
    }
    match inverse.body.first_mut()? {
        Node::Block(block) => open(&mut block.program),
        _ => None,
    }
}

fn content(body: &mut [Node], at: Option<usize>) -> Option<&mut Content> {
    match body.get_mut(at?) {
        Some(Node::Content(content)) => Some(content),
        _ => None,
    }
}

/// Whether the line before a node holds nothing but white space.
fn space_before(body: &[Node], at: usize, is_root: bool) -> bool {
    let Some(before) = at.checked_sub(1) else { return is_root };
    let Some(Node::Content(content)) = body.get(before) else { return false };
    let text = content.original.trim_end_matches(is_space);
    let space = content.original.get(text.len()..).unwrap_or_default();
    space.contains('\n') || (is_root && before == 0 && text.is_empty())
}

/// Whether the last line of a program holds nothing but white space.
fn space_before_end(program: &Program) -> bool {
    space_before(&program.body, program.body.len(), false)
}

/// Whether the rest of the line after a node, or from the start, holds nothing but white space.
fn space_after(body: &[Node], at: Option<usize>, is_root: bool) -> bool {
    let next = at.map_or(0, |at| at + 1);
    let Some(node) = body.get(next) else { return is_root };
    let Node::Content(content) = node else { return false };
    let text = content.original.trim_start_matches(is_space);
    let space = content.original.get(..content.original.len() - text.len()).unwrap_or_default();
    space.contains('\n') || (is_root && next + 1 == body.len() && text.is_empty())
}

/// Strips the start of the text after a node, or of the first: all white space, or one line's.
fn omit_right(body: &mut [Node], at: Option<usize>, all: bool) {
    let next = at.map_or(0, |at| at + 1);
    let Some(content) = content(body, Some(next)).filter(|it| all || !it.right_stripped) else {
        return;
    };
    let text = content.value.as_str();
    let kept = if all {
        text.trim_start_matches(is_space)
    } else {
        let text = text.trim_start_matches([' ', '\t']);
        let text = text.strip_prefix('\r').unwrap_or(text);
        text.strip_prefix('\n').unwrap_or(text)
    };
    content.right_stripped = kept.len() < text.len();
    content.value = kept.to_owned();
}

/// Strips the end of the text before a node: all white space, or blanks; whether there was some.
fn omit_left(body: &mut [Node], at: usize, all: bool) -> bool {
    let before = content(body, at.checked_sub(1)).filter(|it| all || !it.left_stripped);
    let Some(content) = before else { return false };
    let text = content.value.as_str();
    let kept =
        if all { text.trim_end_matches(is_space) } else { text.trim_end_matches([' ', '\t']) };
    content.left_stripped = kept.len() < text.len();
    content.value = kept.to_owned();
    content.left_stripped
}

fn omit_last(program: &mut Program, all: bool) {
    let end = program.body.len();
    omit_left(&mut program.body, end, all);
}
